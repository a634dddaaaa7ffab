"""A large database of which little changes, with its log reset in between: little is stored."""

import random
import shutil

import pitr


class Scattered(pitr.Case):
    PAGE = 4096

    def setUp(self):
        super().setUp()
        self.random = random.Random(pitr.seed())
        self.pages = 64 * 1024 * 1024 // self.PAGE if not pitr.SANITIZED else 2000
        self.db = pitr.create_database(self.path("live", "app.db"), page_size=self.PAGE)
        self.app = pitr.OtherConnection(self, self.db)
        self.app.execute("PRAGMA synchronous=OFF", f"""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {self.pages})
            INSERT INTO item SELECT i, randomblob(3900) FROM n""", "PRAGMA wal_checkpoint(TRUNCATE)")
        self.init()
        self.archive(self.db)
        self.stored = pitr.bytes_under(self.repo)
        self.assertGreater(self.stored, self.pages * 3900)

    def change(self, share):
        rows = self.random.sample(range(1, self.pages + 1), int(self.pages * share))
        for row in rows:
            self.app.execute(("UPDATE item SET body=randomblob(3900) WHERE id=?", (row,)))
        return len(rows) * self.PAGE

    def grown(self):
        before, self.stored = self.stored, pitr.bytes_under(self.repo)
        return self.stored - before

    def test_bridge_stores_what_changed(self):
        changed = self.change(0.01)
        self.app.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.app.add("a new log")
        self.archive(self.db)
        self.assertLess(self.grown(), changed * 1.3 + 100_000)
        self.assertEqual(self.restored_content(), pitr.content_of(self.db))

    def test_bridge_without_notes(self):
        """What changed is found out from the repository where the state folder is gone."""
        changed = self.change(0.01)
        self.app.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.app.add("a new log")
        shutil.rmtree(self.state)
        self.archive(self.db)
        self.assertLess(self.grown(), changed * 1.3 + 100_000)
        self.assertEqual(self.restored_content(), pitr.content_of(self.db))

    def test_snapshot_stores_what_changed(self):
        """Chunks that the previous snapshot has are not stored again."""
        self.app.execute("UPDATE item SET body=randomblob(3900) WHERE id BETWEEN 100 AND 200")
        self.archive(self.db)
        self.grown()
        self.ctl("snapshot", self.db)
        self.assertLess(self.grown(), 5 * 256 * 1024)
        self.assertEqual(self.restored_content("--immediate"), pitr.content_of(self.db))


if __name__ == "__main__":
    pitr.main()
