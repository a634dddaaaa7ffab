"""What the benchmarks share: a workload whose restores can be judged, and runs that are timed.

The database: accounts (filled up to a size), orders, and one row that counts commits. A commit inserts two orders and
changes two accounts: about 6 pages, 26 KB of log.
"""

import argparse
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def arguments(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pitrctl", default=os.path.join(ROOT, "build/release/cmd/pitrctl"))
    parser.add_argument("--work", help="a directory on the disk to measure (default: a temporary one)")
    parser.add_argument("--repeat", type=int, default=3, help="how often each figure is taken; the median counts")
    return parser


class Place:
    """A directory for one benchmark, removed at its end."""

    def __init__(self, options):
        self.path = tempfile.mkdtemp(prefix="pitr-bench-", dir=options.work)
        self.binary = os.path.abspath(options.pitrctl)
        os.environ.update(PITRCTL_REPO=self.join("repo"), XDG_STATE_HOME=self.join("state"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def join(self, *parts):
        return os.path.join(self.path, *parts)

    def pitrctl(self, *args):
        return timed([self.binary, *map(str, args)])


class Run:
    """A command that ended: wall and CPU seconds, peak memory in MB, what it printed."""

    def __init__(self, wall, usage, code, out):
        self.wall, self.cpu, self.memory = wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000
        self.code, self.out = code, out


def timed(command, check=True):
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if check and process.returncode:
        sys.exit(f"{' '.join(command)}: exit {process.returncode}\n{out}")
    return Run(time.monotonic() - begin, usage, process.returncode, out)


def median(runs):
    """The run in the middle, by wall time."""
    return sorted(runs, key=lambda run: run.wall)[len(runs) // 2]


def measured(repeat, prepare, command):
    """The median of several runs of a command (a list, or a function that returns a Run)."""
    runs = []
    for _ in range(repeat):
        prepare()
        os.sync()
        runs.append(command() if callable(command) else timed(command))
    return median(runs)


def copy_and_sync(source, target):
    """The bound: what cp and fsync take for the same bytes."""
    script = ("import os,shutil,sys; shutil.copyfile(*sys.argv[1:]); fd=os.open(sys.argv[2], os.O_RDWR); os.fsync(fd);"
              "os.fsync(os.open(os.path.dirname(sys.argv[2]), os.O_RDONLY))")
    return timed([sys.executable, "-c", script, source, target])


def remove(*paths):
    for path in paths:
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.exists(path):
            os.remove(path)


def size_under(path):
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(path) for name in names)


def megabytes(count):
    return f"{count / 1e6:.1f} MB"


def table(rows):
    """Prints rows of texts, aligned; the first is the heading."""
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))).rstrip(), flush=True)


def connect(path):
    return sqlite3.connect(path, isolation_level=None, timeout=60)


def create_database(path, megabytes_wanted):
    db = connect(path)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=OFF")
    db.executescript("""
        CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, note TEXT NOT NULL);
        CREATE TABLE orders(id INTEGER PRIMARY KEY, account INTEGER NOT NULL, amount INTEGER NOT NULL, note TEXT);
        CREATE INDEX orders_account ON orders(account);
        CREATE TABLE progress(commits INTEGER NOT NULL);
        INSERT INTO progress VALUES(0)""")
    rng = random.Random(1)
    rows = int(megabytes_wanted * 1e6 / 330)
    db.execute("BEGIN")
    db.executemany("INSERT INTO account VALUES(?, 1000000, ?)",
                   ((i, "%0300x" % rng.getrandbits(1200)) for i in range(1, rows + 1)))
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


class Shop:
    """The application that writes."""

    def __init__(self, path, autocheckpoint=1000, seed=1):
        self.db = connect(path)
        self.db.execute(f"PRAGMA wal_autocheckpoint={autocheckpoint}")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.random = random.Random(seed)
        self.accounts = self.db.execute("SELECT max(id) FROM account").fetchone()[0]

    def commit(self):
        db, rng = self.db, self.random
        changes = [(rng.randrange(-500, 500), rng.randrange(self.accounts) + 1) for _ in range(2)]
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO orders(amount, account, note) VALUES(?, ?, ?)",
                       [(*change, "%0120x" % rng.getrandbits(480)) for change in changes])
        db.executemany("UPDATE account SET balance=balance+? WHERE id=?", changes)
        db.execute("UPDATE progress SET commits=commits+1")
        db.execute("COMMIT")

    def checkpoint(self):
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def close(self):
        self.db.close()


def commits_in(path):
    """How many commits a restored database holds; it must be whole."""
    db = connect(path)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    orders, commits = db.execute("SELECT (SELECT count(*) FROM orders), commits FROM progress").fetchone()
    assert orders == 2 * commits, (orders, commits)
    db.close()
    return commits
