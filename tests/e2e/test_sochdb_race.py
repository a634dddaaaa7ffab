"""pitrctl archives a log that its database goes on appending to and truncating. PITRCTL_SEED repeats the writers' turns,
though not the moments."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import zlib

import pitr
import sochdb
import sochdb_case
import sochdb_writer

KEYRING = os.path.join(os.path.dirname(pitr.HERE), "fixtures", "sochdb", "enc-1", "keyring.json")


class Look:
    """What was in the log before a run of archive, and the newest generation after it."""

    def __init__(self, log, newest):
        self.log, self.newest = log, newest


class History:
    """What the writer wrote, generation by generation."""

    def __init__(self, witness):
        self.generations = [sochdb.frames_of(sochdb.read(os.path.join(witness, name))) for name in sorted(os.listdir(witness))]
        self.place = {frame: (generation, at) for generation, frames in enumerate(self.generations, 1)
                      for at, frame in enumerate(frames)}
        assert len(self.place) == sum(map(len, self.generations)), "the writer repeated itself"


class Race(sochdb_case.SochCase):
    def setUp(self):
        super().setUp()
        self.witness = self.path("witness")
        os.makedirs(self.witness)

    def start_writer(self, settings):
        process = subprocess.Popen([sys.executable, sochdb_writer.__file__, self.db, self.witness,
                                    str(random.getrandbits(32)), json.dumps(settings)],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(pitr.end_process, process)
        process.stdout.readline()  # it has made a turn
        return process

    def newest_generation(self):
        return len(os.listdir(self.witness))

    def kill_a_run(self):
        process = self.start("archive", self.db)
        try:
            process.wait(timeout=random.random() * (0.04 if not pitr.SANITIZED else 0.4))
        except subprocess.TimeoutExpired:
            pass
        pitr.end_process(process)

    def run_race(self, name, runs, codec="zstd", kills=0, **settings):
        random.seed(pitr.seed() ^ zlib.crc32(name.encode()))
        self.init(codec)
        if settings.get("sealed"):
            shutil.copy(KEYRING, self.db)
        writer = self.start_writer({"pause_ms": 1, "truncate": 0.02, "thread": 0.02, "reopen": 0.01, "burst": 20, **settings})
        self.looks, refused = [], 0
        for _ in range(pitr.scaled(runs, 15)):
            if random.random() < kills:
                self.kill_a_run()
            log = sochdb.read(self.log)
            outcome = self.archive(self.db, code=(pitr.OK, pitr.UNAVAILABLE))
            refused += outcome.code == pitr.UNAVAILABLE
            if outcome.code == pitr.OK:
                self.looks.append(Look(log, self.newest_generation()))
        writer.stdin.close()
        self.assertEqual(writer.wait(), 0, "the writer came to harm")
        self.archive(self.db)
        self.looks.append(Look(sochdb.read(self.log), self.newest_generation()))
        self.history = History(self.witness)
        print(f"{self.newest_generation()} generations, {len(self.history.place)} records, {refused} runs were to be repeated",
              flush=True)
        self.assertLess(refused, len(self.looks))

    def check_archived(self, frames):
        """Frames that were written, none twice, in order, each generation from its first. Returns how many there are of
        each generation."""
        archived, before = {}, (0, 0)
        for lsn, frame in enumerate(frames, 1):
            self.assertIn(frame, self.history.place, f"LSN {lsn} was never written")
            generation, at = self.history.place[frame]
            if generation != before[0]:
                self.assertGreater(generation, before[0], f"LSN {lsn} goes back to an older generation")
                before = (generation, -1)
            self.assertEqual(at, before[1] + 1, f"LSN {lsn} is record {at} of generation {generation} behind {before[1]}")
            before = (generation, at)
            archived[generation] = at + 1
        return archived

    def check_looks(self, archived):
        """What a look saw is archived, unless the log was truncated before the run was over."""
        for number, look in enumerate(self.looks):
            frames = sochdb.frames_of(look.log)
            if not frames:
                continue
            self.assertIn(frames[0], self.history.place)
            generation, _ = self.history.place[frames[0]]
            if generation == look.newest:
                written = self.history.generations[generation - 1][:len(frames)]
                self.assertEqual(frames, written, "the look itself")
                self.assertGreaterEqual(archived.get(generation, 0), len(frames), f"lost after look {number}")

    def gap_lsns(self):
        """The last LSN before each place where the log was truncated."""
        remarks = self.ctl_json("validate", "--level", "chain")["remarks"]
        return sorted(int(re.search(r"LSN (\d+)", remark)[1]) for remark in remarks if "truncated" in remark)

    def check_generations(self, archived):
        """All are told as what they are: behind each but the last there may be a gap."""
        ends, end = [], 0
        for count in archived.values():
            end += count
            ends.append(end)
        self.assertEqual(self.gap_lsns(), ends[:-1])
        self.assertGreater(len(archived), 1, "the log was never truncated")
        return ends

    def check_plain(self):
        log = self.restored_log()
        frames = sochdb.frames_of(log)
        archived = self.check_archived(frames)
        self.check_looks(archived)
        ends = self.check_generations(archived)
        for _ in range(pitr.scaled(12, 4)):
            lsn = random.randint(0, len(frames))
            begin = max((end for end in [0, *ends] if end < lsn), default=0)
            self.check_restores(b"".join(frames[:lsn]), "--to-lsn", lsn)
            self.check_restores(b"".join(frames[begin:lsn]), "--to-lsn", lsn, "--generation-only")
        self.check_commits(sochdb.Log(log))
        self.check_sound("--source", self.db)
        self.assertEqual(set(self.timelines()), {1})

    def check_commits(self, log):
        listed = {(int(t["lsn"]), int(t["xid"])) for t in self.transactions()}
        self.assertLessEqual(listed, {(c.lsn, c.xid) for c in log.commits})
        self.assertLessEqual({(c.lsn, c.xid) for c in log.commits if c.counted}, listed)

    def check_sealed(self):
        """Records of two generations never stand in one encrypted log."""
        keyring = sochdb.read(KEYRING)
        lsns = self.gap_lsns()
        frames = []
        for target in (*(["--to-lsn", lsn] for lsn in lsns), ["--to-latest"]):
            log = self.restored_log(*target, "--generation-only", keyring=keyring)
            frames += sochdb.frames_of(log)
        archived = self.check_archived(frames)
        self.check_looks(archived)
        self.check_generations(archived)

    def test_truncations(self):
        self.run_race("truncations", 60)
        self.check_plain()

    def test_uniform_records(self):
        """A log that was truncated and has grown again lines up with the old one frame by frame."""
        self.run_race("uniform", 60, uniform=True)
        self.check_plain()

    def test_frequent_truncations(self):
        self.run_race("frequent", 60, codec="none", truncate=0.15, pause_ms=0.3, uniform=True)
        self.check_plain()

    def test_bursts(self):
        """Much is appended while it is read."""
        self.run_race("bursts", 40, codec="lz4", truncate=0.003, pause_ms=2, burst=400)
        self.check_plain()

    def test_killed_runs(self):
        self.run_race("kills", 50, kills=0.6)
        self.check_plain()

    def test_sealed(self):
        """An encrypted log, and nobody gives the key."""
        self.run_race("sealed", 60, sealed=True)
        self.check_sealed()

    def test_two_at_once(self):
        """Two runs of archive at once, again and again: one is told so, or finds nothing left to do."""
        random.seed(pitr.seed())
        self.init()
        writer = self.start_writer({"pause_ms": 1, "truncate": 0.02, "burst": 20})
        self.looks = []
        for _ in range(pitr.scaled(25, 8)):
            log = sochdb.read(self.log)
            other = self.start("archive", self.db, env={"XDG_STATE_HOME": self.path("other-state")})
            outcomes = [self.run_ctl("archive", self.db), self.finish(other)]
            for outcome in outcomes:
                self.assertIn(outcome.code, (pitr.OK, pitr.CONFLICT, pitr.UNAVAILABLE), outcome)
            if any(outcome.code == pitr.OK for outcome in outcomes):
                self.looks.append(Look(log, self.newest_generation()))
        writer.stdin.close()
        writer.wait()
        self.archive(self.db)
        self.looks.append(Look(sochdb.read(self.log), self.newest_generation()))
        self.history = History(self.witness)
        self.check_plain()


if __name__ == "__main__":
    pitr.main()
