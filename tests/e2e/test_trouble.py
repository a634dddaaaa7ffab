"""Full disks, missing permissions, files that are no database: a clear error, the right exit code, nothing lost."""

import os
import random
import shutil
import sqlite3
import subprocess
import unittest

import pitr

AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
ROOT = os.geteuid() == 0


def can_mount():
    if not ROOT:
        return False
    probe = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True,
                           check=False)
    return probe.returncode == 0


class SourceTrouble(pitr.Case):
    """A source that cannot be archived."""

    def setUp(self):
        super().setUp()
        self.init()

    def check(self, code, name, path, said):
        """Refused, nothing stored, and the file is as it was."""
        stored, before = pitr.files_under(self.repo), pitr.digest_of_file(path)
        folder = sorted(os.listdir(os.path.dirname(path))) if os.path.isdir(os.path.dirname(path)) else None
        for command in ("archive", "snapshot"):
            error = self.refused(code, name, command, path)
            self.assertIn(path, error["message"])
            self.assertRegex(error["message"] + error["hint"], said)
        self.assertEqual(pitr.files_under(self.repo), stored)
        self.assertEqual(pitr.digest_of_file(path), before)
        if folder is not None:
            self.assertEqual(sorted(os.listdir(os.path.dirname(path))), folder)

    def write(self, data):
        os.makedirs(self.path("live"), exist_ok=True)
        path = self.path("live", "app.db")
        with open(path, "wb") as file:
            file.write(data)
        return path

    def database(self, **options):
        return pitr.create_database(self.path("live", "app.db"), **options)

    def test_missing(self):
        self.check(pitr.NOT_FOUND, "not_found", self.path("repo", "app.db"), "no database at")
        self.check(pitr.NOT_FOUND, "not_found", self.path("no", "where", "app.db"), "no database at")

    def test_directory(self):
        os.makedirs(self.path("folder", "app.db"))
        self.refused(pitr.USAGE, "usage", "archive", self.path("folder", "app.db"))

    def test_not_in_wal_mode(self):
        path = self.write(b"")
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE t(a)")
        db.commit()
        db.close()
        self.check(pitr.USAGE, "usage", path, "journal_mode=wal|journal_mode = WAL|WAL mode")

    def test_empty_file(self):
        self.check((pitr.USAGE, pitr.CORRUPT), ("usage", "corrupt"), self.write(b""), "empty|not a|WAL mode")

    def test_foreign_file(self):
        self.check(pitr.CORRUPT, "corrupt", self.write(b"Dear diary, today I made no backup.\n" * 500), "not a")

    def test_encrypted_file(self):
        self.check(pitr.CORRUPT, "corrupt", self.write(random.randbytes(40960)), "encrypted")

    def test_corrupt_header(self):
        for at, value in ((16, 0x33), (17, 0x77), (18, 9), (21, 0), (22, 1)):
            path = self.database(rows=5)
            with open(path, "r+b") as file:
                file.seek(at)
                file.write(bytes([value]))
            with self.subTest(at=at):
                self.check((pitr.CORRUPT, pitr.USAGE), ("corrupt", "usage"), path, ".")
            os.remove(path)

    def test_cut_short(self):
        path = self.database(rows=500)
        os.truncate(path, os.path.getsize(path) // 2 + 100)
        self.check(pitr.CORRUPT, "corrupt", path, ".")

    def test_exclusive_locking(self):
        path = self.database(rows=5)
        app = pitr.OtherConnection(self, path)
        app.execute("PRAGMA locking_mode=EXCLUSIVE", "INSERT INTO item(body) VALUES('mine')")
        self.check(pitr.UNAVAILABLE, "unavailable", path, "exclusive|locked|busy")
        app.close()
        self.archive(path)

    def test_empty_database(self):
        """Not trouble: a database without a single table is one."""
        path = self.path("app.db")
        db = sqlite3.connect(path)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA user_version=1")
        db.close()
        self.archive(path)
        self.assertEqual(self.restored_content(), pitr.content_of(path))

    @unittest.skipUnless(ROOT and shutil.which("setpriv"), "needs root and setpriv")
    def test_no_permission(self):
        path = self.database(rows=5)
        os.chmod(self.dir, 0o755)
        for folder, names, _ in os.walk(self.dir):
            os.chmod(folder, 0o777)
        os.chmod(path, 0o600)
        os.chmod(self.path("repo", "pitr.json"), 0o644)
        error = self.refused(pitr.FAILED, "io_error", "archive", path, wrap=AS_NOBODY)
        self.assertRegex(error["message"].lower(), "permission|unable to open")


class RepositoryTrouble(pitr.Case):
    def setUp(self):
        super().setUp()
        self.db = pitr.create_database(self.path("live", "app.db"), rows=50)
        self.app = self.application(self.db)

    def test_no_repository_named(self):
        for command in (("archive", self.db), ("list",), ("validate",), ("restore", "--target-dir", self.path("x"))):
            error = self.refused(pitr.USAGE, "usage", *command, env={"PITRCTL_REPO": None})
            self.assertIn("PITRCTL_REPO", error["message"] + error["hint"])

    def test_no_repository_there(self):
        for command in (("archive", self.db), ("list",), ("validate",), ("restore", "--target-dir", self.path("x"))):
            error = self.refused(pitr.NOT_FOUND, "not_found", *command)
            self.assertIn("init", error["hint"])
        self.assertFalse(os.path.exists(self.repo))

    def test_init_twice(self):
        self.init()
        before = pitr.digest_of_file(self.path("repo", "pitr.json"))
        self.refused(pitr.CONFLICT, "conflict", "init")
        self.assertEqual(pitr.digest_of_file(self.path("repo", "pitr.json")), before)

    def test_target_directory_not_empty(self):
        self.init()
        self.archive(self.db)
        target = self.path("target")
        os.makedirs(target)
        with open(os.path.join(target, "mine"), "w", encoding="utf-8") as file:
            file.write("precious")
        error = self.refused(pitr.CONFLICT, "conflict", "restore", "--target-dir", target)
        self.assertIn(target, error["message"])
        self.assertEqual(os.listdir(target), ["mine"])

    def test_target_is_a_file(self):
        self.init()
        self.archive(self.db)
        self.refused(pitr.CONFLICT, "conflict", "restore", "--target-dir", self.db)

    def test_restore_twice(self):
        self.init()
        self.archive(self.db)
        into = self.restore()
        self.refused(pitr.CONFLICT, "conflict", "restore", "--target-dir", into)
        self.assertEqual(pitr.checked_content(os.path.join(into, "app.db")), pitr.content_of(self.db))

    def test_second_archiver(self):
        """Many runs at once: each does its part or says why not, and the chain is whole."""
        self.init()
        self.archive(self.db)
        for _ in range(pitr.scaled(10, 2)):
            self.app.add("x")
            self.app.add("y")
            runs = [self.finish(process) for process in [self.start("archive", self.db) for _ in range(3)]]
            for outcome in runs:
                self.assertIn(outcome.code, (pitr.OK, pitr.UNAVAILABLE), outcome)
            self.assertIn(pitr.OK, [outcome.code for outcome in runs])
        self.archive(self.db)
        self.assertEqual(len(self.transactions()), 2 * pitr.scaled(10, 2))
        self.assertEqual(self.restored_content(), pitr.content_of(self.db))

    def test_strange_files_in_the_repository(self):
        """Files that are not ours do no harm, and left-over temporaries go away."""
        self.init()
        self.archive(self.db)
        with open(self.path("repo", "segments", "00000001", "notes.txt"), "w", encoding="utf-8") as file:
            file.write("hello")
        self.app.add("x")
        self.archive(self.db)
        self.ctl("validate")
        self.assertEqual(self.restored_content(), pitr.content_of(self.db))

    @unittest.skipUnless(ROOT and shutil.which("setpriv"), "needs root and setpriv")
    def test_read_only_repository(self):
        """Restoring needs no more than reading; archiving says what is missing."""
        self.init()
        self.archive(self.db)
        self.app.add("x")
        self.app.close()
        subprocess.run(["chown", "-R", "65534:65534", self.dir], check=True)
        for folder, _, names in os.walk(self.repo):
            os.chmod(folder, 0o555)
            for name in names:
                os.chmod(os.path.join(folder, name), 0o444)
        error = self.refused(pitr.FAILED, "io_error", "archive", self.db, wrap=AS_NOBODY)
        self.assertIn("Permission denied", error["message"])
        for command in (("list",), ("validate", "--level", "records"), ("restore", "--target-dir", self.path("out"))):
            self.ctl(*command, wrap=AS_NOBODY)

    @unittest.skipUnless(ROOT and shutil.which("setpriv"), "needs root and setpriv")
    def test_unreadable_repository(self):
        self.init()
        self.archive(self.db)
        os.chmod(self.dir, 0o755)
        os.chmod(self.repo, 0o700)
        error = self.refused(pitr.FAILED, "io_error", "list", wrap=AS_NOBODY)
        self.assertIn("Permission denied", error["message"])


@unittest.skipUnless(can_mount(), "needs the right to mount")
class FullDisk(pitr.Case):
    """The repository, or the target, is on a small disk."""

    def setUp(self):
        super().setUp()
        self.disk = self.path("disk")
        os.makedirs(self.disk)
        self.mount("size=3m")
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.disk], check=True)
        self.db = pitr.create_database(self.path("live", "app.db"), rows=10)
        self.app = self.application(self.db)

    def mount(self, options):
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.disk], check=True)

    def resize(self, size):
        subprocess.run(["mount", "-o", f"remount,size={size}", self.disk], check=True)

    def write_megabytes(self, count):
        self.app.execute("PRAGMA wal_autocheckpoint=0")
        for _ in range(count):
            self.app.execute("INSERT INTO item(body) VALUES(randomblob(1000000))")

    def test_repository(self):
        self.repo = os.path.join(self.disk, "repo")
        self.init()
        self.archive(self.db)
        self.write_megabytes(6)
        objects = pitr.files_under(self.repo)
        error = self.refused(pitr.FAILED, "io_error", "archive", self.db)
        self.assertIn("No space left on device", error["message"])
        self.assertTrue(error["hint"])
        self.ctl("validate", "--level", "checksums")
        self.assertEqual(set(objects) - set(pitr.files_under(self.repo)), set())
        self.app.add("goes on")
        self.resize("30m")
        self.archive(self.db)
        self.assertEqual(len(self.transactions()), 7)
        self.assertEqual(self.restored_content(), pitr.content_of(self.db))

    def test_first_run(self):
        self.repo = os.path.join(self.disk, "repo")
        self.write_megabytes(6)
        self.init()
        error = self.refused(pitr.FAILED, "io_error", "archive", self.db)
        self.assertIn("No space left on device", error["message"])
        self.resize("30m")
        self.archive(self.db)
        self.ctl("validate", "--level", "records")
        self.assertEqual(self.restored_content(), pitr.content_of(self.db))

    def test_target(self):
        """Refused before the first byte."""
        self.init()
        self.write_megabytes(6)
        self.archive(self.db)
        target = os.path.join(self.disk, "target")
        error = self.refused(pitr.FAILED, "io_error", "restore", "--target-dir", target)
        self.assertRegex(error["message"], "space|needs")
        self.assertFalse(os.path.exists(target))

    def test_read_only_mount(self):
        self.repo = os.path.join(self.disk, "repo")
        self.init()
        self.archive(self.db)
        self.app.add("x")
        subprocess.run(["mount", "-o", "remount,ro", self.disk], check=True)
        error = self.refused(pitr.FAILED, "io_error", "archive", self.db)
        self.assertIn("Read-only file system", error["message"])
        self.ctl("validate", "--level", "records")
        self.restore()

    def test_no_place_for_notes(self):
        """The state folder cannot be made: that is said, and nothing but archiving needs it."""
        self.init()
        self.archive(self.db)
        self.state = os.path.join(self.disk, "state")
        subprocess.run(["mount", "-o", "remount,ro", self.disk], check=True)
        error = self.refused(pitr.FAILED, "io_error", "archive", self.db)
        self.assertIn(self.state, error["message"])
        self.ctl("validate", "--level", "records")
        self.assertEqual(self.restored_content(), pitr.content_of(self.db))


if __name__ == "__main__":
    pitr.main()
