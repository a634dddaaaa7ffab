"""pitrctl changes nothing of the database it archives: not its bytes, not its log, not who may open it."""

import os
import shutil
import sqlite3
import stat
import unittest

import mishaps
import pitr


class Untouched(pitr.Case):
    def setUp(self):
        super().setUp()
        self.db = pitr.create_database(self.path("live", "app.db"), rows=20)
        self.init()

    def picture(self):
        """Names, bytes, owners and modes beside the database. The shared memory is locks and an index: no content."""
        live = self.path("live")
        seen = {}
        for name in sorted(os.listdir(live)):
            path = os.path.join(live, name)
            status = os.stat(path)
            digest = None if name.endswith("-shm") else pitr.digest_of_file(path)
            seen[name] = (digest, status.st_uid, stat.S_IMODE(status.st_mode), status.st_ino)
        return seen

    def check_every_command(self):
        before = self.picture()
        for command in (("archive", self.db), ("archive", self.db), ("snapshot", self.db),
                        ("restore-point", "create", "here", self.db), ("validate", "--source", self.db)):
            self.ctl(*command)
            self.assertEqual(self.picture(), before, command)

    def test_closed_database(self):
        """Nothing is left beside it where there was nothing."""
        self.assertEqual(list(self.picture()), ["app.db"])
        self.check_every_command()

    def test_idle_writer(self):
        app = pitr.OtherConnection(self, self.db)
        app.add("x")
        self.check_every_command()
        app.add("y")
        self.assertEqual(app.execute("SELECT count(*) FROM item"), [22])

    def test_killed_writer(self):
        """Alone with the log of a writer that was killed: it is archived, and stays."""
        app = pitr.OtherConnection(self, self.db)
        app.add("x")
        app.add("y")
        app.kill()
        self.assertIn("app.db-wal", self.picture())
        self.check_every_command()
        truth = pitr.content_of(self.db)  # recovers, and deletes the log when it closes
        self.assertEqual(self.restored_content(), truth)

    def test_killed_writer_without_shared_memory(self):
        """As after a reboot. The index of the log may come back: its owner would make it, too."""
        app = pitr.OtherConnection(self, self.db)
        app.add("x")
        app.kill()
        os.remove(self.db + "-shm")
        before = self.picture()
        self.archive(self.db)
        after = self.picture()
        after.pop("app.db-shm", None)
        self.assertEqual(after, before)
        self.assertEqual(self.restored_content(), pitr.content_of(self.db))

    def test_killed_in_a_transaction(self):
        """What was never committed is not archived, and what follows is."""
        app = pitr.OtherConnection(self, self.db)
        app.add("x")
        self.archive(self.db)
        app.execute("PRAGMA cache_size=2", "BEGIN", "UPDATE item SET body=randomblob(3000)",
                    "INSERT INTO item(body) SELECT randomblob(5000) FROM item")
        app.kill()
        before = self.picture()
        self.archive(self.db)
        self.assertEqual(self.picture(), before)
        self.assertEqual(self.transactions(), [])
        other = pitr.OtherConnection(self, self.db)
        other.add("y")
        self.archive(self.db)
        self.assertEqual(len(self.transactions()), 1)
        self.assertEqual(self.restored_content(), pitr.content_of(self.db))

    def test_log_that_persists(self):
        """A log kept at its size by its owner."""
        app = pitr.OtherConnection(self, self.db)
        app.execute("PRAGMA journal_size_limit=-1")
        for number in range(10):
            app.add(str(number))
        app.execute("PRAGMA wal_checkpoint(RESTART)")
        app.add("z")
        self.check_every_command()

    def test_open_transaction_of_another(self):
        """A reader and a writer in the middle of their work notice nothing."""
        reader, app = pitr.OtherConnection(self, self.db), pitr.OtherConnection(self, self.db)
        reader.execute("BEGIN", "SELECT count(*) FROM item")
        app.add("seen")
        app.execute("BEGIN IMMEDIATE", "INSERT INTO item(body) VALUES('not yet')")
        self.archive(self.db)
        self.assertEqual(reader.execute("SELECT count(*) FROM item"), [20])
        app.execute("COMMIT")
        self.archive(self.db)
        self.assertEqual(self.restored_content(), pitr.content_of(self.db))

    def test_log_does_not_grow_for_ever(self):
        """Between two runs the application's own checkpoints start its log over as they always did."""
        app = pitr.OtherConnection(self, self.db)
        app.execute("PRAGMA wal_autocheckpoint=20")
        for number in range(300):
            app.add(str(number))
            if number % 30 == 0:
                self.archive(self.db)
        self.assertLess(os.path.getsize(self.db + "-wal"), 400_000)

    def test_symbolic_link(self):
        """A link to the database is the database."""
        self.archive(self.db)
        link = self.path("link.db")
        os.symlink(self.db, link)
        app = pitr.OtherConnection(self, self.db)
        app.add("x")
        self.archive(link)
        self.assertEqual(len(self.transactions()), 1)

    def test_strange_name(self):
        strange = pitr.create_database(self.path("live", "a b'c\"%20?#ü.db"), rows=3)
        app = pitr.OtherConnection(self, strange)
        self.archive(strange)
        app.add("x")
        self.archive(strange)
        self.assertEqual(self.restored_content(name=os.path.basename(strange)), pitr.content_of(strange))


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv")
class OtherUser(mishaps.MishapCase):
    """The database belongs to somebody else than who archives it."""

    AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")

    def setUp(self):
        super().setUp()
        os.chmod(self.dir, 0o755)
        self.db = pitr.create_database(self.path("live", "app.db"), rows=5)
        for path in (self.path("live"), self.db):
            os.chown(path, 65534, 65534)
        self.init()

    def owner(self):
        return pitr.OtherConnection(self, self.db, wrap=self.AS_NOBODY)

    def test_owner_can_still_write(self):
        """root archives while nobody has it open: what root leaves behind must not lock the owner out."""
        self.archive(self.db)
        owner = self.owner()
        owner.add("x")
        self.archive(self.db)
        owner.kill()
        self.archive(self.db)
        self.owner().add("y")
        self.archive(self.db)
        self.assertEqual(len(self.transactions()), 2)

    def test_killed_by_nobody(self):
        """Nor does what root leaves behind when it is killed, wherever that is."""
        calls = self.traced("archive", self.db)
        for number in [n for n, call in enumerate(calls, 1) if call[1].startswith(self.path("live"))]:
            shutil.rmtree(self.repo)
            shutil.rmtree(self.state)
            self.init()
            self.assertTrue(self.was_killed(self.with_mishap(number, "kill", "archive", self.db)))
            owner = self.owner()
            try:
                owner.add("x")
            except sqlite3.OperationalError as error:
                self.fail(f"killed before {calls[number - 1]}: {error}")
            owner.close()


if __name__ == "__main__":
    pitr.main()
