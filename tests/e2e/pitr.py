"""What every end-to-end test stands on: a directory of its own, the binary under test, and what it printed.

The binary comes from the environment variable PITRCTL. PITRCTL_SCALE (default 1) shrinks or grows the tests that
repeat something; PITRCTL_SEED repeats a random run.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.path.abspath(os.environ.get("PITRCTL", "build/release/cmd/pitrctl"))
SCALE = float(os.environ.get("PITRCTL_SCALE", "1"))
SANITIZED = bool(os.environ.get("PITRCTL_SANITIZED"))

# The exit codes of the manual.
OK, FAILED, USAGE, NOT_FOUND, GAP, UNREACHABLE, CORRUPT, CONFLICT, UNAVAILABLE = 0, 1, 2, 3, 4, 5, 6, 7, 8
SANITIZER_EXIT = 99


def seed():
    """The seed of this run, printed so that it can be repeated."""
    value = int(os.environ.get("PITRCTL_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"PITRCTL_SEED={value}", flush=True)
    return value


def scaled(count, least=1):
    return max(least, int(count * SCALE))


class Outcome:
    """What one run of the binary did."""

    def __init__(self, command, code, out, err, seconds):
        self.command, self.code, self.out, self.err, self.seconds = command, code, out, err, seconds

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        """The error object of a refusal, from whichever stream carries it."""
        for text in (self.out, self.err):
            try:
                document = json.loads(text)
            except ValueError:
                continue
            if isinstance(document, dict) and "error" in document:
                return document["error"]
        return {}

    @property
    def says(self):
        return self.out + self.err

    def __str__(self):
        return f"$ {' '.join(self.command)}\nexit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Case(unittest.TestCase):
    """A test with a directory, a repository and a state folder of its own."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="pitr-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.repo = self.path("repo")
        self.state = self.path("state")

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def environment(self, **extra):
        env = {key: value for key, value in os.environ.items() if not key.startswith("PITRCTL_")}
        env.update(PITRCTL_REPO=self.repo, XDG_STATE_HOME=self.state, HOME=self.dir, TZ="UTC", LC_ALL="C.UTF-8")
        env["ASAN_OPTIONS"] = f"exitcode={SANITIZER_EXIT}:verify_asan_link_order=0:detect_leaks=0"
        env["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1"
        env.update({key: value for key, value in extra.items() if value is not None})
        for key in [key for key, value in extra.items() if value is None]:
            env.pop(key, None)
        return env

    def command(self, *args):
        return [BINARY, *map(str, args)]

    def run_ctl(self, *args, env=None, wrap=(), timeout=120, cwd=None):
        """Runs the binary to its end, whatever that is."""
        command = [*wrap, *self.command(*args)]
        begin = time.monotonic()
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, cwd=cwd,
                              env=self.environment(**(env or {})))
        outcome = Outcome(command, done.returncode, done.stdout.decode(errors="replace"),
                          done.stderr.decode(errors="replace"), time.monotonic() - begin)
        self.assertNotEqual(outcome.code, SANITIZER_EXIT, outcome)
        self.assertNotIn("runtime error:", outcome.err, outcome)
        return outcome

    def ctl(self, *args, code=OK, **options):
        """Runs the binary and checks its exit code (one, or any of several)."""
        outcome = self.run_ctl(*args, **options)
        self.assertIn(outcome.code, code if isinstance(code, (tuple, list, set)) else (code,), outcome)
        return outcome

    def ctl_json(self, *args, **options):
        return self.ctl("--json", *args, **options).json

    def refused(self, code, name, *args, **options):
        """A refusal: its exit code, its stable name and a message. Returns the error object."""
        outcome = self.ctl("--json", *args, code=code, **options)
        error = outcome.error
        names = (name,) if isinstance(name, str) else name
        self.assertIn(error.get("code"), names, outcome)
        self.assertTrue(error.get("message"), outcome)
        error["hint"] = error.get("hint") or ""
        return error

    def start(self, *args, env=None, **options):
        """Starts the binary and returns the process; it is killed at the end of the test at the latest."""
        process = subprocess.Popen(self.command(*args), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.environment(**(env or {})), **options)
        self.addCleanup(end_process, process)
        return process

    def finish(self, process, timeout=120):
        out, err = process.communicate(timeout=timeout)
        outcome = Outcome(process.args, process.returncode, out.decode(errors="replace"),
                          err.decode(errors="replace"), 0)
        self.assertNotEqual(outcome.code, SANITIZER_EXIT, outcome)
        return outcome

    def application(self, path):
        """A process that has the database open and has begun a log. (Whether the log goes on from an empty one can only
        be proved where the database file is older than the clock of its file system ticks.)"""
        app = OtherConnection(self, path)
        app.execute("PRAGMA user_version=1")
        return app

    # The commands, as most tests use them.

    def init(self, compression=None):
        self.ctl("init", *(("--compression", compression) if compression else ()))

    def archive(self, db, *args, code=OK, **options):
        return self.ctl("archive", db, *args, code=code, **options)

    def transactions(self, *args):
        return self.ctl_json("list", "transactions", "--limit", 10_000_000, *args)["transactions"]

    def windows(self):
        return self.ctl_json("list", "windows")["windows"]

    def restore(self, *target, into=None, code=OK, **options):
        """Restores into a fresh directory and returns it."""
        into = into or self.fresh("restored")
        self.ctl("restore", "--target-dir", into, *target, code=code, **options)
        return into

    def fresh(self, name):
        """A path in the test's directory that nothing has used yet."""
        number = 1
        while os.path.exists(self.path(f"{name}-{number}")):
            number += 1
        return self.path(f"{name}-{number}")

    def restored_content(self, *target, name="app.db"):
        """The logical content of what a restore to the target gives; the copy is removed again."""
        into = self.restore(*target)
        try:
            return checked_content(os.path.join(into, name))
        finally:
            shutil.rmtree(into)


def end_process(process):
    if process.poll() is None:
        process.kill()
    process.wait()
    for stream in (process.stdout, process.stderr, process.stdin):
        if stream:
            stream.close()


def connect(path, **options):
    options.setdefault("timeout", 20)
    return sqlite3.connect(path, isolation_level=None, **options)


def create_database(path, page_size=4096, rows=0, row_bytes=100):
    """A database in WAL mode with a table `item`, closed again."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    db = connect(path)
    db.execute(f"PRAGMA page_size={page_size}")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=OFF")
    db.execute("CREATE TABLE item(id INTEGER PRIMARY KEY, body)")
    add_items(db, rows, row_bytes)
    db.close()
    return path


def add_items(db, count, row_bytes=100):
    """Adds rows in one transaction."""
    if not count:
        return
    db.execute("BEGIN IMMEDIATE")
    for _ in range(count):
        db.execute("INSERT INTO item(body) VALUES(?)", (os.urandom(row_bytes).hex()[:row_bytes],))
    db.execute("COMMIT")


def content(db):
    """Everything a person would call the content of a database: schema, rows in order, user_version."""
    tables = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name").fetchall()
    lines = [repr(tables), repr(db.execute("PRAGMA user_version").fetchone())]
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name").fetchall():
        lines.extend(map(repr, db.execute(f'SELECT * FROM "{name}" ORDER BY 1')))
    return "\n".join(lines)


def content_of(path):
    db = connect(path)
    try:
        return content(db)
    finally:
        db.close()


def checked_content(path):
    """The content of a restored database, which must be whole and come without a log."""
    for suffix in ("-wal", "-shm", "-journal"):
        assert not os.path.exists(path + suffix), f"{path}{suffix} was left behind"
    db = connect(path)
    try:
        verdict = db.execute("PRAGMA integrity_check").fetchall()
        assert verdict == [("ok",)], f"{path}: {verdict}"
        return content(db)
    finally:
        db.close()


def digest_of_file(path):
    """SHA-256 of a file, or None when there is none."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return None


def files_under(directory):
    """Relative paths of all files, sorted."""
    found = []
    for folder, _, names in os.walk(directory):
        found.extend(os.path.relpath(os.path.join(folder, name), directory) for name in names)
    return sorted(found)


def bytes_under(directory):
    return sum(os.path.getsize(os.path.join(directory, name)) for name in files_under(directory))


class OtherConnection:
    """A connection to a database in another process, so that it can be killed as a real application can."""

    PROGRAM = """
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
db.execute("SELECT count(*) FROM sqlite_master").fetchone()
print(json.dumps({"row": None}), flush=True)
for line in sys.stdin:
    row = None
    try:
        for statement in json.loads(line):
            row = db.execute(*statement).fetchone()
        print(json.dumps({"row": row}), flush=True)
    except sqlite3.Error as error:
        print(json.dumps({"error": str(error)}), flush=True)
db.close()
"""

    def __init__(self, case, path, wrap=()):
        self.process = subprocess.Popen([*wrap, sys.executable, "-c", self.PROGRAM, path], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        case.addCleanup(end_process, self.process)
        self.answer()

    def execute(self, *statements):
        """Each statement is a text, or a tuple of text and parameters. Raises sqlite3.OperationalError."""
        batch = [[s] if isinstance(s, str) else [s[0], list(s[1])] for s in statements]
        self.process.stdin.write(json.dumps(batch) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self):
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise sqlite3.OperationalError(answer["error"])
        return answer["row"]

    def add(self, body="x"):
        self.execute(("INSERT INTO item(body) VALUES(?)", (body,)))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    unittest.main(verbosity=2)
