"""A process that has a SochDB database open, appends to its log and truncates it until it is told to stop.

  sochdb_writer.py DIRECTORY WITNESS SEED SETTINGS(JSON)      one line on stdout once it writes; ends when stdin is closed

WITNESS gets a file for every generation of the log, which holds each record before the log does, and is there before
the log is truncated. Settings: pause_ms, truncate (share of turns), reopen, uniform (all records of a kind have one
size), sealed, burst (turns without a pause).
"""

import json
import os
import random
import select
import sys
import time

import sochdb


class Witnessed(sochdb.Database):
    def __init__(self, directory, witness, **options):
        self.witness = witness
        self.open_witness(max(len(os.listdir(witness)), 1))
        super().__init__(directory, **options)

    def open_witness(self, generation):
        self.generation = generation
        self.copy = os.open(os.path.join(self.witness, f"{generation:06}"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def append(self, text):
        os.write(self.copy, text)
        super().append(text)

    def cut(self):
        os.close(self.copy)
        self.open_witness(self.generation + 1)
        super().cut()

    def close(self):
        os.close(self.copy)
        super().close()


class Writer:
    def __init__(self, directory, witness, seed, settings):
        self.directory, self.witness, self.settings = directory, witness, settings
        random.seed(seed)
        self.serial, self.pid = 0, os.getpid()
        self.open()

    def open(self):
        """As another process, which makes every record another one, too."""
        self.pid += 1
        self.database = Witnessed(self.directory, self.witness, pid=self.pid, sealed=self.settings.get("sealed", False))
        self.database.checkpoints = self.pid * 1_000_000
        self.left_open = []

    def happens(self, what):
        return random.random() < self.settings.get(what, 0)

    def writes(self):
        """Each is another one."""
        self.serial += 1
        if self.settings.get("uniform"):
            return [(b"key-%04d" % random.randrange(100), b"%012d" % self.serial)]
        return [(b"key-%d" % random.randrange(200), b"%d " % self.serial + random.randbytes(random.randrange(200)).hex().encode())
                for _ in range(random.choice((1, 1, 2, 5)))]

    def turn(self):
        database = self.database
        if self.happens("truncate"):
            database.truncate()
        elif self.happens("reopen"):
            database.close()
            self.open()
        elif self.happens("thread"):
            database.clock.new_thread()
        elif self.settings.get("uniform"):
            database.put(*self.writes())
        else:
            self.transaction(database)

    def transaction(self, database):
        what = random.choices(("commit", "abort", "fail", "leave", "late", "checkpoint"), (20, 2, 2, 2, 2, 1))[0]
        if what == "checkpoint":
            database.checkpoint()
        elif what == "late":  # it may have been begun before the last truncation
            if self.left_open:
                database.commit(self.left_open.pop())
        elif what == "leave":
            self.left_open.append(database.begin(*self.writes()))
        else:
            getattr(database, what)(database.begin(*self.writes()))


def main():
    directory, witness, seed, settings = sys.argv[1:]
    settings = json.loads(settings)
    writer = Writer(directory, witness, seed, settings)
    writer.turn()
    print(flush=True)
    pause = settings["pause_ms"] / 1000
    while not select.select([sys.stdin], [], [], 0)[0]:
        for _ in range(random.choice((1, 1, settings.get("burst", 1)))):
            writer.turn()
        time.sleep(random.expovariate(1) * pause)
    writer.database.close()


if __name__ == "__main__":
    main()
