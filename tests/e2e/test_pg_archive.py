"""PostgreSQL's log, archived by a real server's archive_command: everything arrives, and every commit is listed."""

import errno
import os
import random
import re
import shutil
import subprocess
import unittest

import archiving
import mishaps
import pitr
import postgres
import waldump

NEEDED = postgres.BINARIES and mishaps.LIBRARY
MIXED = """
BEGIN; INSERT INTO note(body) VALUES('kept'); SAVEPOINT a; INSERT INTO note(body) VALUES('x'); ROLLBACK TO a; COMMIT;
BEGIN; INSERT INTO note(body) VALUES('dropped'); ROLLBACK;
BEGIN; INSERT INTO note(body) VALUES('prepared'); PREPARE TRANSACTION 'one'; COMMIT PREPARED 'one';
BEGIN; INSERT INTO note(body) VALUES('dropped'); PREPARE TRANSACTION 'two'; ROLLBACK PREPARED 'two';
SELECT pg_logical_emit_message(true, 'large', repeat('m', 3000000));
"""


@unittest.skipUnless(NEEDED, "needs a PostgreSQL server")
class Listed(archiving.ArchivingCase):
    """What is listed is what the server did."""

    def create_table(self):
        self.cluster.sql("CREATE TABLE note(id serial PRIMARY KEY, xid xid8 DEFAULT pg_current_xact_id(), body text);")

    def compare(self, segment_mb):
        self.begin(segment_mb)
        self.create_table()
        self.cluster.run("pgbench", "-q", "-i", "-s", "1")
        points = []
        for i in range(3):
            self.cluster.run("pgbench", "-n", "-c", "4", "-t", str(pitr.scaled(100)))
            self.cluster.sql(*MIXED.strip().splitlines())
            name = f"point {i // 2}"
            points.append((name, self.cluster.sql(f"SELECT pg_create_restore_point('{name}');").strip()))
        records = waldump.records(self.cluster.archived())
        self.check_whole()
        self.check_transactions(records)
        listed = self.ctl_json("list", "restore-points")["restore_points"]
        self.assertEqual([(p["name"], p["lsn"]) for p in listed], points)
        self.assertTrue(all(p["logged"] for p in listed))
        committed = {int(xid) for xid in self.cluster.sql("SELECT xid FROM note;").split()}
        self.assertLessEqual(committed, {t["xid"] for t in self.transactions()})

    def check_transactions(self, records):
        """Commit by commit: transaction, position and time."""
        commits = [(r.xid, waldump.text(r.end(self.segment_size)), r.time) for r in records if r.kind == "commit"]
        self.assertGreater(len(commits), 10)
        listed = [(t["xid"], t["lsn"], t["time"]) for t in self.transactions()]
        expected = [(xid, end, f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}") for xid, end, moment in commits]
        for ours, theirs in zip(listed, expected):
            self.assertEqual(ours, theirs)
        self.assertEqual(len(listed), len(expected))

    def test_small_segments(self):
        self.compare(1)

    def test_large_segments(self):
        self.compare(64)


@unittest.skipUnless(NEEDED, "needs a PostgreSQL server")
class Timelines(archiving.ArchivingCase):
    def setUp(self):
        super().setUp()
        self.begin(archiving=False, settings=("wal_keep_size=64MB",))
        self.cluster.sql("CREATE TABLE note(body text);")
        self.standby = self.cluster.standby(self)

    def promote(self, standby):
        """Lets the standby archive, too, and makes it a server of its own; returns the new timeline."""
        self.standby.configure("archive_mode=on", f"archive_command='{self.archive_command()}'")
        standby.stop()
        standby.start()
        standby.run("pg_ctl", "-D", standby.data, "-w", "promote")
        standby.sql("INSERT INTO note VALUES('after');", "SELECT pg_create_restore_point('theirs');")
        standby.archived()

    def restore_points(self):
        return [(p["name"], p["timeline"]) for p in self.ctl_json("list", "restore-points")["restore_points"]]

    def test_old_primary_lives_on(self):
        """Both have the segment in which they parted; what was before is shown once."""
        self.archive_with(self.archive_command())
        self.cluster.archived()
        self.cluster.sql("INSERT INTO note VALUES('before');", "SELECT pg_create_restore_point('common');")
        self.cluster.wait_for(self.standby)
        self.promote(self.standby)
        self.cluster.sql("INSERT INTO note VALUES('alone');", "SELECT pg_create_restore_point('ours');")
        self.cluster.archived()
        self.check_whole()
        timelines = {t["timeline"]: t for t in self.ctl_json("list", "timelines")["timelines"]}
        self.assertEqual(timelines[2]["parent"], 1)
        self.assertEqual(self.restore_points(), [("common", 1), ("ours", 1), ("theirs", 2)])
        fork = waldump.number(timelines[2]["fork_lsn"])
        begins = {timeline: [waldump.number(t["lsn"]) > fork for t in self.transactions("--timeline", timeline)]
                  for timeline in (1, 2)}
        self.assertEqual(begins[1], sorted(begins[1]))
        self.assertEqual(begins[1].count(True), 1)
        self.assertGreater(begins[1].count(False), 1)
        self.assertEqual(begins[2], [True])
        self.assertIn("00000002.history", self.objects("files"))

    def test_old_primary_is_gone(self):
        """Its last segment was never full: the new timeline's copy shows what was in it."""
        self.archive_with(self.archive_command())
        self.cluster.sql("INSERT INTO note VALUES('first');")
        self.cluster.archived()
        self.cluster.sql("INSERT INTO note VALUES('before');", "SELECT pg_create_restore_point('common');")
        self.cluster.wait_for(self.standby)
        self.archive_with("false")
        self.cluster.stop()
        self.promote(self.standby)
        self.check_whole()
        self.assertEqual(self.restore_points(), [("common", 2), ("theirs", 2)])
        files = self.objects("files")
        self.assertIn("00000002.history", files)
        partial = [name for name in files if name.endswith(".partial")]
        self.assertEqual(len(partial), 1)
        full = self.objects("segments/00000001")
        self.assertNotIn(partial[0][:24], [f"{int(name[:16], 16):024X}" for name in full])

    def test_backup_history(self):
        self.archive_with(self.archive_command())
        self.cluster.run("pg_basebackup", "-D", os.path.join(self.cluster.dir, "base"), "-X", "none", "-c", "fast")
        self.cluster.archived()
        noted = [name for name in self.objects("files") if name.endswith(".backup")]
        self.assertEqual(len(noted), 2)  # the standby began with one as well
        self.check_whole()


@unittest.skipUnless(NEEDED, "needs a PostgreSQL server")
class Retries(archiving.ArchivingCase):
    """The server tries again until everything is there."""

    def writer(self):
        process = subprocess.Popen(
            [*postgres.as_user(), os.path.join(postgres.BINARIES, "pgbench"), "-n", "-c", "2", "-T", "3600"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "PGHOST": self.cluster.dir, "PGUSER": "test", "PGDATABASE": "postgres"})
        self.addCleanup(pitr.end_process, process)
        return process

    def failed(self):
        return int(self.cluster.sql("SELECT failed_count FROM pg_stat_archiver;"))

    def kills(self):
        """How many archive commands were killed, by the server's own word."""
        with open(self.cluster.log, encoding="utf-8") as file:
            return len(re.findall("archive command (was terminated by signal 9|failed with exit code 137)", file.read()))

    def check_recovered(self):
        segments = self.cluster.archived()
        last_failed = self.cluster.sql("SELECT coalesce(last_failed_wal, '') FROM pg_stat_archiver;").strip()
        self.assertLessEqual(last_failed, os.path.basename(segments[-1]))
        self.check_whole()
        commits = [r.xid for r in waldump.records(segments) if r.kind == "commit"]
        self.assertEqual([t["xid"] for t in self.transactions()], commits)

    def test_failing_calls(self):
        """The disk of the repository is full, or fails, for a while."""
        self.begin()
        self.cluster.run("pgbench", "-q", "-i", "-s", "1")
        for kind in (errno.ENOSPC, errno.EIO):
            for number in (1, 3, 6):
                before = self.failed()
                self.archive_with(self.archive_command(self.mishap(number, kind)))
                self.cluster.run("pgbench", "-n", "-c", "2", "-t", "50")
                self.cluster.sql("SELECT pg_switch_wal();")
                postgres.wait_until(lambda before=before: self.failed() > before)
                self.archive_with(self.archive_command())
        self.check_recovered()

    def test_killed_in_the_middle(self):
        self.begin()
        self.cluster.run("pgbench", "-q", "-i", "-s", "1")
        for count, number in enumerate((2, 5), 1):
            # An instrumented binary takes a library that is loaded before its own for a mistake.
            options = f"ASAN_OPTIONS={self.environment()['ASAN_OPTIONS']}"
            self.archive_with(self.archive_command(f"{options} {self.mishap(number, 'half')}"))
            self.cluster.sql("SELECT pg_logical_emit_message(true, '', 'x');", "SELECT pg_switch_wal();")
            postgres.wait_until(lambda count=count: self.kills() >= count)
            self.archive_with(self.archive_command())
            self.cluster.run("pgbench", "-n", "-c", "2", "-t", "50")
        self.check_recovered()

    def test_killed_server(self):
        """It is killed while it writes, with or without what it has started."""
        chance = random.Random(pitr.seed())
        self.begin(settings=("checkpoint_timeout=30s",))
        self.cluster.run("pgbench", "-q", "-i", "-s", "1")
        for _ in range(pitr.scaled(3)):
            writer = self.writer()
            written = int(self.cluster.sql("SELECT count(*) FROM pgbench_history;")) + chance.randrange(200, 3000)
            postgres.wait_until(
                lambda: int(self.cluster.sql("SELECT count(*) FROM pgbench_history;")) > written)
            self.kill_server()
            pitr.end_process(writer)
            self.cluster.start()
        self.check_recovered()


@unittest.skipUnless(NEEDED, "needs a PostgreSQL server")
class Kills(archiving.ArchivingCase):
    """One segment, and every call at which archiving it can go wrong: the server's next try makes it good."""

    def setUp(self):
        super().setUp()
        self.begin(archiving=False)
        self.segments = self.waiting(3)
        self.cluster.stop()
        self.archive_file(self.segments[0], "--ahead", 0)
        self.kept = self.repo + ".kept"
        shutil.move(self.repo, self.kept)

    def start_again(self):
        shutil.rmtree(self.repo, ignore_errors=True)
        subprocess.run([*postgres.as_user(), "cp", "-a", self.kept, self.repo], check=True)

    def try_every_call(self, kinds):
        command = ("archive", os.path.join(self.log, self.segments[1]))
        self.start_again()
        log = os.path.join(self.cluster.dir, "calls")
        self.ctl(*command, env={"LD_PRELOAD": self.library, "MISHAP_LOG": log})
        with open(log, encoding="utf-8") as file:
            calls = len(file.readlines())
        self.assertGreater(calls, 3)
        for kind in kinds:
            for number in self.numbers(calls):
                with self.subTest(kind=kind, call=number):
                    self.start_again()
                    outcome = self.with_mishap(number, kind, *command)
                    if kind in ("kill", "half"):
                        self.assertTrue(self.was_killed(outcome), outcome)
                    elif outcome.code != pitr.OK:
                        self.assertEqual(outcome.code, pitr.FAILED, outcome)
                        self.assertIn(os.strerror(kind), outcome.err)
                    self.ctl("validate", "--level", "records")
                    for name in self.segments[1:]:
                        self.archive_file(name)
                    self.check_whole()
                    self.assertEqual(self.ctl_json("list")["unknown_objects"], [])
                    self.assertEqual(len(self.objects("segments/00000001")), 3)
                    self.assertEqual([name for name in self.objects("") if name.endswith(".tmp")], [])

    def test_killed_at_every_call(self):
        """kill -9 in push"""
        self.try_every_call(("kill", "half"))

    def test_disk_full_at_every_call(self):
        """disk full"""
        self.try_every_call((errno.ENOSPC, errno.EIO))


@unittest.skipUnless(NEEDED, "needs a PostgreSQL server")
class Peers(archiving.ArchivingCase):
    """Where others fail; each test is called what the case is."""

    def setUp(self):
        super().setUp()
        self.begin(archiving=False)

    def segment(self, index=0):
        return self.waiting(index + 1)[index]

    def stored(self):
        return self.objects("segments") + self.objects("timelines")

    def object_of(self, name):
        low = int(name[16:24], 16) + (int(name[8:16], 16) << 32) // self.segment_size
        return f"{name[:8]}/{low:016x}.seg"

    def altered(self, name, alter, rename=None):
        """A file like a segment of the server, in a directory of its own."""
        directory = self.fresh_directory()
        with open(os.path.join(self.log, name), "rb") as file:
            data = alter(bytearray(file.read()))
        with open(os.path.join(directory, rename or name), "wb") as file:
            file.write(data)
        return directory

    def fresh_directory(self):
        number = 1
        while os.path.exists(path := os.path.join(self.cluster.dir, f"log-{number}")):
            number += 1
        self.cluster.run("mkdir", path, tool=False)
        return path

    def twins(self):
        """Directories with a segment each of one name: what a server wrote, and what a copy of it did."""
        self.cluster.run("pg_ctl", "-D", self.cluster.data, "-w", "stop")
        copy = os.path.join(self.cluster.dir, "twin")
        self.cluster.run("cp", "-a", self.cluster.data, copy, tool=False)
        twin = postgres.Cluster.of_directory(self, copy, self.cluster.archive, "archive_mode=on", "archive_command=''",
                                             f"unix_socket_directories='{self.cluster.dir}'")
        twin.dir = self.cluster.dir
        logs = []
        for server in (self.cluster, twin):
            server.start()
            name = server.sql("SELECT pg_walfile_name(pg_current_wal_lsn());").strip()
            server.sql("CREATE TABLE mine(a int);", "SELECT pg_switch_wal();")
            server.run("pg_ctl", "-D", server.data, "-w", "stop")
            logs.append(os.path.join(server.data, "pg_wal"))
        return name, logs

    def at_once(self, name, directories):
        """Exit codes of processes that archive a segment of one name from several places, begun together."""
        processes = [self.start("archive", os.path.join(directory, name)) for directory in directories]
        return sorted(self.finish(process).code for process in processes)

    def test_segment_pushed_twice_same_bytes(self):
        name = self.segment()
        self.assertEqual(len(self.archive_file(name, "--ahead", 0).json["segments"]), 1)
        self.assertEqual(self.archive_file(name, "--ahead", 0).json["segments"], [])
        self.assertEqual(self.objects("segments"), [self.object_of(name)])

    def test_pushed_twice_other_bytes(self):
        name, (ours, theirs) = self.twins()
        self.archive_file(name, directory=ours)
        before = pitr.digest_of_file(os.path.join(self.repo, "segments", self.object_of(name)))
        outcome = self.archive_file(name, directory=theirs, code=pitr.CONFLICT)
        self.assertIn(name, outcome.error["message"])
        self.assertEqual(pitr.digest_of_file(os.path.join(self.repo, "segments", self.object_of(name))), before)
        self.check_whole()

    def test_two_pushes_at_once_same_bytes(self):
        for name in self.waiting(pitr.scaled(8, 2)):
            self.assertEqual(self.at_once(name, [self.log, self.log]), [pitr.OK, pitr.OK])
            self.assertIn(self.object_of(name), self.objects("segments"))
        self.check_whole()

    def test_two_pushes_at_once_other_bytes(self):
        name, logs = self.twins()
        for _ in range(pitr.scaled(8, 2)):
            self.assertEqual(self.at_once(name, logs), [pitr.OK, pitr.CONFLICT])
            self.check_whole()
            os.remove(os.path.join(self.repo, "segments", self.object_of(name)))

    def test_truncated_wrongly_named_or_damaged_inside(self):
        name, other = self.waiting(2)

        def flipped(data):
            data[len(data) // 2] ^= 1
            return data
        middle = lambda data: data[:len(data) // 2]
        last_page_gone = lambda data: data[:-8192] + bytes(8192)
        for alter, rename in ((middle, None), (lambda data: data, other), (flipped, None), (last_page_gone, None),
                              (lambda data: b"", None), (lambda data: data, "segment")):
            directory = self.altered(name, alter, rename)
            self.archive_file(rename or name, directory=directory, code=pitr.CORRUPT)
        self.assertEqual(self.stored(), [])

    def test_16_mib_of_zeros(self):
        name = self.segment()
        for size in (16 << 20, self.segment_size):
            directory = self.altered(name, lambda data, size=size: bytes(size))
            self.archive_file(name, directory=directory, code=pitr.CORRUPT)
        self.assertEqual(self.stored(), [])

    def test_wal_of_another_cluster(self):
        self.archive_file(self.segment(), "--ahead", 0)
        before = self.stored()
        other = postgres.Cluster(self, 1, settings=("archive_command=''",))
        names = []
        while len(names) < 4:
            other.sql("CREATE TABLE IF NOT EXISTS x(a int);", "INSERT INTO x VALUES(1);", "SELECT pg_switch_wal();")
            names = [n[:24] for n in os.listdir(os.path.join(other.data, "pg_wal", "archive_status"))]
        log = shutil.copytree(os.path.join(other.data, "pg_wal"), os.path.join(self.cluster.dir, "other"))
        subprocess.run(["chmod", "-R", "a+rX", log], check=True)
        for name in names:
            error = self.archive_file(name, directory=log, code=pitr.CONFLICT).error
            self.assertTrue(error["message"])
        self.assertEqual(self.stored(), before)

    def test_history_file_of_another_cluster(self):
        self.archive_file(self.segment(), "--ahead", 0)
        other = postgres.Cluster(self, 1, settings=("archive_command=''",))
        directory = os.path.join(self.cluster.dir, "data-of-other")
        shutil.copytree(other.data, directory, ignore=shutil.ignore_patterns("base", "*.pid"))
        subprocess.run(["chmod", "-R", "a+rX", directory], check=True)
        with open(os.path.join(directory, "pg_wal", "00000002.history"), "w", encoding="ascii") as file:
            file.write("1\t0/3000000\tno recovery target specified\n")
        self.archive_file("00000002.history", directory=os.path.join(directory, "pg_wal"), code=pitr.CONFLICT)
        self.assertEqual(self.objects("files"), [])

    def test_middle_segment_missing_verify_info_check(self):
        names = self.waiting(4)
        for name in names:
            self.archive_file(name, "--ahead", 0)
        os.remove(os.path.join(self.repo, "segments", self.object_of(names[2])))
        self.ctl("validate", code=pitr.GAP)
        (gap,) = self.ctl_json("list")["gaps"]
        self.assertTrue(gap["missing_objects"])
        self.archive_file(names[2])
        self.check_whole()

    def test_one_byte_flipped_in_a_stored_segment_verify(self):
        name = self.segment()
        self.archive_file(name)
        path = os.path.join(self.repo, "segments", self.object_of(name))
        chance = random.Random(pitr.seed())
        with open(path, "rb") as file:
            good = file.read()
        for _ in range(pitr.scaled(30, 3)):
            bad = bytearray(good)
            bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
            with open(path, "wb") as file:
                file.write(bad)
            outcome = self.ctl("--json", "validate", "--level", "checksums", code=pitr.CORRUPT)
            self.assertIn(self.object_of(name), outcome.out)

    def test_archived_ahead_of_time(self):
        """The calls that follow have nothing left to do, and what the server notes is left alone."""
        names = self.waiting(5)
        notes = sorted(os.listdir(os.path.join(self.log, "archive_status")))
        self.assertEqual(len(self.archive_file(names[0], "--ahead", 3).json["segments"]), 4)
        for name in names[1:4]:
            self.assertEqual(self.archive_file(name, "--ahead", 0).json["segments"], [])
        self.assertEqual(len(self.archive_file(names[4], "--ahead", 0).json["segments"]), 1)
        self.assertEqual(sorted(os.listdir(os.path.join(self.log, "archive_status"))), notes)
        self.check_whole()

    def test_aborted_transaction_is_not_listed(self):
        """But its name is a restore target: PostgreSQL stops at it as well."""
        self.cluster.sql("CREATE TABLE note(body text);")
        xid = int(self.cluster.sql("BEGIN;", "INSERT INTO note VALUES('x');", "SELECT pg_current_xact_id();",
                                   "ROLLBACK;").strip())
        for name in self.waiting(len(self.ready()) + 1):
            self.archive_file(name)
        self.assertNotIn(xid, [t["xid"] for t in self.transactions()])

    def test_logged_restore_point_cannot_be_deleted(self):
        self.cluster.sql("SELECT pg_create_restore_point('in the log');")
        for name in self.waiting(len(self.ready()) + 1):
            self.archive_file(name)
        error = self.refused(pitr.USAGE, "usage", "restore-point", "delete", "in the log")
        self.assertIn("log", error["message"])
        self.refused(pitr.NOT_FOUND, "not_found", "restore-point", "delete", "in no log")


if __name__ == "__main__":
    pitr.main()
