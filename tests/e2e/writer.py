"""An application: writes to a database at random until it is told to stop, and keeps the oracle's log.

  writer.py DATABASE LOG SEED SETTINGS(JSON)      one line per turn on stdout; ends when stdin is closed

Settings: pause_ms, big (share of transactions that spill), rollback, vacuum, checkpoint, reopen (shares of turns),
autocheckpoint, size_limit (journal_size_limit or null), shrink (share of deletes), max_bytes.
"""

import json
import os
import random
import select
import sqlite3
import sys
import time

import oracle
import pitr

CHECKPOINTS = ("PASSIVE", "FULL", "RESTART", "TRUNCATE")


class Writer:
    def __init__(self, path, log_path, seed, settings):
        self.path, self.settings = path, settings
        self.log = oracle.Log(log_path)
        self.random = random.Random(seed)
        self.db = None
        self.open()

    def open(self):
        self.db = pitr.connect(self.path)
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.execute(f"PRAGMA wal_autocheckpoint={self.settings['autocheckpoint']}")
        self.db.execute(f"PRAGMA cache_size={self.random.choice((5, 20, 2000))}")
        if self.settings.get("size_limit") is not None:
            self.db.execute(f"PRAGMA journal_size_limit={self.settings['size_limit']}")

    def happens(self, what):
        return self.random.random() < self.settings.get(what, 0)

    def turn(self):
        with self.log:
            self.log.seen(self.db)
            if self.happens("vacuum"):
                self.vacuum()
            else:
                self.transaction()
        if self.happens("checkpoint"):
            self.db.execute(f"PRAGMA wal_checkpoint({self.random.choice(CHECKPOINTS)})").fetchone()
        if self.happens("reopen"):
            self.db.close()
            self.open()

    def transaction(self):
        self.db.execute("BEGIN IMMEDIATE")
        for _ in range(self.random.choice((1, 1, 1, 3)) if not self.happens("big") else 60):
            self.change()
        token = "%016x" % self.random.getrandbits(64) + str(os.getpid())
        self.db.execute("UPDATE oracle SET token=?", (token,))
        if self.happens("rollback"):
            self.db.execute("ROLLBACK")
            return
        self.log.intent(oracle.state_of(self.db), oracle.digest(self.db))
        self.db.execute("COMMIT")
        self.log.done()

    def vacuum(self):
        token, schema = oracle.state_of(self.db)
        self.log.intent((token, schema + 1), oracle.digest(self.db))
        self.db.execute("VACUUM")
        self.log.done()

    def blob(self):
        page = self.settings["page_size"]
        return self.random.randbytes(self.random.choice((8, 40, page // 4, page // 2, min(page * 2, 9000))))

    def change(self):
        size = os.path.getsize(self.path)
        table = self.random.choice(("item", "extra"))
        key = self.random.randrange(1, 1 << 40)
        action = self.random.random()
        if size > self.settings["max_bytes"] or action < self.settings.get("shrink", 0.15):
            self.db.execute(f"DELETE FROM {table} WHERE id IN "
                            f"(SELECT id FROM {table} WHERE id >= ? ORDER BY id LIMIT ?)",
                            (key, self.random.choice((1, 3, 20))))
        elif action < 0.6:
            self.db.execute(f"INSERT OR REPLACE INTO {table} VALUES(?, ?)", (key, self.blob()))
        elif action < 0.95:
            self.db.execute(f"UPDATE {table} SET body=? WHERE id=(SELECT id FROM {table} WHERE id >= ? LIMIT 1)",
                            (self.blob(), key))
        elif action < 0.97:
            self.db.execute(f"PRAGMA user_version={self.random.randrange(1 << 30)}")
        else:
            name = f"side_{self.random.randrange(3)}"
            self.db.execute(f"DROP TABLE IF EXISTS {name}")
            self.db.execute(f"CREATE TABLE {name} AS SELECT id, length(body) AS size FROM item LIMIT 5")


def create(path, log_path, page_size):
    """A database that writers can work on, in WAL mode, and the beginning of its log."""
    db = pitr.connect(path)
    db.execute(f"PRAGMA page_size={page_size}")
    db.execute("PRAGMA journal_mode=WAL")
    db.executescript("CREATE TABLE item(id INTEGER PRIMARY KEY, body);"
                     "CREATE TABLE extra(id INTEGER PRIMARY KEY, body);"
                     "CREATE INDEX extra_body ON extra(body);"
                     "CREATE TABLE oracle(token);"
                     "INSERT INTO oracle VALUES('begin')")
    begin_log(db, log_path)
    db.close()


def begin_log(db, log_path):
    log = oracle.Log(log_path)
    with log:
        log.seen(db)
    log.close()


def main():
    path, log_path, seed, settings = sys.argv[1:]
    settings = json.loads(settings)
    writer = Writer(path, log_path, int(seed), settings)
    while True:
        pause = writer.random.expovariate(1) * settings["pause_ms"] / 1000
        if select.select([sys.stdin], [], [], pause)[0] and not os.read(0, 1):
            break
        try:
            writer.turn()
        except sqlite3.OperationalError:  # somebody else holds the lock: an application would try again
            if writer.db.in_transaction:
                writer.db.execute("ROLLBACK")
            time.sleep(0.001)
        print(".", flush=True)
    writer.db.close()


if __name__ == "__main__":
    main()
