"""The truth about a database that many processes write to: what it held after every commit, and when that was made.

Writers take turns under a file lock and keep one log of JSON lines:

  intent  what the database will hold if the commit that follows succeeds (state, digest of the content, time before)
  done    it did succeed (time after)
  seen    the state a writer found when its turn began: settles intents whose writer was killed

A state is the pair (token, schema version): the token is a row of the database that every transaction replaces, the
schema version also moves at a VACUUM. So a restored database says by itself which commit it stands at.
"""

import fcntl
import hashlib
import json
import os
import sqlite3
import time

import pitr


def state_of(db):
    token = db.execute("SELECT token FROM oracle").fetchone()[0]
    return token, db.execute("PRAGMA schema_version").fetchone()[0]


def digest(db):
    return hashlib.sha256(pitr.content(db).encode()).hexdigest()[:32]


class Log:
    """The log as its writers use it. A turn ends with its process, however that ends."""

    def __init__(self, path):
        self.path = path
        self.fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        self.lock = os.open(path + ".lock", os.O_CREAT | os.O_RDWR)

    def close(self):
        os.close(self.fd)
        os.close(self.lock)

    def __enter__(self):
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_):
        fcntl.flock(self.lock, fcntl.LOCK_UN)

    def _append(self, **record):
        os.write(self.fd, json.dumps(record).encode() + b"\n")

    def seen(self, db):
        self._append(kind="seen", state=state_of(db), digest=digest(db), at=time.time_ns())

    def intent(self, state, content_digest):
        self._append(kind="intent", state=state, digest=content_digest, at=time.time_ns())

    def done(self):
        self._append(kind="done", at=time.time_ns())


class Commit:
    """One commit: made at some moment in [before, after] (nanoseconds)."""

    def __init__(self, state, content_digest, before):
        self.state, self.digest, self.before, self.after = tuple(state), content_digest, before, before

    def __repr__(self):
        return f"Commit({self.state}, {self.before}..{self.after})"


def read_history(path):
    """All commits in order; the first is the state the log began with."""
    with open(path, encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    commits = []
    pending = None
    for record in records:
        if record["kind"] == "intent":
            pending = Commit(record["state"], record["digest"], record["at"])
            continue
        if record["kind"] == "seen" and not commits:
            commits.append(Commit(record["state"], record["digest"], record["at"]))
        if pending and (record["kind"] == "done" or tuple(record["state"]) == pending.state):
            pending.after = record["at"]
            commits.append(pending)
        pending = None
        if record["kind"] == "seen":
            assert tuple(record["state"]) == commits[-1].state, (record, commits[-1])
            assert record["digest"] == commits[-1].digest, (record, commits[-1])
    return commits


class History:
    """Commits with a way back from a restored database to its place among them."""

    def __init__(self, log_path):
        self.commits = read_history(log_path)
        self.index = {commit.state: number for number, commit in enumerate(self.commits)}
        assert len(self.index) == len(self.commits), "a state came twice"

    def place_of(self, path):
        """Which commit a database stands at. It must be whole and hold exactly what the oracle recorded."""
        for suffix in ("-wal", "-shm", "-journal"):
            assert not os.path.exists(path + suffix), f"{path}{suffix} was left behind"
        db = pitr.connect(path)
        try:
            verdict = db.execute("PRAGMA integrity_check").fetchall()
            assert verdict == [("ok",)], f"{path}: {verdict}"
            state = state_of(db)
            assert state in self.index, f"{path} is at {state}, which no commit left"
            place = self.index[state]
            assert digest(db) == self.commits[place].digest, f"{path} is not what commit {place} left"
            return place
        except sqlite3.DatabaseError as error:
            raise AssertionError(f"{path}: {error}") from error
        finally:
            db.close()
