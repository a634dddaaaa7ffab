"""Where today's tools fail on SQLite: the behaviour this one must have instead, case by case."""

import os
import shutil
import threading
import time

import judge
import pitr


class Peers(pitr.Case):
    def setUp(self):
        super().setUp()
        self.db = pitr.create_database(self.path("live", "app.db"), rows=200)
        self.app = self.application(self.db)
        self.init()
        self.archive(self.db)

    def commit(self, count):
        for number in range(count):
            self.app.add(str(number))

    def moment_between(self, first, second):
        """A time half-way between two points of a listing."""
        return judge.time_text((judge.microseconds(first["time"]) + judge.microseconds(second["time"])) // 2)

    def refused_time(self, moment):
        return self.refused(pitr.UNREACHABLE, "target_unreachable", "restore", "--target-dir", self.path("x"),
                            "--to-time", moment)

    def test_commits_inside_one_second(self):
        """Every commit is a point."""
        self.commit(100)
        self.archive(self.db)
        transactions = self.transactions()
        self.assertEqual(len(transactions), 100)
        for number in (1, 2, 50, 99, 100):
            into = self.restore("--to-xid", transactions[number - 1]["xid"])
            db = pitr.connect(os.path.join(into, "app.db"))
            self.assertEqual(db.execute("SELECT count(*) FROM item").fetchone()[0], 200 + number)
            db.close()

    def test_time_while_it_was_not_running(self):
        self.commit(1)
        self.archive(self.db)
        time.sleep(1.1)
        self.commit(5)
        time.sleep(0.1)
        self.archive(self.db)
        listed = self.transactions()
        error = self.refused_time(self.moment_between(listed[0], listed[1]))
        self.assertEqual(error["before"]["lsn"], listed[0]["lsn"])
        self.assertIn(error["after"]["lsn"], (listed[1]["lsn"], listed[-1]["lsn"]))

    def test_checkpoint_while_it_was_not_running(self):
        """The application started its log over: what the hole hid is not restored to."""
        self.commit(1)
        self.archive(self.db)
        last = self.windows()[0]["end"]
        time.sleep(0.3)
        for _ in range(3):
            self.commit(5)
            self.app.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.commit(1)
        time.sleep(0.9)
        self.archive(self.db)
        bridge = self.windows()[0]["bridges"][0]
        error = self.refused_time(self.moment_between(bridge["start"], bridge["end"]))
        self.assertEqual((error["before"]["lsn"], error["after"]["lsn"]), (last["lsn"], bridge["end"]["lsn"]))
        self.assertEqual(self.restored_content(), pitr.content_of(self.db))

    def test_middle_segment_deleted(self):
        for _ in range(4):
            self.commit(2)
            self.archive(self.db)
        segments = [name for name in pitr.files_under(self.repo) if name.startswith("segments/")]
        missing = segments[-3]
        os.remove(os.path.join(self.repo, missing))
        report = self.ctl("--json", "validate", code=pitr.GAP).json
        self.assertFalse(report["healthy"])
        self.assertIn(missing, str(report["findings"]))
        error = self.refused(pitr.GAP, "wal_gap", "restore", "--target-dir", self.path("x"))
        self.assertFalse(os.path.exists(self.path("x")))
        self.assertIn("pitrctl restore", error["hint"])
        shutil.rmtree(self.restore("--to-lsn", error["before"]["lsn"]))
        windows = self.windows()
        self.assertEqual(windows[0]["ended_by"], "gap")

    def test_byte_flipped(self):
        self.app.execute("INSERT INTO item(body) VALUES(randomblob(20000))")
        self.archive(self.db)
        for folder in ("segments", "packs"):
            names = [name for name in pitr.files_under(self.repo) if name.startswith(folder)]
            name = max(names, key=lambda n: os.path.getsize(os.path.join(self.repo, n)))
            path = os.path.join(self.repo, name)
            with open(path, "rb") as file:
                good = file.read()
            at = len(good) - 50
            with open(path, "wb") as file:
                file.write(good[:at] + bytes([good[at] ^ 0x40]) + good[at + 1:])
            error = self.refused(pitr.CORRUPT, "corrupt", "restore", "--target-dir", self.path("x"))
            self.assertIn(name, error["message"])
            self.assertRegex(error["message"], r"bytes? \[?\d+|offset \d+")
            self.assertFalse(os.path.exists(self.path("x", "app.db")))
            report = self.ctl("--json", "validate", "--level", "checksums", code=pitr.CORRUPT).json
            self.assertIn(name, [finding["object"] for finding in report["findings"]])
            with open(path, "wb") as file:
                file.write(good)
            shutil.rmtree(self.path("x"), ignore_errors=True)

    def test_time_before_the_first_or_after_the_last(self):
        """Which side, and by how much."""
        self.commit(3)
        self.archive(self.db)
        window = self.windows()[0]
        hour = 3600 * 1_000_000
        for point, offset, side in ((window["start"], -hour, "before"), (window["end"], hour, "after")):
            moment = judge.time_text(judge.microseconds(point["time"]) + offset)
            error = self.refused_time(moment)
            self.assertRegex(error["message"], rf"{side}|earlier|later|past|beyond")
            self.assertRegex(error["message"], r"1 h|59 min|60 min")

    def test_output_exists(self):
        into = self.restore()
        self.refused(pitr.CONFLICT, "conflict", "restore", "--target-dir", into)

    def test_two_archivers_of_one_repository(self):
        """Without anything that keeps them apart: one wins, the other has nothing to do or is told."""
        other_state = {"XDG_STATE_HOME": self.path("state-2")}
        for _ in range(pitr.scaled(12, 3)):
            self.commit(2)
            processes = [self.start("archive", self.db), self.start("archive", self.db, env=other_state)]
            codes = {self.finish(process).code for process in processes}
            self.assertIn(pitr.OK, codes)
            self.assertLessEqual(codes, {pitr.OK, pitr.CONFLICT})
        self.archive(self.db)
        self.assertEqual(len(self.transactions()), 2 * pitr.scaled(12, 3))
        self.assertEqual(self.restored_content(), pitr.content_of(self.db))

    def test_two_archivers_of_two_repositories(self):
        second = self.path("second")
        self.ctl("--repo", second, "init")
        for _ in range(5):
            self.commit(3)
            for process in (self.start("archive", self.db), self.start("--repo", second, "archive", self.db)):
                self.assertEqual(self.finish(process).code, pitr.OK)
        self.archive(self.db)
        self.archive(self.db, "--repo", second)
        truth = pitr.content_of(self.db)
        self.assertEqual(self.restored_content(), truth)
        self.assertEqual(self.restored_content("--repo", second), truth)

    def test_truncating_checkpoint_meanwhile(self):
        """The application's own checkpoint never waits long."""
        stop = threading.Event()

        def keep_archiving():
            while not stop.is_set():
                self.archive(self.db)

        archiver = threading.Thread(target=keep_archiving)
        archiver.start()
        waits = []
        try:
            for _ in range(pitr.scaled(30, 10)):
                self.commit(3)
                begin = time.monotonic()
                self.app.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                waits.append(time.monotonic() - begin)
        finally:
            stop.set()
            archiver.join()
        waits.sort()
        if not pitr.SANITIZED:
            self.assertLess(waits[len(waits) // 2], 0.3)
            self.assertLess(waits[-1], 3)
        self.archive(self.db)
        self.assertEqual(self.restored_content(), pitr.content_of(self.db))

    def test_misspelt_configuration_key(self):
        config = self.path("pitrctl.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f'# nightly\nrepoo = "{self.repo}"\n')
        error = self.refused(pitr.USAGE, "usage", "--config", config, "list")
        said = error["message"] + error["hint"]
        self.assertIn("repoo", said)
        self.assertRegex(said, r"line 2|:2\b")


if __name__ == "__main__":
    pitr.main()
