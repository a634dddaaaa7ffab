"""Targets that the archive does not hold are refused before the first byte, and the nearest that it does are named."""

import os
import shutil
import time
from datetime import datetime, timedelta, timezone

import judge
import pitr


class Refusals(pitr.Case):
    def setUp(self):
        super().setUp()
        self.db = pitr.create_database(self.path("live", "app.db"), rows=10)
        self.app = self.application(self.db)
        self.init()
        self.archive(self.db)
        for number in range(4):
            self.app.add(str(number))
        self.archive(self.db)
        self.window = self.windows()[0]

    def refuse(self, code, name, *target):
        """Refused as a dry run and in earnest, with nothing written."""
        before = self.everything()
        target_dir = self.path("target")
        self.refused(code, name, "restore", "--target-dir", target_dir, "--dry-run", *target)
        error = self.refused(code, name, "restore", "--target-dir", target_dir, *target)
        self.assertFalse(os.path.exists(target_dir))
        self.assertTrue(error["hint"])
        self.assertEqual(self.everything(), before)
        return error

    def everything(self):
        return [(name, pitr.digest_of_file(self.path(name))) for name in pitr.files_under(self.dir)
                if not name.startswith("state") and not name.endswith("-shm")]

    def check_nearest(self, error, before, after):
        """Which points are named on each side; None where there is none."""
        for side, expected in (("before", before), ("after", after)):
            named = error.get(side)
            self.assertEqual(named and named["lsn"], expected, error)
            if named:
                shutil.rmtree(self.restore("--to-lsn", named["lsn"]))

    def test_lsn_beyond_the_end(self):
        last = self.window["end"]["lsn"]
        error = self.refuse(pitr.UNREACHABLE, "target_unreachable", "--to-lsn", int(last) + 1)
        self.check_nearest(error, last, None)
        self.assertIn(last, error["message"])

    def test_time_before_the_first_snapshot(self):
        error = self.refuse(pitr.UNREACHABLE, "target_unreachable", "--to-time", "2020-01-01T00:00:00Z")
        self.check_nearest(error, None, self.window["start"]["lsn"])

    def test_time_after_the_last_commit(self):
        error = self.refuse(pitr.UNREACHABLE, "target_unreachable", "--to-time", "2190-01-01T00:00:00Z")
        self.check_nearest(error, self.window["end"]["lsn"], None)

    def test_time_without_a_zone(self):
        """Both readings are shown."""
        outcome = self.ctl("--json", "restore", "--target-dir", self.path("x"), "--to-time", "2026-07-01 10:00:00",
                           code=pitr.USAGE, env={"TZ": "America/New_York"})
        said = outcome.error["message"] + outcome.error["hint"]
        self.assertIn("2026-07-01T10:00:00Z", said)
        self.assertIn("2026-07-01T10:00:00-04:00", said)

    def test_time_in_another_zone(self):
        moment = judge.microseconds(self.transactions()[1]["time"])
        there = datetime.fromtimestamp(0, timezone(timedelta(hours=5, minutes=30))) + timedelta(microseconds=moment)
        plan = self.ctl_json("restore", "--target-dir", self.path("x"), "--dry-run", "--to-time", there.isoformat())
        self.assertEqual(plan["plan"]["reached"]["time"], self.transactions()[1]["time"])

    def test_xid_never_seen(self):
        last = self.window["end"]["xid"]
        error = self.refuse(pitr.NOT_FOUND, "not_found", "--to-xid", int(last) + 1)
        self.check_nearest(error, self.window["end"]["lsn"], None)

    def test_unknown_name(self):
        self.ctl("restore-point", "create", "before-migration", self.db)
        error = self.refuse(pitr.NOT_FOUND, "not_found", "--to-restore-point", "before-migratoin")
        self.assertIn("before-migration", error["hint"])

    def test_deleted_name(self):
        self.ctl("restore-point", "create", "here", self.db)
        self.ctl("restore-point", "delete", "here")
        self.refuse(pitr.NOT_FOUND, "not_found", "--to-restore-point", "here")
        self.ctl("restore-point", "create", "here", self.db)
        self.restore("--to-restore-point", "here")

    def test_name_given_twice(self):
        self.ctl("restore-point", "create", "twice", self.db)
        self.app.add("x")
        self.ctl("restore-point", "create", "twice", self.db)
        lsns = [point["lsn"] for point in self.ctl_json("restore-point", "list")["restore_points"]]
        error = self.refuse(pitr.NOT_FOUND, "ambiguous_target", "--to-restore-point", "twice")
        self.assertEqual([point["lsn"] for point in error["candidates"]], lsns)
        for lsn in lsns:
            self.restore("--to-restore-point", f"twice@{lsn}")

    def test_unknown_timeline_and_snapshot(self):
        self.refuse(pitr.NOT_FOUND, "not_found", "--timeline", 9)
        self.refuse(pitr.NOT_FOUND, "not_found", "--snapshot", "20200101T000000Z-000000")

    def test_exclusive_of_a_name(self):
        self.ctl("restore-point", "create", "here", self.db)
        self.refuse(pitr.USAGE, "usage", "--to-restore-point", "here", "--exclusive")

    def test_nonsense(self):
        for target in (("--to-lsn", "0/16B3740"), ("--to-lsn", "-1"), ("--to-xid", "x"), ("--to-time", "yesterday"),
                       ("--to-lsn", 1, "--to-xid", 1), ("--to-latest", "--immediate"), ("--to-lsn", 1 << 64),
                       ("--timeline", "x"), ("--bogus",),
                       ("--time-tolerance", "soon", "--to-time", "2026-01-01T00:00:00Z")):
            with self.subTest(target=target):
                self.refused(pitr.USAGE, "usage", "restore", "--target-dir", self.path("target"), *target)
        self.refused(pitr.USAGE, "usage", "restore")
        self.refused(pitr.USAGE, "usage", "restroe")

    def test_inside_a_gap(self):
        last = int(self.window["end"]["lsn"])
        self.leave_a_gap()
        first = int(self.windows()[1]["start"]["lsn"])
        self.assertGreater(first, last + 0)
        self.app.add("after")
        self.archive(self.db)
        if first - last > 1:
            error = self.refuse(pitr.GAP, "wal_gap", "--to-lsn", last + 1)
            self.check_nearest(error, str(last), str(first))
        self.assertEqual([w["ended_by"] for w in self.windows()], ["gap", "head"])
        between = judge.microseconds(self.window["end"]["time"]) + 1000
        error = self.refuse((pitr.GAP, pitr.UNREACHABLE), ("wal_gap", "target_unreachable"),
                            "--to-time", judge.time_text(between))
        self.check_nearest(error, str(last), str(first))
        report = self.ctl_json("validate", code=pitr.GAP)
        self.assertEqual([finding["code"] for finding in report["findings"]], ["wal_gap"])

    def leave_a_gap(self):
        """Out of WAL mode, another page size, and back."""
        self.app.close()
        other = self.application(self.db)
        other.execute("PRAGMA journal_mode=DELETE", "PRAGMA page_size=1024", "VACUUM", "PRAGMA journal_mode=WAL")
        other.close()
        self.app = self.application(self.db)
        self.refused(pitr.GAP, "wal_gap", "archive", self.db, "--no-bridge")
        self.archive(self.db)

    def test_inside_a_bridge(self):
        last = int(self.window["end"]["lsn"])
        self.make_a_bridge()
        bridge = self.windows()[0]["bridges"][0]
        self.assertEqual(int(bridge["start"]["lsn"]), last)
        self.assertGreater(int(bridge["end"]["lsn"]), last + 1)
        error = self.refuse(pitr.UNREACHABLE, "target_unreachable", "--to-lsn", last + 1)
        self.check_nearest(error, str(last), bridge["end"]["lsn"])
        between = (judge.microseconds(self.window["end"]["time"]) + judge.microseconds(bridge["end"]["time"])) // 2
        error = self.refuse(pitr.UNREACHABLE, "target_unreachable", "--time-tolerance", "0",
                            "--to-time", judge.time_text(between))
        self.check_nearest(error, str(last), bridge["end"]["lsn"])
        self.assertEqual(self.restored_content("--to-lsn", bridge["end"]["lsn"]), pitr.content_of(self.db))

    def make_a_bridge(self):
        time.sleep(0.05)
        for number in range(3):
            self.app.add(f"hidden {number} " + "x" * 9000)
            self.app.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.refused(pitr.GAP, "wal_gap", "archive", self.db, "--no-bridge")
        self.archive(self.db)

    def test_snapshot_that_is_too_young(self):
        self.ctl("snapshot", self.db)
        snapshots = self.ctl_json("list", "snapshots")["snapshots"]
        newest = max(snapshots, key=lambda snapshot: int(snapshot["consistent_lsn"]))
        self.refuse(pitr.UNREACHABLE, "target_unreachable", "--to-xid", 1, "--snapshot", newest["id"])

    def test_after_a_fork(self):
        """Without --timeline nobody knows which history is meant."""
        copy = os.path.join(self.restore("--to-xid", 2), "app.db")
        self.archive(copy)
        other = self.application(copy)
        other.add("the copy's")
        self.archive(copy)
        self.app.add("the original's")
        self.archive(self.db)
        self.refuse(pitr.NOT_FOUND, "ambiguous_target", "--to-xid", 3)
        self.restore("--to-xid", 3, "--timeline", 1)
        self.restore("--to-xid", 3, "--timeline", 2)
        self.restore("--to-xid", 1)


class DryRun(pitr.Case):
    def test_writes_nothing(self):
        db = pitr.create_database(self.path("live", "app.db"), rows=10)
        app = self.application(db)
        self.init()
        self.archive(db)
        app.add("x")
        self.archive(db)
        plan = self.ctl_json("restore", "--target-dir", self.path("target"), "--dry-run")
        self.assertFalse(os.path.exists(self.path("target")))
        self.assertNotIn("result", plan)
        done = self.ctl_json("restore", "--target-dir", self.path("target"))
        for key in ("snapshot", "segments", "reached", "timeline", "stop_lsn"):
            self.assertEqual(plan["plan"][key], done["plan"][key])
        self.assertEqual(done["result"]["reached"], plan["plan"]["reached"])


if __name__ == "__main__":
    pitr.main()
