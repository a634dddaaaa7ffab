"""A random history for the property test: writers that come, go and are killed, and pitrctl run against them at
random moments."""

import json
import os
import random
import shutil
import subprocess
import sys
import time

import oracle
import pitr
import wal
import writer

DEFAULTS = {
    "page_sizes": (1024, 4096),
    "writers": 2,
    "pause_ms": 4,
    "actions": 50,
    "archive_pause_ms": 25,
    "big_endian": False,
    "fork": False,
    "rebuild": False,
    "big": 0.02,
    "rollback": 0.1,
    "vacuum": 0.01,
    "checkpoint": 0.02,
    "reopen": 0.02,
    "autocheckpoint": 1000,
    "size_limit": None,
    "shrink": 0.15,
    "max_bytes": 1_500_000,
    "actions_weighed": {"archive": 12, "archive_killed": 2, "archive_twice": 1, "snapshot": 1, "restore_point": 2,
                        "kill_writer": 2, "all_close": 1, "checkpoint": 2, "rest": 1, "forget_notes": 1},
}


class Source:
    """One database with its writers and the oracle's log of it."""

    def __init__(self, world, folder, page_size):
        self.world, self.page_size = world, page_size
        self.path = world.case.path(folder, "app.db")
        self.log = world.case.path(folder + ".log")
        self.processes = []

    def start_writer(self):
        names = ("pause_ms", "big", "rollback", "vacuum", "checkpoint", "reopen", "autocheckpoint", "size_limit",
                 "shrink", "max_bytes")
        settings = {"page_size": self.page_size, **{name: self.world.profile[name] for name in names}}
        process = subprocess.Popen([sys.executable, writer.__file__, self.path, self.log,
                                    str(self.world.random.getrandbits(32)), json.dumps(settings)],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.world.case.addCleanup(pitr.end_process, process)
        process.stdout.read(1)  # it has made a turn
        os.set_blocking(process.stdout.fileno(), False)
        self.processes.append(process)

    def kill_writer(self):
        if self.processes:
            victim = self.processes.pop(self.world.random.randrange(len(self.processes)))
            victim.kill()
            victim.wait()

    def close_writers(self):
        while self.processes:
            process = self.processes.pop()
            process.stdin.close()
            while process.poll() is None:
                process.stdout.read()
                time.sleep(0.001)
            self.world.case.assertEqual(process.returncode, 0, "a writer came to harm")

    def drain(self):
        for process in self.processes:
            self.world.case.assertIsNone(process.poll(), "a writer came to harm")
            process.stdout.read()


class World:
    def __init__(self, case, profile, seed):
        self.case, self.profile = case, {**DEFAULTS, **profile}
        self.random = random.Random(seed)
        self.runs = []  # (begin ns, end ns) of every run of archive or snapshot that succeeded, by source path
        self.restore_points = []
        self.sources = []

    def build(self):
        page_size = self.random.choice(self.profile["page_sizes"])
        codec = self.random.choice(("none", "zstd", "zstd:3", "lz4", "snappy"))
        print(f"page size {page_size}, codec {codec}", flush=True)
        source = Source(self, "live", page_size)
        os.makedirs(os.path.dirname(source.path))
        writer.create(source.path, source.log, page_size)
        if self.profile["big_endian"]:
            self.make_big_endian(source)
        self.case.init(codec)
        self.sources.append(source)
        self.go_on(source, self.profile["actions"])
        if self.profile["rebuild"]:
            self.rebuild(source)
            self.go_on(source, self.profile["actions"] // 2)
        if self.profile["fork"]:
            self.fork(source)

    def go_on(self, source, actions):
        """Writers write, pitrctl archives; ends with everything archived and no writer running."""
        for _ in range(self.profile["writers"]):
            source.start_writer()
        weights = self.profile["actions_weighed"]
        for _ in range(pitr.scaled(actions, 12)):
            name = self.random.choices(list(weights), list(weights.values()))[0]
            getattr(self, name)(source)
            while len(source.processes) < self.profile["writers"]:
                source.start_writer()
            source.drain()
            time.sleep(self.random.expovariate(1) * self.profile["archive_pause_ms"] / 1000)
        if self.random.random() < 0.5:
            source.kill_writer()
        source.close_writers()
        self.archive(source)

    def tracked(self, source, *args, code=pitr.OK):
        begin = time.time_ns()
        outcome = self.case.ctl("--json", *args, code=code)
        if outcome.code == pitr.OK:
            self.runs.append((source.path, begin, time.time_ns()))
        return outcome

    # What may happen.

    def archive(self, source):
        self.tracked(source, "archive", source.path)

    def archive_killed(self, source):
        process = self.case.start("archive", source.path)
        time.sleep(self.random.random() * (0.03 if not pitr.SANITIZED else 0.3))
        pitr.end_process(process)

    def archive_twice(self, source):
        """Two users archive at once: no lock of theirs keeps them apart."""
        other = self.case.start("archive", source.path, env={"XDG_STATE_HOME": self.case.path("other-state")})
        begin = time.time_ns()
        mine = self.case.run_ctl("archive", source.path)
        theirs = self.case.finish(other)
        for outcome in (mine, theirs):
            self.case.assertIn(outcome.code, (pitr.OK, pitr.CONFLICT), outcome)
        self.case.assertIn(pitr.OK, (mine.code, theirs.code), f"{mine}\n{theirs}")
        self.runs.append((source.path, begin, time.time_ns()))

    def snapshot(self, source):
        self.tracked(source, "snapshot", source.path)

    def restore_point(self, source):
        name = f"point {len(self.restore_points)}/ü%"
        self.tracked(source, "restore-point", "create", name, source.path)
        self.restore_points.append(name)

    def kill_writer(self, source):
        source.kill_writer()

    def all_close(self, source):
        source.close_writers()

    def checkpoint(self, source):
        mode = self.random.choice(writer.CHECKPOINTS)
        other = pitr.OtherConnection(self.case, source.path)
        other.execute(f"PRAGMA wal_checkpoint({mode})")
        other.close()

    def rest(self, source):
        """Long enough for several WAL resets."""
        time.sleep(self.random.random() * 0.4)

    def forget_notes(self, source):
        shutil.rmtree(self.case.state, ignore_errors=True)

    def make_big_endian(self, source):
        """The WAL of a writer that was killed, as a big-endian machine would have written it."""
        source.start_writer()
        time.sleep(0.1)
        source.kill_writer()
        wal.resum_big_endian(source.path + "-wal")
        os.remove(source.path + "-shm")

    def rebuild(self, source):
        """Out of WAL mode, another page size, and back: a log that nothing connects with the old one."""
        sizes = [size for size in (512, 1024, 2048, 8192) if size != source.page_size]
        source.page_size = self.random.choice(sizes)
        log = oracle.Log(source.log)
        db = pitr.connect(source.path)
        with log:
            log.seen(db)
            db.execute("PRAGMA journal_mode=DELETE")
            db.execute(f"PRAGMA page_size={source.page_size}")
            token, schema = oracle.state_of(db)
            log.intent((token, schema + 1), oracle.digest(db))
            db.execute("VACUUM")
            log.done()
            db.execute("PRAGMA journal_mode=WAL")
        db.close()
        log.close()

    def fork(self, source):
        """A restored copy lives on, and so does the database it came from."""
        transaction = self.random.choice(self.case.transactions())
        copy = Source(self, "copy", source.page_size)
        self.case.restore("--to-lsn", transaction["lsn"], into=os.path.dirname(copy.path))
        self.case.assertIn(".pitrctl.json", os.listdir(os.path.dirname(copy.path)))
        db = pitr.connect(copy.path)
        writer.begin_log(db, copy.log)
        db.close()
        self.sources.append(copy)
        self.go_on(copy, self.profile["actions"] // 2)
        self.go_on(source, self.profile["actions"] // 2)
