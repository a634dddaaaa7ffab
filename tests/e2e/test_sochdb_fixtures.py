"""Logs that SochDB itself wrote, archived and restored to every target whose outcome SochDB itself has told."""

import hashlib
import json
import os
import shutil
import unittest

import pitr
import sochdb
import sochdb_case

FIXTURES = os.path.join(os.path.dirname(pitr.HERE), "fixtures", "sochdb")
NO_DATE = 253_402_300_800_000_000  # the year 10000, in microseconds


class Fixture:
    def __init__(self, name):
        self.name, self.dir = name, os.path.join(FIXTURES, name)
        with open(os.path.join(self.dir, "expected.json"), encoding="utf-8") as file:
            self.expected = json.load(file)

    def read(self, name):
        return sochdb.read(os.path.join(self.dir, name))

    @property
    def log(self):
        return self.read("wal.log")

    @property
    def kek(self):
        return bytes.fromhex(self.expected["encryption"]["kek_hex"])

    @property
    def targets(self):
        return [target for target in self.expected["targets"]
                if target["kind"] != "timestamp_us" or int(target["value"]) < NO_DATE]


def case_names():
    return sorted(name for name in os.listdir(FIXTURES) if os.path.exists(os.path.join(FIXTURES, name, "wal.log")))


class Oracle(unittest.TestCase):
    """The tests' own reader agrees with SochDB."""

    def check(self, fixture):
        log, expected = sochdb.Log(fixture.log), fixture.expected
        self.assertEqual([(c.lsn, c.xid, c.time, c.counted) for c in log.commits],
                         [(c["lsn"], int(c["txn"]), int(c["ts"]), c["counted"]) for c in expected["commits"]])
        self.assertEqual([(a.lsn, a.xid) for a in log.aborts],
                         [(a["lsn"], int(a["txn"])) for a in expected["aborts"]])
        self.assertEqual(log.unfinished,
                         {int(u["txn"]): u["data_records"] for u in expected["unfinished_at_end"]})
        cuts = {"latest": lambda _: len(log.records), "lsn": lambda lsn: lsn, "timestamp_us": log.cut_at_time,
                "txn": log.cut_at_xid}
        for target in expected["targets"]:
            cut = cuts[target["kind"]](int(target["value"] or 0))
            replay = log.replay(cut)
            self.assertEqual((cut, log.offset(cut), log.last_commit(cut), replay.transactions, replay.sha256()),
                             (target["cut_lsn"], target["cut_offset"], target["last_commit_lsn"], target["txns"],
                              target["state_sha256"]), target)

    def test_reader_agrees_with_sochdb(self):
        for fixture in map(Fixture, case_names()):
            with self.subTest(fixture.name):
                if "encryption" in fixture.expected:
                    frames = fixture.expected["encryption"]["frames"]["complete_by_length_only"]
                    whole = [start + size for start, size in frames if size >= sochdb.SMALLEST_ENVELOPE]
                    self.assertEqual(sochdb.sealed_frames(fixture.log), whole)
                elif fixture.name != "flip-length":  # SochDB takes a frame with bytes to spare
                    self.check(fixture)

    def test_writer_writes_what_sochdb_writes(self):
        for record in sochdb.Log(Fixture("interleave-1").log).records:
            self.assertEqual(sochdb.frame_of(*record[2:]), Fixture("interleave-1").log[record.start:record.end])


class FixtureCase(sochdb_case.SochCase):
    def setUp(self):
        super().setUp()
        self.init()

    def place(self, fixture, *names):
        for name in ("wal.log", *names):
            shutil.copy(os.path.join(fixture.dir, name), self.db)

    def check_transactions(self, fixture, last_lsn, *options):
        """The commits are those that SochDB sees. A time near 1970 is none."""
        def shown(time_us):
            return sochdb_case.as_time(time_us) if time_us >= sochdb.NO_CLOCK else None

        expected = [(c["lsn"], int(c["txn"]), shown(int(c["ts"]))) for c in fixture.expected["commits"] if c["lsn"] <= last_lsn]
        listed = self.transactions(*options)
        self.assertEqual([(int(t["lsn"]), int(t["xid"]), t["time"]) for t in listed], expected)

    def check_target(self, fixture, target, keyring, options):
        kind, value = target["kind"], target["value"]
        expected = fixture.log[:target["cut_offset"]]
        arguments = {"latest": ["--to-latest"], "lsn": ["--to-lsn", value], "txn": ["--to-xid", value]}
        if kind == "timestamp_us":
            if not any(int(c["ts"]) > int(value) for c in fixture.expected["commits"]):
                return self.check_undated(expected, int(value), keyring, options)
            arguments = ["--to-time", sochdb_case.as_time(int(value))]
        else:
            arguments = arguments[kind]
        self.check_restores(expected, *arguments, *options, keyring=keyring)
        if keyring is None:
            self.assertEqual(sochdb.Log(expected).replay(target["cut_lsn"]).sha256(), target["state_sha256"])

    def check_undated(self, expected, time_us, keyring, options):
        """No commit in the log is later: a refusal or all of it."""
        into = self.fresh("restored")
        outcome = self.ctl("restore", "--target-dir", into, "--to-time", sochdb_case.as_time(time_us), *options,
                           code=(pitr.OK, pitr.UNREACHABLE))
        if outcome.code == pitr.OK:
            self.assertEqual(self.taken(into, keyring), expected, outcome)
            shutil.rmtree(into)

    def check_targets(self, fixture, targets, keyring=None, options=()):
        self.assertTrue(targets)
        for target in targets:
            with self.subTest(target=f"{target['kind']} {target['value']}"):
                self.check_target(fixture, target, keyring, options)


class Whole(FixtureCase):
    def check(self, name, *beside):
        fixture = Fixture(name)
        self.place(fixture, *beside)
        outcome = self.archive(self.db)
        self.assertNotIn("offset", outcome.err)
        self.assertEqual(sochdb.read(self.log), fixture.log)
        self.check_sound("--source", self.db)
        self.check_transactions(fixture, fixture.expected["last_lsn"] or 0)
        self.check_targets(fixture, fixture.targets)
        for xid in fixture.expected["txn_ids_committed_more_than_once"]:
            error = self.refused(pitr.NOT_FOUND, "ambiguous_target", "restore", "--target-dir", self.path("no"), "--to-xid", xid)
            commits = [c["lsn"] for c in fixture.expected["commits"] if c["txn"] == xid]
            self.assertEqual([int(candidate["lsn"]) for candidate in error["candidates"]], commits)
        for target in fixture.targets[:1]:
            last = int(target["cut_lsn"])
            error = self.refused(pitr.UNREACHABLE, "target_unreachable", "restore", "--target-dir", self.path("no"),
                                 "--to-lsn", last + 1)
            self.assertEqual(int(error["before"]["lsn"]), target["last_commit_lsn"] or last)
        return fixture

    def test_basic(self):
        fixture = self.check("basic-1")
        for abort in fixture.expected["aborts"][:2]:
            self.refused(pitr.NOT_FOUND, "not_found", "restore", "--target-dir", self.path("no"), "--to-xid", abort["txn"])

    def test_interleaved(self):
        self.check("interleave-1")

    def test_exclusive(self):
        fixture = Fixture("interleave-1")
        self.place(fixture)
        self.archive(self.db)
        log = sochdb.Log(fixture.log)
        for lsn in (1, 6, 48):
            self.check_restores(log.prefix(lsn - 1), "--to-lsn", lsn, "--exclusive")
        for commit in log.commits:
            with self.subTest(commit=commit):
                if [c.xid for c in log.commits].count(commit.xid) == 1:
                    self.check_restores(log.prefix(commit.lsn - 1), "--to-xid", commit.xid, "--exclusive")
                for time_us in (commit.time - 1, commit.time, commit.time + 1):
                    self.check_time(log, time_us, "--exclusive")

    def test_clock(self):
        """Times near 1970 among real ones."""
        self.check("clock-1")
        for window in self.windows():
            for point in (window["start"], window["end"]):
                if point["time"]:
                    self.assertGreater(point["time"], "2000")

    def test_concurrent(self):
        self.check("concurrent-1")

    def test_with_manifest(self):
        self.check("pitr-1", "wal.manifest", ".clean_shutdown")

    def test_empty(self):
        self.check("empty")

    def test_backup(self):
        """A directory that SochDB's own backup wrote."""
        fixture = Fixture("backup-1")
        source = os.path.join(fixture.dir, "backup")
        shutil.copytree(source, self.db, dirs_exist_ok=True)
        self.archive(self.db)
        self.check_restores(fixture.read("backup/wal.log"))
        log = sochdb.Log(fixture.read("backup/wal.log"))
        replay = log.replay(len(log.records))
        self.assertEqual((replay.transactions, replay.sha256()), (fixture.expected["txns"], fixture.expected["state_sha256"]))

    def test_risk_of_truncation_is_told(self):
        """A wal.manifest keeps SochDB from truncating its log, and without it each run warns."""
        self.assertIn("wal.manifest", self.ctl_json("init", "--engine", "sochdb", env={"PITRCTL_REPO": self.path("other")})["advice"])
        self.place(Fixture("pitr-1"))
        for _ in range(2):
            self.assertIn("wal.manifest", self.archive(self.db).err)
        self.place(Fixture("pitr-1"), "wal.manifest")
        self.assertNotIn("warning:", self.archive(self.db).err)

    def test_nothing_beside_the_log_is_changed(self):
        self.place(Fixture("pitr-1"), "wal.manifest", ".clean_shutdown")
        before = {name: sochdb.read(os.path.join(self.db, name)) for name in os.listdir(self.db)}
        self.archive(self.db)
        self.assertEqual({name: sochdb.read(os.path.join(self.db, name)) for name in os.listdir(self.db)}, before)


class Cut(FixtureCase):
    """A log that ends in part of a record, as one does that is just being written."""

    def check(self, name):
        fixture = Fixture(name)
        self.place(fixture)
        outcome = self.archive(self.db)
        self.assertIn("not whole" if name != "zero-tail" else "zero bytes", outcome.err, outcome)
        self.check_names(outcome.err, fixture.expected["reader"]["good_end_offset"])
        self.check_transactions(fixture, fixture.expected["last_lsn"])
        self.check_targets(fixture, fixture.targets)
        self.check_sound()
        again = self.ctl_json("archive", self.db)
        self.assertEqual((again["segments"], again["commits"]), ([], 0))

    def test_torn_length(self):
        self.check("torn-length")

    def test_torn_value(self):
        self.check("torn-value")

    def test_torn_one_byte(self):
        self.check("torn-one-byte")

    def test_disk_full(self):
        self.check("disk-full")

    def test_zero_tail(self):
        self.check("zero-tail")


class Damaged(FixtureCase):
    """What is whole before the damage is archived, and the damage is told."""

    RECORDS = 54  # in the log that was damaged

    def check(self, name, last_lsn, offset, stranded, beside=(), options=()):
        fixture = Fixture(name)
        self.place(fixture, *beside)
        outcome = self.archive(self.db, *options, code=pitr.CORRUPT)
        self.check_names(outcome.says, offset)
        if stranded is not None:
            self.check_names(outcome.says, stranded)
        document = self.ctl("--json", "archive", self.db, *options, code=pitr.CORRUPT)
        self.assertEqual(len(document.json["damage"]), 1, document)
        self.ctl("validate", "--level", "records", "--source", self.db, *options, code=pitr.CORRUPT)
        self.check_sound(*options)
        keyring = fixture.read("keyring.json") if "keyring.json" in beside else None
        self.check_restores(fixture.log[:offset], keyring=keyring)
        self.refused(pitr.UNREACHABLE, "target_unreachable", "restore", "--target-dir", self.path("no"),
                     "--to-lsn", last_lsn + 1)
        return fixture

    def check_plain(self, name):
        reader = Fixture(name).expected["reader"]
        fixture = self.check(name, reader["records"], reader["good_end_offset"],
                             self.RECORDS - reader["records"] - 1)
        self.check_transactions(fixture, reader["records"])
        self.check_targets(fixture, fixture.targets)

    def test_value(self):
        self.check_plain("flip-value")

    def test_commit_time(self):
        self.check_plain("flip-commit-time")

    def test_last_crc(self):
        self.check_plain("flip-last-crc")

    def test_length(self):
        """SochDB takes record 32, with bytes to spare in its frame; we do not."""
        fixture = self.check("flip-length", 31, 1290, self.RECORDS - 32)
        self.check_targets(fixture, [t for t in fixture.targets if t["cut_lsn"] <= 31 and t["kind"] != "timestamp_us"])

    def test_torn_then_appended(self):
        fixture = Fixture("torn-then-appended")
        expected = fixture.expected
        self.check(fixture.name, expected["last_lsn"], expected["reader"]["good_end_offset"],
                   expected["records_whole_but_unreachable_from_torn_at"])
        self.check_targets(fixture, fixture.targets)

    def test_damage_behind_what_is_archived(self):
        """The log goes bad later: what was archived before remains, and nothing is taken twice."""
        fixture = Fixture("flip-value")
        good = sochdb.Log(fixture.log)
        self.put_in_place(good.prefix(20))
        self.archive(self.db)
        self.put_in_place(fixture.log)
        self.archive(self.db, code=pitr.CORRUPT)
        self.check_restores(fixture.log[:good.good_end])
        self.put_in_place(good.prefix(22))
        self.archive(self.db)
        self.check_restores(fixture.log[:good.good_end])


class Sealed(FixtureCase):
    """Encrypted databases."""

    BESIDE = ("wal.manifest", "keyring.json")

    def place_sealed(self, name):
        fixture = Fixture(name)
        self.place(fixture, *self.BESIDE)
        return fixture

    def with_key(self, fixture):
        return ("--source-key-file", self.key_file(fixture.kek))

    def check_with_key(self, name):
        fixture = self.place_sealed(name)
        options = self.with_key(fixture)
        self.archive(self.db, *options)
        self.check_transactions(fixture, fixture.expected["last_lsn"], *options)
        self.check_targets(fixture, fixture.targets, fixture.read("keyring.json"), options)
        self.check_sound(*options)

    def test_with_key(self):
        self.check_with_key("enc-1")

    def test_torn_with_key(self):
        self.check_with_key("enc-torn")

    def test_key_in_the_environment(self):
        fixture = self.place_sealed("enc-1")
        with open(self.key_file(fixture.kek), encoding="ascii") as file:
            env = {"SOCHDB_ENCRYPTION_KEY": file.read().strip()}
        self.archive(self.db, env=env)
        listed = self.ctl_json("list", "transactions", env=env)["transactions"]
        self.assertEqual(len(listed), len(fixture.expected["commits"]))

    def test_without_key(self):
        fixture = self.place_sealed("enc-1")
        outcome = self.archive(self.db)
        keyring = fixture.read("keyring.json")
        positions = [target for target in fixture.targets if target["kind"] in ("latest", "lsn")]
        self.check_targets(fixture, positions, keyring)
        self.check_sound()
        commits = {s["content"]: s["commits"] for s in self.ctl_json("list", "segments")["segments"]}
        self.assertIsNone(commits["log"], commits)
        self.assertNotIn(fixture.kek.hex(), outcome.says)
        for command in (["list", "transactions"], *(["restore", "--target-dir", self.path("no"), *target] for target in (
                ["--to-time", sochdb_case.as_time(int(fixture.expected["commits"][3]["ts"]))],
                ["--to-xid", fixture.expected["commits"][3]["txn"]]))):
            error = self.refused(pitr.USAGE, "usage", *command)
            self.assertIn("--source-key-file", error["hint"])
        self.assertFalse(os.path.exists(self.path("no")))

    def test_key_comes_later(self):
        """Archived without, looked at with it."""
        fixture = self.place_sealed("enc-1")
        self.archive(self.db)
        options = self.with_key(fixture)
        self.check_transactions(fixture, fixture.expected["last_lsn"], *options)
        targets = [target for target in fixture.targets if target["kind"] in ("timestamp_us", "txn")]
        self.check_targets(fixture, targets, fixture.read("keyring.json"), options)

    def test_torn_without_key(self):
        fixture = self.place_sealed("enc-torn")
        self.assertIn("not whole", self.archive(self.db).err)
        self.check_restores(fixture.log[:fixture.expected["reader"]["good_end_offset"]],
                            keyring=fixture.read("keyring.json"))

    def test_wrong_key(self):
        fixture = self.place_sealed("enc-1")
        wrong = self.key_file(bytes(32))
        outcome = self.archive(self.db, "--source-key-file", wrong, code=(pitr.USAGE, pitr.CORRUPT))
        self.assertIn("keyring.json", outcome.err)
        self.archive(self.db)
        self.check_restores(fixture.log, keyring=fixture.read("keyring.json"))

    def check_readable(self, name):
        """Only what the key reads is archived."""
        fixture = self.place_sealed(name)
        options = self.with_key(fixture)
        outcome = self.archive(self.db, *options, code=pitr.CORRUPT)
        state = fixture.expected["leading_frames_state"]
        self.check_names(outcome.says, state["cut_offset"])
        self.check_restores(fixture.log[:state["cut_offset"]], keyring=fixture.read("keyring.json"))
        self.assertEqual(state["cut_lsn"], fixture.expected["leading_frames_readable_with_key"])
        self.refused(pitr.UNREACHABLE, "target_unreachable", "restore", "--target-dir", self.path("no"),
                     "--to-lsn", state["cut_lsn"] + 1)

    def test_flipped_body(self):
        self.check_readable("enc-flip-body")

    def test_flipped_length(self):
        self.check_readable("enc-flip-length")

    def test_encrypted_zero_tail(self):
        """SochDB does not open it; all of its frames are whole."""
        fixture = self.place_sealed("enc-zero-tail")
        state = fixture.expected["leading_frames_state"]
        self.archive(self.db, *self.with_key(fixture), code=(pitr.OK, pitr.CORRUPT))
        self.check_restores(fixture.log[:state["cut_offset"]], keyring=fixture.read("keyring.json"))


class Series(FixtureCase):
    """Copies of one log taken one after the other, as a run from cron meets them."""

    def archive_copies(self, fixture):
        for copy in fixture.expected["snapshots"]:
            self.put_in_place(fixture.read(copy["file"]))
            outcome = self.archive(self.db)
            if copy["stop"] != "end":
                self.check_names(outcome.err, copy["good_end_offset"])
        self.assertEqual(set(self.timelines()), {1})

    def generations(self, fixture):
        """Each with the LSN that it begins behind, and its log."""
        copies = [(fixture.read(copy["file"]), copy) for copy in fixture.expected["snapshots"]]
        start = 0
        for generation in fixture.expected["generations_an_archiver_can_hold"]:
            log = next(log for log, copy in copies if copy["sha256"] == generation["sha256"])
            yield start, generation, log
            start += generation["records"]

    def check_generations(self, fixture):
        before = b""
        for start, generation, log in self.generations(fixture):
            end = start + generation["records"]
            self.check_restores(before + log, "--to-lsn", end)
            self.check_restores(log, "--to-lsn", end, "--generation-only")
            for commit in generation["commits"][::4]:
                part = log[:commit["end_offset"]]
                self.check_restores(before + part, "--to-lsn", start + commit["lsn"])
                self.check_restores(part, "--to-lsn", start + commit["lsn"], "--generation-only")
                self.assertEqual(sochdb.Log(part).replay(commit["lsn"]).sha256(), commit["state_sha256"])
            before += log
        return before

    def test_live(self):
        fixture = Fixture("live-1")
        self.archive_copies(fixture)
        chained = fixture.expected["chained"]
        latest = self.check_generations(fixture)
        self.assertEqual(hashlib.sha256(latest).hexdigest(), chained["sha256"])
        self.check_restores(latest)
        replay = sochdb.Log(latest).replay(chained["records"])
        self.assertEqual((replay.transactions, replay.sha256()), (chained["txns"], chained["recovered_state_sha256"]))
        self.check_sound("--source", self.db)

    def test_live_transactions(self):
        fixture = Fixture("live-1")
        self.archive_copies(fixture)
        commits = [(start + c["lsn"], int(c["txn"])) for start, generation, _ in self.generations(fixture)
                   for c in generation["commits"]]
        self.assertEqual([(int(t["lsn"]), int(t["xid"])) for t in self.transactions()], commits)
        log = sochdb.Log(self.restored_log())
        for lsn, xid in commits[::3]:
            self.check_restores(log.prefix(lsn), "--to-xid", xid)
        for commit in log.commits[::3]:
            self.check_time(log, commit.time)

    def test_truncations_are_told(self):
        """Where the log was truncated nobody knows what it held beyond the last look."""
        self.archive_copies(Fixture("live-1"))
        self.assertEqual(self.possible_gaps("--to-lsn", 65), [])
        gaps = self.possible_gaps("--to-latest")
        self.assertEqual(len(gaps), 2, gaps)
        for gap, lsn in zip(gaps, (65, 84)):
            self.check_names(gap, lsn, lsn + 1)
        for subject in ([], ["segments"]):
            shown = self.ctl("list", *subject).out
            self.check_names(shown, 65, 84)
        report = self.ctl_json("validate")
        self.assertTrue(report["healthy"])
        self.assertEqual(len(report["remarks"]), 2, report)
        self.assertIn("truncated", self.ctl("validate").says)

    def test_compacted(self):
        """SochDB's own compact command leaves nothing in the log."""
        fixture = Fixture("compact-1")
        self.archive_copies(fixture)
        self.check_restores(self.check_generations(fixture))
        before = fixture.read("s00.wal")
        later = sochdb.Database(self.db)
        later.put((b"a", b"1"))
        later.close()
        self.archive(self.db)
        self.check_restores(before + sochdb.read(self.log))
        self.check_restores(sochdb.read(self.log), "--generation-only")
        self.assertEqual(len(self.possible_gaps("--to-latest")), 1)


if __name__ == "__main__":
    pitr.main()
