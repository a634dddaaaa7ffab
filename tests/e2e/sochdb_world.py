"""A random history of SochDB databases for the property test, and what an archive of it must hold."""

import os
import random
import shutil
import subprocess

import pitr
import sochdb

STEP_US = 500_000


class Line:
    """One timeline: the log that is archived of it, which begins with its parent's."""

    def __init__(self, timeline, parent=None, fork=0):
        self.timeline, self.parent, self.fork = timeline, parent, fork
        self.bytes = parent.log.prefix(fork) if parent else b""
        self.starts = [0]  # LSNs behind which a generation begins

    @property
    def log(self):
        return sochdb.Log(self.bytes)

    @property
    def end(self):
        return len(self.log.records)


class Source:
    """A database that is archived, and the line that it writes."""

    def __init__(self, world, directory, line):
        self.world, self.directory, self.line = world, directory, line
        self.clock = sochdb.Clock()
        self.archived = b""      # of the generation that is in the file, what the repository has
        self.is_truncated = False  # since then
        self.open()

    def open(self):
        self.left_open = []
        self.database = sochdb.Database(self.directory, pid=random.choice((1, 4242)), clock=self.clock)

    @property
    def log(self):
        return sochdb.Log.of(self.database.path)

    def may_truncate(self):
        return not os.path.exists(self.database.manifest)

    # What the application and its server do.

    def turn(self):
        database = self.database
        what = random.choices(("commit", "abort", "fail", "leave", "late", "checkpoint", "thread", "clock", "reopen"),
                              (20, 3, 2, 2, 2, 1, 1, 1, 1))[0]
        if what == "checkpoint":
            database.checkpoint()
        elif what == "thread":
            self.clock.new_thread()
        elif what == "clock":
            self.clock.step = random.randint(-STEP_US, STEP_US)
            self.world.highest_step = max(self.world.highest_step, self.clock.step)
        elif what == "reopen":
            random.choice((database.close, database.kill))()
            self.open()
        elif what == "late":
            if self.left_open:
                database.commit(self.left_open.pop(random.randrange(len(self.left_open))))
        elif what == "leave":
            self.left_open.append(database.begin(*self.writes()))
        else:
            getattr(database, what)(database.begin(*self.writes()))

    def writes(self):
        return [(b"key-%d" % random.randrange(30), random.randbytes(random.choice((0, 10, 100, 100, 5000))))
                for _ in range(random.choice((1, 1, 2, 6)))]

    def truncate(self):
        """The first that comes then is later than all before: else the log could be another database's."""
        self.database.truncate()
        self.is_truncated = True
        self.clock.step = self.world.highest_step
        self.clock.new_thread(sochdb.NO_CLOCK)
        self.database.put(*self.writes())

    def tear(self):
        """Killed while it wrote; nothing it would write behind that could be read, so the next one truncates."""
        self.database.tear(self.database.begin(*self.writes()), random.random())
        self.world.archive(self, torn=True)
        self.open()
        if self.may_truncate():
            self.truncate()
        else:
            os.ftruncate(self.database.file, self.log.good_end)

    # What the archive then has.

    def was_archived(self):
        log = self.log.bytes[:self.log.good_end]
        if self.is_truncated and log:
            if self.line.bytes:
                self.line.starts.append(self.line.end)
            self.archived, self.is_truncated = b"", False
        if not self.is_truncated:
            assert log.startswith(self.archived)
            self.line.bytes += log[len(self.archived):]
            self.archived = log


class World:
    def __init__(self, case, **profile):
        self.case = case
        self.profile = {"actions": 40, "turns": 12, **profile}
        self.sources, self.lines, self.points = [], [], {}
        self.highest_step = 0  # that any clock was set forward by

    def build(self):
        self.case.init(random.choice(("none", "zstd", "lz4", "snappy")))
        source = Source(self, self.case.db, self.new_line())
        self.sources.append(source)
        weights = {"archive": 8, "archive_killed": 2, "snapshot": 2, "restore_point": 2, "truncate": 3, "tear": 1,
                   "forget_notes": 1, "put_back": 0, "restored_copy": 0, **self.profile.get("weights", {})}
        source.database.put(*source.writes())
        self.archive(source)
        for _ in range(pitr.scaled(self.profile["actions"], 15)):
            source = random.choice(self.sources)
            for _ in range(random.randrange(self.profile["turns"])):
                source.turn()
            getattr(self, random.choices(list(weights), list(weights.values()))[0])(source)
        for source in self.sources:
            self.archive(source)
            source.database.close()

    def new_line(self, parent=None, fork=0):
        self.lines.append(Line(len(self.lines) + 1, parent, fork))
        return self.lines[-1]

    # What may happen.

    def archive(self, source, torn=False):
        outcome = self.case.archive(source.directory)
        if torn and source.log.good_end < len(source.log.bytes):
            self.case.assertIn("not whole", outcome.err, outcome)
        source.was_archived()

    def archive_killed(self, source):
        process = self.case.start("archive", source.directory)
        try:
            process.wait(random.random() * (0.03 if not pitr.SANITIZED else 0.3))
        except subprocess.TimeoutExpired:
            pass
        pitr.end_process(process)
        self.archive(source)

    def snapshot(self, source):
        self.case.ctl("snapshot", source.directory)
        source.was_archived()

    def restore_point(self, source):
        name = f"point {len(self.points)}/ü%"
        self.case.ctl("restore-point", "create", name, source.directory)
        source.was_archived()
        self.points[name] = (source.line, source.line.end)

    def truncate(self, source):
        if random.random() < 0.7:
            self.archive(source)
        if source.may_truncate():
            source.truncate()

    def tear(self, source):
        source.tear()

    def forget_notes(self, _):
        shutil.rmtree(self.case.state, ignore_errors=True)

    def put_back(self, source):
        """An older copy of the log is put in its place, and lives on: a history that parts from the archived one."""
        self.archive(source)
        log = sochdb.Log(source.archived)
        before = source.line.end - len(log.records)  # older generations, or what it was restored with
        # What it has in common is this line's own, and bears the time of a clock: else it could be chance.
        dated = next((at for at, record in enumerate(log.records) if record.time >= sochdb.NO_CLOCK), len(log.records))
        least = max(source.line.fork - before, dated) + 1
        if len(log.records) <= least:
            return
        kept = random.randrange(least, len(log.records))
        source.database.kill()
        if random.random() < 0.5:
            os.remove(source.database.path)
        self.case.put_in_place(log.prefix(kept), source.database.path)
        source.line, source.archived = self.new_line(source.line, before + kept), log.prefix(kept)
        source.open()
        source.database.put(*source.writes())
        self.archive(source)

    def restored_copy(self, source):
        """A restored database is opened, and so the one it came from goes on."""
        line = random.choice([line for line in self.lines if line.end > line.fork])
        lsn = random.randint(line.fork + 1, line.end)
        directory = self.case.restore("--timeline", line.timeline, "--to-lsn", lsn, into=self.case.fresh("copy"))
        if random.random() < 0.5:
            os.remove(os.path.join(directory, "wal.manifest"))  # it may be truncated, then
        copy = Source(self, directory, self.new_line(line, lsn))
        copy.archived = line.log.prefix(lsn)
        self.sources.append(copy)
        if random.random() < 0.5:
            copy.turn()
        self.archive(copy)


class Judge:
    """Restores random targets and compares each with what the world says."""

    def __init__(self, case, world):
        self.case, self.world = case, world
        self.restored = self.refused = 0

    def check_listing(self):
        timelines = self.case.timelines()
        self.case.assertEqual(set(timelines), {line.timeline for line in self.world.lines})
        for line in self.world.lines:
            listed = timelines[line.timeline]
            if line.parent:
                self.case.assertEqual((int(listed["parent"]), int(listed["fork_lsn"])), (line.parent.timeline, line.fork))
            commits = [c for c in line.log.commits if c.lsn > line.fork]
            shown = [(int(t["lsn"]), int(t["xid"])) for t in self.case.transactions("--timeline", line.timeline)
                     if int(t["timeline"]) == line.timeline]
            self.case.assertEqual([c for c in shown if c[0] > line.fork], [(c.lsn, c.xid) for c in commits])

    def try_targets(self, count):
        kinds = [self.latest, self.lsn, self.lsn, self.time, self.time, self.xid, self.xid, self.name, self.immediate,
                 self.generation]
        for number in range(count):
            line = random.choice(self.world.lines)
            kinds[number % len(kinds)](line)
        print(f"{len(self.world.lines)} timelines, {count} targets: {self.restored} restored, {self.refused} refused",
              flush=True)

    def expect(self, line, lsn, *target):
        self.case.check_restores(line.log.prefix(lsn), "--timeline", line.timeline, *target)
        self.restored += 1

    def expect_refusal(self, line, code, *target):
        into = self.case.fresh("restored")
        outcome = self.case.ctl("--json", "restore", "--target-dir", into, "--timeline", line.timeline, *target, code=code)
        self.case.assertTrue(outcome.error["message"], outcome)
        self.case.assertFalse(os.path.exists(into), outcome)
        self.refused += 1

    def exclusive(self):
        return ["--exclusive"] if random.random() < 0.3 else []

    # The kinds of target.

    def latest(self, line):
        self.expect(line, line.end, "--to-latest")

    def lsn(self, line):
        options = self.exclusive() if line.end else []
        lsn = random.randint(len(options), line.end)
        self.expect(line, lsn - len(options), "--to-lsn", lsn, *options)
        if random.random() < 0.2:
            self.expect_refusal(line, pitr.UNREACHABLE, "--to-lsn", line.end + random.randint(1, 100))

    def time(self, line):
        commits = line.log.commits
        if not commits:
            return
        time_us = random.choice(commits).time + random.choice((-1, 0, 1, random.randint(-STEP_US, STEP_US)))
        outcome = self.case.check_time(line.log, max(time_us, 0), "--timeline", line.timeline, *self.exclusive())
        self.restored += outcome.code == pitr.OK
        self.refused += outcome.code != pitr.OK

    def xid(self, line):
        options = self.exclusive()
        records = [record for record in line.log.records if record.xid]
        if not records:
            return
        xid = random.choice(records).xid
        try:
            lsn = line.log.cut_at_xid(xid, bool(options))
        except (sochdb.Ambiguous, sochdb.NotFound):
            self.expect_refusal(line, pitr.NOT_FOUND, "--to-xid", xid, *options)
        else:
            self.expect(line, lsn, "--to-xid", xid, *options)

    def name(self, _):
        if self.world.points:
            name, (line, lsn) = random.choice(list(self.world.points.items()))
            self.expect(line, lsn, "--to-restore-point", name)

    def immediate(self, line):
        snapshots = [s for s in self.case.ctl_json("list", "snapshots")["snapshots"] if int(s["timeline"]) == line.timeline]
        if snapshots:
            snapshot = random.choice(snapshots)
            self.expect(line, int(snapshot["consistent_lsn"]), "--immediate", "--snapshot", snapshot["id"])

    def generation(self, line):
        """Only of the first timeline: a restored log has become one, wherever it was truncated before."""
        line = self.world.lines[0]
        lsn = random.randint(0, line.end)
        start = max((start for start in line.starts if start < lsn), default=0)
        log = line.log
        self.case.check_restores(log.bytes[log.offset(start):log.offset(lsn)], "--timeline", line.timeline, "--to-lsn", lsn,
                                 "--generation-only")
        self.restored += 1
