"""Random histories of real SQLite databases, archived at random moments; random targets restored and compared with
what the database held. Each test is one kind of history. PITRCTL_TARGETS is the number of targets of each."""

import os
import zlib

import judge
import pitr
import world


class Property(pitr.Case):
    def check(self, name, **profile):
        seed = pitr.seed()
        seed ^= zlib.crc32(name.encode())
        scene = world.World(self, profile, seed)
        scene.build()
        verdict = judge.Judge(self, scene)
        verdict.try_targets(int(os.environ.get("PITRCTL_TARGETS") or pitr.scaled(27, 9)))
        report = self.ctl_json("validate", "--level", "records", code=(pitr.OK, pitr.GAP))
        gaps = [finding for finding in report["findings"] if finding["code"] == "wal_gap"]
        self.assertEqual(report["findings"], gaps)
        self.assertEqual(bool(gaps), any(len(line.windows) > 1 for line in verdict.lines.values()))

    def test_steady(self):
        """Archived often, and the log is rarely reset: every commit is a point."""
        self.check("steady")

    def test_resets(self):
        """The log is reset all the time, so that most runs have to prove that they go on, or to bridge."""
        self.check("resets", autocheckpoint=20, checkpoint=0.1, pause_ms=2)

    def test_cut_logs(self):
        """The application cuts its log after each reset."""
        self.check("cut_logs", autocheckpoint=30, checkpoint=0.05, size_limit=0, page_sizes=(512, 2048, 8192))

    def test_growing_and_shrinking(self):
        self.check("growing", page_sizes=(512, 1024, 4096), vacuum=0.1, shrink=0.4, autocheckpoint=100,
                   max_bytes=400_000)

    def test_spilling(self):
        """Transactions larger than the cache, many of them rolled back."""
        self.check("spilling", big=0.3, rollback=0.4, pause_ms=8, page_sizes=(1024, 4096))

    def test_large_pages(self):
        self.check("large_pages", page_sizes=(16384, 32768, 65536), pause_ms=10, autocheckpoint=60)

    def test_big_endian_checksums(self):
        self.check("big_endian", big_endian=True, autocheckpoint=0, checkpoint=0.005, writers=1)

    def test_last_close(self):
        """Writers that come and go: the last one to close deletes the log."""
        self.check("last_close", writers=1, reopen=0.2)

    def test_fork(self):
        """A restored copy is archived again, and its origin goes on."""
        self.check("fork", fork=True, autocheckpoint=100)

    def test_rebuild(self):
        """The page size changes: the old log cannot go on, a new snapshot begins."""
        self.check("rebuild", rebuild=True)

    def test_kills(self):
        weights = {"archive": 6, "archive_killed": 8, "archive_twice": 3, "snapshot": 2, "kill_writer": 6,
                   "restore_point": 2, "forget_notes": 2}
        self.check("kills", actions_weighed=weights, writers=3, autocheckpoint=50)


if __name__ == "__main__":
    pitr.main()
