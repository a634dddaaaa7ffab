"""Where today's tools fail on PostgreSQL: the behaviour this one must have instead, case by case. Those of archiving
are in test_pg_archive."""

import os
import random
import shlex
import stat
import subprocess
import unittest

import mishaps
import pitr
import postgres
import snapshots
import test_trouble

NEEDED = postgres.BINARIES and mishaps.LIBRARY
FETCH_FAILED = 200


class History(snapshots.SnapshotCase):
    """A snapshot, and five commits after it, each in a segment of its own."""

    compression = None

    def setUp(self):
        super().setUp()
        self.random = random.Random(pitr.seed())
        self.begin(compression=self.compression)
        self.snapshot = self.take_snapshot()
        self.commits = []
        self.commit_in_segments(5)

    def commit_in_segments(self, count):
        for _ in range(count):
            self.commits.append(self.commit(f"row {len(self.commits)}"))
            self.cluster.archived()

    def remove_segment_of(self, index):
        os.remove(self.object_path(self.object_at(self.commits[index].lsn)))


@unittest.skipUnless(NEEDED, "needs a PostgreSQL server")
class MissingLog(History):
    def test_middle_segment_missing_restore_to_a_time_behind_it(self):
        self.remove_segment_of(2)
        error = self.refused_restore(pitr.GAP, "wal_gap", "--to-time", self.commits[3].time)
        self.assertEqual(error["before"]["lsn"], self.commits[1].lsn)
        self.assertIn(self.commits[1].lsn, error["hint"])

    def test_middle_segment_missing_restore_to_latest(self):
        """The hint is the command that restores up to the gap."""
        self.remove_segment_of(2)
        error = self.refused_restore(pitr.GAP, "wal_gap")
        program, *hint = shlex.split(error["hint"])
        self.assertEqual(program, "pitrctl")
        into = self.place("restored")
        self.ctl(*(into if word == "DIR" else word for word in hint), "--replay")
        self.check_rows(into, self.commits[:2])

    def test_middle_segment_missing_a_snapshot_behind_it_leads_on(self):
        self.take_snapshot()
        self.commit_in_segments(1)
        self.remove_segment_of(2)
        self.check_rows(self.restored(), self.commits)
        self.ctl("validate", code=pitr.GAP)

    def test_first_segment_a_snapshot_needs_is_missing(self):
        start = snapshots.number(self.snapshots()[0]["start_lsn"])
        os.remove(self.object_path(self.object_at(snapshots.text(start + 1))))
        for target in ((), ("--immediate",), ("--to-lsn", self.commits[0].lsn)):
            self.refused_restore(pitr.GAP, "wal_gap", *target)
        self.ctl("validate", code=pitr.GAP)


@unittest.skipUnless(NEEDED, "needs a PostgreSQL server")
class Damage(History):
    # A compressed stream has bits that make no difference.
    compression = "none"

    def test_one_byte_flipped_in_a_stored_segment_fetch(self):
        name = self.object_at(self.commits[2].lsn)
        segment = self.cluster.sql(f"SELECT pg_walfile_name('{self.commits[2].lsn}');").strip()
        destination = self.place("segment")
        size = os.path.getsize(self.object_path(name))
        for _ in range(pitr.scaled(20, 3)):
            good = self.flip(name, self.random.randrange(size))
            self.ctl("fetch", "--prefetch", 0, segment, destination, code=FETCH_FAILED)
            self.assertFalse(os.path.exists(destination))
            self.replace(name, good)
        self.ctl("fetch", "--prefetch", 0, segment, destination)

    def test_fetch_fails_for_any_reason_but_absence(self):
        segment = self.cluster.sql(f"SELECT pg_walfile_name('{self.commits[2].lsn}');").strip()
        destination = self.place("segment")
        objects = [self.repo, *map(self.object_path, ("pitr.json", self.object_at(self.commits[2].lsn)))]

        def fails(*args, to=destination):
            self.ctl(*args, "fetch", "--prefetch", 0, segment, to, code=FETCH_FAILED)
            self.assertFalse(os.path.exists(to))

        for path in objects:
            mode = stat.S_IMODE(os.stat(path).st_mode)
            with self.subTest(unreadable=path):
                os.chmod(path, 0)
                fails()
                os.chmod(path, mode)
            with self.subTest(missing=path):
                os.rename(path, path + ".away")
                fails()
                os.rename(path + ".away", path)
        good = self.flip("pitr.json", 20)
        fails()
        self.replace("pitr.json", good)
        fails("--no-such-option")
        fails("--config", self.place("no.toml"))
        fails("--repo", "nowhere://x")
        fails(to=os.path.join(self.place("nowhere"), "x"))
        self.ctl("fetch", "--prefetch", 0, segment, destination)

    def test_byte_flipped_in_a_snapshot(self):
        """What was restored of it is no cluster, and the same command goes on once the object is whole."""
        packs = ["packs/" + name for name in self.objects("packs")]
        name = max(packs, key=lambda pack: os.path.getsize(self.object_path(pack)))
        into = self.place("restored")
        for part in (0.1, 0.5, 0.9):
            good = self.flip(name, int(os.path.getsize(self.object_path(name)) * part))
            error = self.refused(pitr.CORRUPT, "corrupt", "restore", "--target-dir", into)
            self.assertIn(name, error["message"])
            self.assertFalse(os.path.exists(os.path.join(into, "global", "pg_control")))
            self.assertLessEqual(set(os.listdir(into)), {".pitrctl-restore"})
            report = self.ctl("--json", "validate", "--level", "checksums", code=pitr.CORRUPT).json
            self.assertIn(name, [finding["object"] for finding in report["findings"]])
            self.replace(name, good)
        self.restored(into=into)
        self.check_rows(into, self.commits)

    def test_snapshots_manifest_damaged(self):
        name = f"snapshots/{self.snapshot}.json.zst"
        size = os.path.getsize(self.object_path(name))
        for _ in range(pitr.scaled(10, 3)):
            good = self.flip(name, self.random.randrange(size))
            self.refused_restore(pitr.CORRUPT, "corrupt")
            report = self.ctl("--json", "validate", "--level", "checksums", code=pitr.CORRUPT).json
            self.assertIn(name, [finding["object"] for finding in report["findings"]])
            self.replace(name, good)
        self.check_rows(self.restored(), self.commits)


@unittest.skipUnless(NEEDED, "needs a PostgreSQL server")
class Targets(History):
    def check_last_point(self, error):
        """The refusal names the end of the archive, and its last transaction."""
        plan = self.ctl_json("restore", "--dry-run", "--target-dir", self.place("never"))["plan"]
        self.assertEqual((error["before"]["lsn"], error["before"]["xid"]), (plan["reached"]["lsn"], self.commits[-1].xid))
        self.assertIn(error["before"]["lsn"], error["hint"])

    def test_target_time_after_the_last_commit(self):
        error = self.refused_restore(pitr.UNREACHABLE, "target_unreachable", "--to-time", "2199-01-01T00:00:00Z")
        self.check_last_point(error)
        self.assertIn("after the end of the log", error["message"])

    def test_target_lsn_past_the_end(self):
        error = self.refused_restore(pitr.UNREACHABLE, "target_unreachable", "--to-lsn", "F/F0000000")
        self.check_last_point(error)

    def test_unknown_name(self):
        self.cluster.sql("SELECT pg_create_restore_point('before v2');")
        self.cluster.archived()
        error = self.refused_restore(pitr.NOT_FOUND, "not_found", "--to-restore-point", "before v3")
        self.assertIn("before v2", error["message"] + error["hint"])

    def test_unknown_xid(self):
        last = self.commits[-1].xid
        error = self.refused_restore((pitr.UNREACHABLE, pitr.NOT_FOUND), ("target_unreachable", "not_found"), "--to-xid",
                                     last + 1000)
        self.assertIn(str(last), error["message"] + error["hint"])

    def test_time_in_the_quiet_tail_of_the_log(self):
        """Nothing was committed any more when the server made a checkpoint."""
        moment = self.now()
        postgres.wait_until(lambda: self.now()[:19] > moment[:19])
        self.cluster.sql("CHECKPOINT;")
        self.cluster.archived()
        self.check_rows(self.restored("--to-time", moment), self.commits)

    def test_time_before_the_snapshots_end_snapshot_given(self):
        second = self.take_snapshot()
        moment = self.commits[1].time
        error = self.refused_restore(pitr.UNREACHABLE, "target_unreachable", "--to-time", moment, "--snapshot", second)
        self.assertIn(second, error["message"])
        self.check_rows(self.restored("--to-time", moment), self.commits[:2])

    def test_unknown_timeline(self):
        error = self.refused_restore(pitr.NOT_FOUND, "not_found", "--timeline", 7)
        self.assertIn("7", error["message"])


@unittest.skipUnless(NEEDED, "needs a PostgreSQL server")
class Directories(History):
    def directory(self, **files):
        """A directory of the server's user with these files."""
        path = self.place("directory")
        self.cluster.run("mkdir", "-m", "700", path, tool=False)
        for name, content in files.items():
            with open(os.path.join(path, name), "w", encoding="utf-8") as file:
                file.write(content)
        return path

    def test_target_directory_not_empty(self):
        into = self.directory(kept="mine")
        error = self.refused(pitr.CONFLICT, "conflict", "restore", "--target-dir", into)
        self.assertIn("kept", error["message"])
        self.assertEqual(os.listdir(into), ["kept"])
        with open(os.path.join(into, "kept"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "mine")

    def test_delta_over_an_old_cluster(self):
        """A foreign file is listed first, and removed only with --force."""
        into = self.restored("--to-lsn", self.commits[1].lsn)
        self.check_rows(into, self.commits[:2])
        foreign = os.path.join(into, "base", "notes.txt")
        self.cluster.run("touch", foreign, tool=False)
        before = pitr.files_under(into)
        error = self.refused(pitr.CONFLICT, "conflict", "restore", "--delta", "--target-dir", into)
        self.assertIn(foreign, error["message"])
        self.assertEqual(pitr.files_under(into), before)
        plan = self.ctl_json("restore", "--delta", "--force", "--dry-run", "--target-dir", into)["plan"]
        self.assertEqual(plan["removes"], [foreign])
        self.assertEqual(pitr.files_under(into), before)
        self.restored("--delta", "--force", into=into)
        self.assertFalse(os.path.exists(foreign))
        self.check_rows(into, self.commits)

    def test_server_of_another_version(self):
        programs = self.directory(postgres="#!/bin/sh\necho 'postgres (PostgreSQL) 12.17'\n")
        os.chmod(programs, 0o755)
        os.chmod(os.path.join(programs, "postgres"), 0o755)
        for options in ((), ("--replay",)):
            error = self.refused_restore(pitr.USAGE, "usage", "--pg-bindir", programs, *options)
            self.assertIn("12", error["message"])
            self.assertIn(str(self.cluster.major()), error["message"])

    @unittest.skipUnless(test_trouble.can_mount(), "needs the right to mount")
    def test_not_enough_disk(self):
        disk = self.directory()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=777", "tmpfs", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", disk], check=True)
        into = os.path.join(disk, "restored")
        error = self.refused(pitr.FAILED, "io_error", "restore", "--target-dir", into)
        self.assertRegex(error["message"], r"needs \d+ bytes in .*, where \d+ are free")
        self.assertEqual(os.listdir(disk), [])


if __name__ == "__main__":
    pitr.main()
