"""pitrctl killed, or failed by the operating system, at every single call that changes a file system."""

import errno
import os
import shutil

import mishaps
import unittest

import pitr

KINDS = ("kill", "half")
ERRORS = (errno.ENOSPC, errno.EIO)


class Kills(mishaps.MishapCase):
    def setUp(self):
        super().setUp()
        self.db = pitr.create_database(self.path("live", "app.db"), rows=20)
        self.app = self.application(self.db)
        self.app.add("first")
        self.init()

    def keep(self):
        """Repository and notes as they are now, to start from again and again."""
        for name in (self.repo, self.state):
            if os.path.exists(name):
                shutil.copytree(name, name + ".kept")

    def start_again(self):
        for name in (self.repo, self.state):
            shutil.rmtree(name, ignore_errors=True)
            if os.path.exists(name + ".kept"):
                shutil.copytree(name + ".kept", name)

    def source_bytes(self):
        return pitr.digest_of_file(self.db), pitr.digest_of_file(self.db + "-wal")

    def check_repository(self, transactions):
        """The next run goes on: nothing is lost and nothing partial is listed as good."""
        self.ctl("validate", "--level", "checksums", code=(pitr.OK, pitr.NOT_FOUND))
        self.archive(self.db)
        self.ctl("validate", "--level", "records", "--source", self.db)
        self.assertEqual(len(self.transactions()), transactions)
        self.assertEqual(self.restored_content(), pitr.content_of(self.db))

    def try_every_call(self, kinds, transactions, *command):
        """Repeats a command from the kept state, each time with another call of it gone wrong."""
        self.keep()
        calls = len(self.traced(*command))
        self.assertGreater(calls, 3)
        before = self.source_bytes()
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
                    self.assertEqual(self.source_bytes(), before)
                    self.check_repository(transactions)
        self.app.add("the application goes on")

    def test_first_archive(self):
        self.try_every_call(KINDS, 0, "archive", self.db)

    def test_later_archive(self):
        self.archive(self.db)
        for number in range(3):
            self.app.add(str(number))
        self.try_every_call(KINDS, 3, "archive", self.db)

    def test_bridging_archive(self):
        self.archive(self.db)
        self.app.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.app.add("after the reset")
        self.app.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.app.add("after the second")
        self.try_every_call(KINDS, 1, "archive", self.db)

    def test_snapshot(self):
        self.archive(self.db)
        self.app.add("x")
        self.try_every_call(KINDS, 1, "snapshot", self.db)

    def test_restore_point(self):
        self.archive(self.db)
        self.app.add("x")
        self.try_every_call(KINDS, 1, "restore-point", "create", "here", self.db)
        self.assertEqual(len(self.transactions()), 1)

    def test_archive_meets_errors(self):
        """A failing disk is reported, or does not matter."""
        self.archive(self.db)
        self.app.add("x")
        self.try_every_call(ERRORS, 1, "snapshot", self.db)

    def test_first_archive_meets_errors(self):
        self.try_every_call(ERRORS, 0, "archive", self.db)

    def test_init(self):
        shutil.rmtree(self.repo)
        calls = len(self.traced("init"))
        for number in range(1, calls + 1):
            shutil.rmtree(self.repo, ignore_errors=True)
            self.assertTrue(self.was_killed(self.with_mishap(number, "half", "init")))
            self.ctl("init", code=(pitr.OK, pitr.CONFLICT))
            self.check_repository(0)


class KilledRestore(mishaps.MishapCase):
    def setUp(self):
        super().setUp()
        db = pitr.create_database(self.path("live", "app.db"), rows=200)
        self.app = self.application(db)
        self.init()
        self.archive(db)
        for number in range(5):
            self.app.add(str(number))
        self.archive(db)
        self.truth = pitr.content_of(db)
        self.restoring = ("restore", "--target-dir", self.path("target"))
        self.target = self.path("target", "app.db")

    def try_every_call(self, kinds, check):
        calls = len(self.traced(*self.restoring))
        for kind in kinds:
            for number in self.numbers(calls):
                with self.subTest(kind=kind, call=number):
                    shutil.rmtree(self.path("target"))
                    outcome = self.with_mishap(number, kind, *self.restoring)
                    check(outcome)
                    self.check_target()

    def check_target(self):
        """Either there is no database, and the same restore goes through now, or it is whole."""
        if os.path.exists(self.target):
            self.ctl(*self.restoring, code=(pitr.OK, pitr.CONFLICT))
        else:
            self.ctl(*self.restoring)
        self.assertEqual(pitr.checked_content(self.target), self.truth)
        # The empty staging directory may be left where the last step alone was cut off.
        beside = set(os.listdir(self.path("target"))) - {".pitrctl-restore"}
        self.assertEqual(beside, {".pitrctl.json", "app.db"})

    def test_killed(self):
        self.try_every_call(KINDS, lambda outcome: self.assertTrue(self.was_killed(outcome), outcome))

    def test_errors(self):
        def check(outcome):
            if outcome.code != pitr.OK:
                self.assertEqual(outcome.code, pitr.FAILED, outcome)
                self.assertIn("error:", outcome.err)
        self.try_every_call(ERRORS, check)


class Durability(mishaps.MishapCase):
    """What is reported as done would survive a power cut: the order of the calls shows it."""

    def setUp(self):
        super().setUp()
        self.db = pitr.create_database(self.path("live", "app.db"), rows=20)
        self.app = self.application(self.db)
        self.app.add("x")
        self.ctl("init")

    def check_durable(self, calls, final):
        """Bytes are synced before they get their final name, and the directory after it."""
        named = [i for i, call in enumerate(calls) if call[0] in ("link", "rename") and call[2].startswith(final)]
        self.assertTrue(named, calls)
        for at in named:
            _, temporary, name = calls[at]
            for earlier in calls[:at]:  # it may have had no name at first
                temporary = earlier[1] if earlier[0] == "link" and earlier[2] == temporary else temporary
            before = [call for call in calls[:at]
                      if call[0] in ("write", "fsync", "ftruncate") and call[1] == temporary]
            after = [call for call in calls[at:] if call == ("fsync", os.path.dirname(name))]
            if not os.path.isdir(name):
                self.assertEqual(before[-1:], [("fsync", temporary)], name)
            self.assertTrue(after, f"the directory of {name} is not synced")
        return [calls[at][2] for at in named]

    def check_directories(self, calls, root):
        for at, call in enumerate(calls):
            if call[0] == "mkdir" and call[1].startswith(root) and os.path.isdir(call[1]):
                self.assertIn(("fsync", os.path.dirname(call[1])), calls[at:], f"{call[1]} is not durable")

    def test_archive(self):
        calls = self.traced("archive", self.db)
        names = self.check_durable(calls, self.repo)
        self.check_directories(calls, self.repo)
        stored = [self.path("repo", name) for name in pitr.files_under(self.repo)]
        self.assertEqual(sorted(names + [self.path("repo", "pitr.json")]), sorted(stored))

    def test_restore(self):
        self.archive(self.db)
        calls = self.traced("restore", "--target-dir", self.path("new", "target"))
        names = self.check_durable(calls, self.path("new", "target"))
        self.check_directories(calls, self.path("new"))
        self.assertIn(self.path("new", "target", "app.db"), names)


if __name__ == "__main__":
    pitr.main()
