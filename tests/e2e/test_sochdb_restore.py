"""Restores of SochDB: killed at any moment, and to random targets of random histories. PITRCTL_TARGETS is the number of
targets of each history."""

import errno
import json
import os
import random
import shutil
import subprocess
import zlib

import mishaps
import pitr
import sochdb
import sochdb_case
import sochdb_world

KINDS = ("kill", "half")
SEALED = os.path.join(os.path.dirname(pitr.HERE), "fixtures", "sochdb", "enc-1")


class KilledRestore(sochdb_case.SochCase, mishaps.MishapCase):
    def setUp(self):
        super().setUp()
        self.init()
        self.database = sochdb.Database(self.db)
        for number in range(10):
            self.database.put((b"key-%d" % number, b"x" * 10_000))
        self.archive(self.db)
        self.database.truncate()
        self.truth = self.restored_log()
        for number in range(5):
            self.database.put((b"key-%d" % number, b"y" * 1000))
        self.archive(self.db)
        self.truth += sochdb.read(self.log)
        self.into = self.path("target")
        self.restoring = ("restore", "--target-dir", self.into)

    def check_unfinished(self):
        """What SochDB would do with what an interrupted restore left: refuse to open it, or find nothing at all there.
        Whether it is finished."""
        found = set(os.listdir(self.into)) if os.path.isdir(self.into) else set()
        if "wal.manifest" not in found:
            self.assertNotIn("wal.log", found)
            return False
        if not os.path.getsize(os.path.join(self.into, "wal.manifest")):
            return False
        self.assertEqual(sochdb.read(os.path.join(self.into, "wal.log")), self.truth)
        self.assertIn(sochdb_case.MARK, found)
        self.manifest(self.into)
        return True

    def try_every_call(self, kinds, check):
        calls = len(self.traced(*self.restoring))
        self.assertGreater(calls, 5)
        for kind in kinds:
            for number in self.numbers(calls):
                with self.subTest(kind=kind, call=number):
                    shutil.rmtree(self.into)
                    outcome = self.with_mishap(number, kind, *self.restoring)
                    check(outcome)
                    finished = self.check_unfinished()
                    self.assertTrue(finished or outcome.code != pitr.OK, outcome)
                    self.ctl(*self.restoring, code=(pitr.OK, pitr.CONFLICT) if finished else pitr.OK)
                    self.check_whole()

    def check_whole(self):
        # What was to be published may be left where the last step alone was cut off.
        staging = os.path.join(self.into, ".pitrctl-restore")
        if os.path.isdir(staging):
            self.assertLessEqual(set(os.listdir(staging)), {"publication.json"})
            shutil.rmtree(staging)
        self.assertEqual(self.taken(self.into), self.truth)

    def test_killed(self):
        self.try_every_call(KINDS, lambda outcome: self.assertTrue(self.was_killed(outcome), outcome))

    def test_failing_disk(self):
        def check(outcome):
            if outcome.code != pitr.OK:
                self.assertIn(outcome.code, (pitr.FAILED, pitr.UNAVAILABLE), outcome)
                self.assertIn("error:", outcome.err)

        self.try_every_call((errno.ENOSPC, errno.EIO), check)

    def test_killed_at_random(self):
        """And another restore goes on in the same directory."""
        random.seed(pitr.seed())
        for _ in range(pitr.scaled(20, 5)):
            process = self.start(*self.restoring)
            try:
                process.wait(random.random() * (0.04 if not pitr.SANITIZED else 0.4))
            except subprocess.TimeoutExpired:
                pass
            pitr.end_process(process)
            if self.check_unfinished():
                self.check_whole()
                shutil.rmtree(self.into)
        self.ctl(*self.restoring, code=(pitr.OK, pitr.CONFLICT))
        self.check_whole()

    def test_it_is_a_database_last(self):
        """The manifest gets its text when all else is on the disk."""
        calls = self.traced(*self.restoring)
        manifest = os.path.join(self.into, "wal.manifest")
        last = max(at for at, call in enumerate(calls) if manifest in call[1:] and call[0] in ("write", "rename", "link"))
        for name in ("wal.log", sochdb_case.MARK):
            path = os.path.join(self.into, name)
            named = max(at for at, call in enumerate(calls) if call[0] in ("create", "rename", "link") and path in call[1:])
            self.assertLess(named, last)
            self.assertIn(("fsync", self.into), calls[named:last])
        self.assertIn(("fsync", self.into), calls[last:])

    def test_foreign_files(self):
        """Nothing is written into a directory that holds something."""
        os.makedirs(self.into)
        with open(os.path.join(self.into, "wal.log"), "wb") as file:
            file.write(b"mine")
        self.refused(pitr.CONFLICT, "conflict", *self.restoring)
        self.assertEqual(os.listdir(self.into), ["wal.log"])


class Restored(sochdb_case.SochCase):
    """A restored database lives on, in a repository that knows where it came from."""

    def setUp(self):
        super().setUp()
        self.init()
        self.database = sochdb.Database(self.db, clock=sochdb.Clock(age_us=sochdb.NO_CLOCK))
        for number in range(10):
            self.database.put((b"key-%d" % number, b"x"))
        self.archive(self.db)

    def live_on(self, directory, *writes):
        database = sochdb.Database(directory)
        database.put(*writes)
        database.close()

    def check_fork(self, timeline, parent, lsn):
        listed = self.timelines()[timeline]
        self.assertEqual((int(listed["parent"]), int(listed["fork_lsn"])), (parent, lsn))

    def check_lines(self, logs):
        for timeline, path in logs.items():
            self.check_restores(sochdb.read(path), "--timeline", timeline)
        self.check_sound()

    def test_archived_again(self):
        for lsn in (17, 30):  # inside a transaction, and the end
            with self.subTest(lsn=lsn):
                copy = self.restore("--timeline", 1, "--to-lsn", lsn)
                self.archive(copy)
                self.live_on(copy, (b"another", b"life"))
                self.archive(copy)
                self.live_on(self.db, (b"and", b"the first"))
                self.archive(self.db)
                timeline = max(self.timelines())
                self.check_fork(timeline, 1, lsn)
                self.check_lines({1: self.log, timeline: os.path.join(copy, "wal.log")})

    def test_nothing_new_at_first(self):
        """The copy is looked at before it has a record of its own, and then the first database goes on."""
        copy = self.restore("--to-lsn", 17)
        self.archive(copy)
        self.live_on(self.db, (b"the first", b"goes on"))
        self.archive(self.db)
        self.live_on(copy, (b"another", b"life"))
        self.archive(copy)
        self.check_fork(2, 1, 17)
        self.check_lines({1: self.log, 2: os.path.join(copy, "wal.log")})

    def test_older_copy_of_a_restored_one(self):
        """It parts from the copy's timeline once, and goes on by the one that it then has."""
        copy = self.restore("--to-lsn", 17)
        self.live_on(copy, (b"another", b"life"))
        self.archive(copy)
        log = os.path.join(copy, "wal.log")
        self.put_in_place(sochdb.Log(sochdb.read(log)).prefix(18), log)
        self.live_on(copy, (b"a third", b"life"))
        for _ in range(2):
            self.archive(copy)
            self.assertEqual(sorted(self.timelines()), [1, 2, 3])
        self.check_fork(3, 2, 18)
        self.check_lines({1: self.log, 3: log})

    def test_beginning(self):
        """LSN 0: a database that never had anything."""
        copy = self.restore("--to-lsn", 0)
        self.assertEqual(os.path.getsize(os.path.join(copy, "wal.log")), 0)
        self.live_on(copy, (b"another", b"life"))
        self.archive(copy)
        self.check_fork(2, 1, 0)
        self.check_lines({1: self.log, 2: os.path.join(copy, "wal.log")})

    def test_older_copy_put_back(self):
        """The history parts in the middle of the log, and the file may even be as long as it was."""
        old = sochdb.Log(sochdb.read(self.log))
        self.database.kill()
        self.put_in_place(old.prefix(12))
        for number in range(8):
            self.live_on(self.db, (b"KEY-%d" % number, b"x"))
        outcome = self.archive(self.db)
        self.assertIn("timeline", outcome.says)
        self.check_fork(2, 1, 12)
        self.check_restores(old.bytes, "--timeline", 1)
        self.check_restores(sochdb.read(self.log))
        self.archive(self.db)
        self.assertEqual(set(self.timelines()), {1, 2})
        self.check_sound()

    def test_another_inode_is_the_same_log(self):
        """Copied to another place and back, and written on."""
        before = sochdb.read(self.log)
        self.database.kill()
        os.remove(self.log)
        self.put_in_place(before)
        self.live_on(self.db, (b"on", b"and on"))
        self.archive(self.db)
        self.assertEqual(set(self.timelines()), {1})
        self.check_restores(sochdb.read(self.log))

    def check_refused(self):
        before = pitr.files_under(self.repo)
        self.refused(pitr.CONFLICT, ("log_conflict", "conflict"), "archive", self.db)
        self.assertEqual(pitr.files_under(self.repo), before)

    def test_older_database(self):
        """Another database's log in the same place: it was last written before the archived one was begun."""
        other = [sochdb.frame_of(kind, 7 << 32 | 1, 1_500_000_000_000_000, *rest)
                 for kind, *rest in ((sochdb.BEGIN,), (sochdb.DATA, b"k", b"v"), (sochdb.COMMIT,))]
        self.put_in_place(b"".join(other))
        self.check_refused()

    def test_another_keyring(self):
        self.begin_again()
        for name in ("wal.log", "keyring.json"):
            shutil.copy(os.path.join(SEALED, name), self.db)
        self.archive(self.db)
        with open(os.path.join(self.db, "keyring.json"), "r+", encoding="utf-8") as file:
            keyring = json.load(file)
            file.seek(0)
            json.dump({**keyring, "db_uuid": "0" * 32}, file)
            file.truncate()
        self.check_refused()

    def test_keyring_appears(self):
        """A log that was not encrypted does not become so."""
        shutil.copy(os.path.join(SEALED, "keyring.json"), self.db)
        self.check_refused()

    def test_another_manifest(self):
        self.begin_again()
        with open(os.path.join(self.db, "wal.manifest"), "w", encoding="utf-8") as file:
            file.write(sochdb.manifest_text("1" * 32, 0))
        self.archive(self.db)
        with open(os.path.join(self.db, "wal.manifest"), "w", encoding="utf-8") as file:
            file.write(sochdb.manifest_text("2" * 32, 0))
        self.check_refused()


class Property(sochdb_case.SochCase):
    """Each test is one kind of history."""

    def check(self, name, **profile):
        random.seed(pitr.seed() ^ zlib.crc32(name.encode()))
        world = sochdb_world.World(self, **profile)
        world.build()
        judge = sochdb_world.Judge(self, world)
        judge.check_listing()
        judge.try_targets(int(os.environ.get("PITRCTL_TARGETS") or pitr.scaled(40, 10)))
        self.check_sound()

    def test_one_database(self):
        self.check("one")

    def test_never_truncated(self):
        self.check("steady", weights={"truncate": 0, "snapshot": 4})

    def test_truncated_all_the_time(self):
        self.check("truncated", turns=5, weights={"truncate": 20})

    def test_put_back(self):
        self.check("put_back", weights={"put_back": 5})

    def test_restored_copies(self):
        self.check("copies", actions=50, weights={"restored_copy": 3})

    def test_everything(self):
        self.check("everything", actions=60, weights={"restored_copy": 2, "put_back": 2, "archive_killed": 6})


if __name__ == "__main__":
    pitr.main()
