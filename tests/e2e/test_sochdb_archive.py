"""What archiving a SochDB database promises: exit codes and documents, and that no run that is cut off costs a record."""

import errno
import os
import shutil

import mishaps
import pitr
import sochdb
import sochdb_case

KINDS = ("kill", "half")


class Archive(sochdb_case.SochCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.database = sochdb.Database(self.db, clock=sochdb.Clock(age_us=sochdb.NO_CLOCK))

    def put(self, count=1):
        for number in range(count):
            self.database.put((b"key-%d" % number, b"value"))

    def test_document(self):
        self.put(4)
        first = self.ctl_json("archive", self.db)
        self.assertEqual((first["schema"], first["timeline"], first["commits"]), ("pitrctl/archive/1", 1, 4))
        self.assertEqual((first["head"]["lsn"], int(first["head"]["xid"])), ("12", self.database.pid << 32 | 4))
        self.assertTrue(first["snapshot"])
        self.assertEqual([s["content"] for s in first["segments"] if s["content"] == "log"], ["log"])
        again = self.ctl_json("archive", self.db)
        self.assertEqual((again["segments"], again["snapshot"], again["commits"]), ([], None, 0))
        self.put()
        later = self.ctl_json("archive", self.db)
        (segment,) = later["segments"]
        self.assertEqual((segment["start_lsn"], segment["end_lsn"], segment["commits"]), ("12", "15", 1))

    def test_every_record_from_the_first_on(self):
        """Whatever was in the log at the first look can be restored, record by record."""
        self.put(3)
        self.database.abort(self.database.begin())
        self.database.checkpoint()
        self.archive(self.db)
        log = sochdb.Log.of(self.log)
        for lsn in range(len(log.records) + 1):
            self.check_restores(log.prefix(lsn), "--to-lsn", lsn)

    def test_only_begins(self):
        """Readers leave begins that nothing ends."""
        for _ in range(3):
            self.database.begin()
        self.archive(self.db)
        self.check_restores(sochdb.read(self.log))
        self.assertEqual(self.transactions(), [])
        self.refused(pitr.NOT_FOUND, "not_found", "restore", "--target-dir", self.path("no"), "--to-xid",
                     self.database.pid << 32 | 1)

    def test_no_database(self):
        """Nothing is stored, and nothing made, where there is no log."""
        empty = self.path("empty")
        os.makedirs(empty)
        for source in (self.path("nowhere"), empty):
            self.refused(pitr.NOT_FOUND, "not_found", "archive", source)
        self.assertEqual(os.listdir(empty), [])
        self.assertEqual(pitr.files_under(self.repo), ["pitr.json"])

    def test_log_disappears(self):
        self.put(3)
        self.archive(self.db)
        before = sochdb.read(self.log)
        os.remove(self.log)
        self.refused(pitr.NOT_FOUND, "not_found", "archive", self.db)
        self.check_restores(before)

    def test_record_is_completed(self):
        """Half a commit at one look, all of it at the next."""
        self.put(2)
        whole = sochdb.read(self.log)
        record = sochdb.Log(whole).records[-1]
        for size in (record.start + 1, record.start + 4, record.end - 1):
            self.put_in_place(whole[:size])
            self.assertIn("not whole", self.archive(self.db).err)
            self.check_restores(whole[:record.start])
        self.put_in_place(whole)
        self.archive(self.db)
        self.check_restores(whole)
        self.assertEqual(set(self.timelines()), {1})

    def test_large_record(self):
        value = os.urandom(1 << 20) * 20
        self.database.put((b"large", value))
        self.put()
        self.archive(self.db)
        self.check_restores(sochdb.read(self.log))
        self.check_restores(sochdb.Log.of(self.log).prefix(3), "--to-lsn", 3)

    def test_many_segments(self):
        """More than fits in one."""
        value = os.urandom(1 << 20) * 4
        for number in range(40):
            self.database.put((b"key-%d" % number, value))
        report = self.ctl_json("archive", self.db)
        self.assertGreater(len([s for s in report["segments"] if s["content"] == "log"]), 1)
        log = sochdb.Log.of(self.log)
        for lsn in (50, 71, 120):
            self.check_restores(log.prefix(lsn), "--to-lsn", lsn)
        self.check_sound("--source", self.db)

    def test_nothing_is_touched(self):
        self.put(3)
        def files():
            found = {name: os.stat(os.path.join(self.db, name)) for name in os.listdir(self.db)}
            return {name: (s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for name, s in found.items()}

        before = files()
        for command in (("archive", self.db), ("snapshot", self.db), ("restore-point", "create", "here", self.db),
                        ("validate", "--level", "records", "--source", self.db)):
            self.ctl(*command)
            self.assertEqual(files(), before)

    def test_snapshots(self):
        """A snapshot shortens restores, and never changes what they give."""
        self.put(5)
        self.archive(self.db)
        self.ctl("snapshot", self.db)
        self.put(5)
        self.archive(self.db)
        log = sochdb.Log.of(self.log)
        for lsn in (0, 7, 14, 15, 16, 30):
            self.check_restores(log.prefix(lsn), "--to-lsn", lsn)
        newest = self.ctl_json("list", "snapshots")["snapshots"][-1]
        self.assertEqual(newest["consistent_lsn"], "15")
        self.check_restores(log.prefix(15), "--immediate", "--snapshot", newest["id"])

    def test_snapshot_after_truncations(self):
        """It holds what the process had in memory, which is more than its log."""
        logs = b""
        for _ in range(3):
            self.put(3)
            self.archive(self.db)
            logs += sochdb.read(self.log)
            self.database.truncate()
        self.put()
        self.ctl("snapshot", self.db)
        logs += sochdb.read(self.log)
        self.check_restores(logs)
        self.check_restores(sochdb.read(self.log), "--generation-only")
        self.check_restores(logs, "--immediate", "--snapshot", self.ctl_json("list", "snapshots")["snapshots"][-1]["id"])
        self.assertEqual(len(self.possible_gaps()), 3)

    def test_restore_points(self):
        self.put(2)
        self.ctl("restore-point", "create", "before", self.db)
        self.put(2)
        self.archive(self.db)
        log = sochdb.Log.of(self.log)
        self.check_restores(log.prefix(6), "--to-restore-point", "before")

    def test_validate_counts_what_is_not_archived(self):
        self.put(3)
        self.archive(self.db)
        self.check_sound("--source", self.db)
        self.put()
        self.assertEqual(self.ctl_json("validate", "--source", self.db)["source"]["commits_not_archived"], 1)
        self.archive(self.db)
        self.check_sound("--source", self.db)

    def test_other_engines_options(self):
        self.put()
        self.archive(self.db)
        self.refused(pitr.USAGE, "usage", "restore", "--target-dir", self.path("no"), "--replay")
        other = {"PITRCTL_REPO": self.path("other")}
        self.ctl("init", env=other)
        app = pitr.create_database(self.path("app", "app.db"), rows=3)
        self.ctl("archive", app, env=other)
        error = self.refused(pitr.USAGE, "usage", "restore", "--target-dir", self.path("no"), "--generation-only", env=other)
        self.assertIn("--generation-only", error["hint"])
        self.refused(pitr.USAGE, "usage", "archive", app, "--source-key-file", self.key_file(bytes(32)), env=other)

    def test_key_that_is_none(self):
        """The refusal names the file and never shows what is in it."""
        self.put()
        path = self.path("key")
        for text in ("", "c2VjcmV0", "s3cr3t-of-mine" * 10):
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            sealed = self.path("sealed")
            os.makedirs(sealed, exist_ok=True)
            folder = os.path.join(os.path.dirname(pitr.HERE), "fixtures", "sochdb", "enc-1")
            for name in ("wal.log", "keyring.json"):
                shutil.copy(os.path.join(folder, name), sealed)
            outcome = self.ctl("archive", sealed, "--source-key-file", path, code=pitr.USAGE)
            self.assertIn(path, outcome.err)
            if text:
                self.assertNotIn(text, outcome.says)


class KilledArchive(sochdb_case.SochCase, mishaps.MishapCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.database = sochdb.Database(self.db)
        self.archived = b""
        self.put()

    def put(self):
        for number in range(3):
            self.database.put((b"key-%d" % number, b"value"))

    def truncate(self):
        self.archive(self.db)
        self.archived += sochdb.read(self.log)
        self.database.truncate()
        self.put()

    def keep(self):
        for name in (self.repo, self.state):
            if os.path.exists(name):
                shutil.copytree(name, name + ".kept")

    def start_again(self):
        for name in (self.repo, self.state):
            shutil.rmtree(name, ignore_errors=True)
            if os.path.exists(name + ".kept"):
                shutil.copytree(name + ".kept", name)

    def try_every_call(self, kinds, *command):
        """From one state of the repository, each time with another call gone wrong. The next run goes on."""
        self.keep()
        calls = len(self.traced(*command))
        self.assertGreater(calls, 3)
        before = sochdb.read(self.log)
        for kind in kinds:
            for number in self.numbers(calls):
                with self.subTest(kind=kind, call=number):
                    self.start_again()
                    outcome = self.with_mishap(number, kind, *command)
                    if kind in KINDS:
                        self.assertTrue(self.was_killed(outcome), outcome)
                    elif outcome.code != pitr.OK:
                        self.assertIn(outcome.code, (pitr.FAILED, pitr.UNAVAILABLE), outcome)
                        self.assertIn("error:", outcome.err, outcome)
                    self.ctl("validate", "--level", "checksums", code=(pitr.OK, pitr.NOT_FOUND))
                    self.archive(self.db)
                    self.check_restores(self.archived + before)
                    self.check_sound("--source", self.db)
                    self.assertEqual(self.ctl_json("list", "windows")["windows"][0]["start"]["lsn"], "0")
                    self.assertEqual(sochdb.read(self.log), before)

    def test_first_run(self):
        self.try_every_call(KINDS, "archive", self.db)

    def test_later_run(self):
        self.archive(self.db)
        self.put()
        self.try_every_call(KINDS, "archive", self.db)

    def test_run_after_a_truncation(self):
        self.truncate()
        self.try_every_call(KINDS, "archive", self.db)

    def test_killed_snapshot(self):
        self.truncate()
        self.try_every_call(KINDS, "snapshot", self.db)

    def test_failing_repository(self):
        self.try_every_call((errno.ENOSPC, errno.EIO), "archive", self.db)


if __name__ == "__main__":
    pitr.main()
