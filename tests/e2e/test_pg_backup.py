"""Base backups of real servers, as the engine takes them: PostgreSQL starts on them and finds what it should."""

import json
import os
import re
import shutil
import subprocess
import unittest

import pitr
import postgres

PROGRAM = os.environ.get("PITRCTL_BASE_BACKUP", "")
TOTALS = ("SELECT sum(abalance) FROM pgbench_accounts;", "SELECT sum(tbalance) FROM pgbench_tellers;",
          "SELECT sum(bbalance) FROM pgbench_branches;", "SELECT sum(delta) FROM pgbench_history;")


def lsn(text):
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


@unittest.skipUnless(postgres.BINARIES and PROGRAM, "needs a PostgreSQL server")
class BaseBackup(pitr.Case):
    def command(self, cluster, *args):
        # The server's user need not be able to reach the directory of the build.
        program = os.path.join(cluster.dir, "base_backup")
        if not os.path.exists(program):
            shutil.copy(PROGRAM, program)
        return [*postgres.as_user(), "env", "PGUSER=test", "LC_ALL=C", program, *map(str, args)]

    def run_program(self, cluster, *args, code=0):
        done = subprocess.run(self.command(cluster, *args), capture_output=True, text=True, cwd=cluster.dir, check=False)
        self.assertEqual(done.returncode, code, done)
        return done.stdout

    def backup(self, cluster, source=None):
        """A backup, and what it tells of itself."""
        self.copy = os.path.join(cluster.dir, "copy")
        return json.loads(self.run_program(cluster, source or cluster.data, self.copy))

    def refused(self, cluster, *args):
        return json.loads(self.run_program(cluster, *args, code=1))

    def started(self, cluster, *settings):
        """The server on the backup, recovered to the end of the archive."""
        restored = postgres.Cluster.of_directory(self, self.copy, cluster.archive, *settings)
        # What makes a standby of it: it shall recover from the archive alone.
        restored.run("rm", "-f", *(os.path.join(self.copy, name) for name in ("standby.signal", "postgresql.auto.conf")),
                     tool=False)
        restored.run("touch", os.path.join(self.copy, "recovery.signal"), tool=False)
        restored.start()
        postgres.wait_until(lambda: restored.sql("SELECT pg_is_in_recovery();").strip() == "f")
        return restored

    def check_pages(self, cluster):
        cluster.run("pg_ctl", "-D", cluster.data, "-m", "fast", "-w", "stop")
        self.assertIn("Bad checksums:  0", cluster.run("pg_checksums", "--check", "-D", cluster.data))

    def loaded(self, *settings):
        """A cluster with two tablespaces, and a process that goes on writing to it."""
        cluster = postgres.Cluster(self, settings=settings)
        oids = [cluster.tablespace("fast"), cluster.tablespace("large")]
        cluster.run("pgbench", "-q", "-i", "-s", "3", "--tablespace=fast", "--index-tablespace=large")
        cluster.sql("CREATE UNLOGGED TABLE scratch AS SELECT generate_series(1, 100000) i;",
                    "CREATE TABLE kept TABLESPACE large AS SELECT generate_series(1, 100000) i;")
        return cluster, oids

    def small(self):
        cluster = postgres.Cluster(self)
        cluster.sql("CREATE TABLE kept AS SELECT generate_series(1, 100000) i;")
        return cluster

    def writer(self, cluster):
        process = subprocess.Popen([*postgres.as_user(), os.path.join(postgres.BINARIES, "pgbench"), "-n", "-c", "2", "-T",
                                    "3600"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={**os.environ, "PGHOST": cluster.dir, "PGUSER": "test", "PGDATABASE": "postgres"})
        self.addCleanup(pitr.end_process, process)
        postgres.wait_until(lambda: int(cluster.sql("SELECT count(*) FROM pgbench_history;")) > 100)
        return process

    def test_a_busy_cluster_with_tablespaces(self):
        cluster, oids = self.loaded()
        writer = self.writer(cluster)
        told = self.backup(cluster)
        pitr.end_process(writer)
        self.assertLess(lsn(told["start"]), lsn(told["stop"]))
        self.assertEqual([[oid, name, os.path.join(cluster.dir, "space-" + name)]
                          for oid, name in zip(oids, ("fast", "large"))], told["tablespaces"])
        self.assertEqual((told["bad"], told["remarks"], told["from_standby"]), (0, [], False))
        self.assertGreater(told["pages"], 5000)
        cluster.archived()
        restored = self.started(cluster)
        self.assertEqual([cluster.sql(sql) for sql in TOTALS], [restored.sql(sql) for sql in TOTALS])
        self.assertEqual(restored.sql("SELECT count(*) FROM kept;").strip(), "100000")
        self.assertEqual(restored.sql("SELECT count(*) FROM scratch;").strip(), "0")
        self.check_pages(restored)

    def test_a_damaged_page_is_named(self):
        cluster, _ = self.loaded()
        cluster.sql("CHECKPOINT;")
        path = cluster.sql("SELECT pg_relation_filepath('kept');").strip()
        cluster.run("pg_ctl", "-D", cluster.data, "-m", "fast", "-w", "stop")
        with open(os.path.join(cluster.data, path), "r+b") as file:
            for block, far_ahead in ((7, False), (11, True)):
                file.seek(block * 8192 + 5000)
                file.write(b"damage")
                if far_ahead:  # a position that the log has not reached would bring nothing back
                    file.seek(block * 8192)
                    file.write(b"\xff\xff\x00\x00")
        cluster.start()
        told = self.backup(cluster)
        self.assertEqual([page[:2] for page in told["bad_pages"]], [[path, 7], [path, 11]])
        self.assertEqual(told["bad"], 2)
        for _, _, computed, stored in told["bad_pages"]:
            self.assertNotEqual(computed, stored)

    def test_a_standby(self):
        cluster = self.small()
        standby = cluster.standby(self)
        told = self.backup(standby)
        self.assertTrue(told["from_standby"])
        self.assertEqual((told["timeline"], told["timeline_at_end"]), (1, 1))
        cluster.sql("INSERT INTO kept SELECT 0;")
        cluster.archived()
        restored = self.started(cluster)
        self.assertEqual(restored.sql("SELECT count(*) FROM kept;").strip(), "100001")
        self.check_pages(restored)

    def test_a_promotion_spoils_the_backup(self):
        cluster = self.small()
        standby = cluster.standby(self)
        command = self.command(standby, "--pause", standby.data, os.path.join(standby.dir, "copy"))
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(pitr.end_process, process)
        self.assertEqual(process.stdout.readline(), "started\n")
        standby.run("pg_ctl", "-D", standby.data, "-w", "promote")
        out, _ = process.communicate("\n", timeout=120)
        error = json.loads(out)
        self.assertEqual(error["code"], "unavailable")
        self.assertIn("promoted", error["message"])

    def test_a_server_that_stops_ends_the_backup(self):
        cluster = postgres.Cluster(self)
        command = self.command(cluster, "--pause", cluster.data, os.path.join(cluster.dir, "copy"))
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(pitr.end_process, process)
        self.assertEqual(process.stdout.readline(), "started\n")
        cluster.run("pg_ctl", "-D", cluster.data, "-m", "fast", "-w", "stop")
        out, _ = process.communicate("\n", timeout=120)
        self.assertEqual(json.loads(out)["code"], "unavailable")

    def test_what_cannot_be_backed_up_is_refused(self):
        cluster = postgres.Cluster(self)
        cluster.sql("CREATE ROLE clerk LOGIN;", "CREATE ROLE auditor LOGIN IN ROLE pg_read_all_settings;")
        copy = os.path.join(cluster.dir, "copy")
        by_socket = f"host={cluster.dir} dbname=postgres"
        for role, needed in (("clerk", "pg_read_all_settings"), ("auditor", "pg_backup_start")):
            error = self.refused(cluster, f"{by_socket} user={role}", copy)
            self.assertEqual(error["code"], "usage")
            self.assertIn(needed, error["hint"])
        error = self.refused(cluster, f"{by_socket} user=nobody password=secret", copy)
        self.assertEqual(error["code"], "unavailable")
        self.assertNotIn("secret", json.dumps(error))
        for source in ("postgresql://test:sec@ret@localhost/postgres", "postgresql://test:sec/ret@localhost/postgres",
                       "host=localhost password=my secret", cluster.dir):
            error = self.refused(cluster, source, copy)
            self.assertEqual(error["code"], "usage")
            for part in ("sec", "ret@"):
                self.assertNotIn(part, error["message"])
        cluster.stop()
        self.assertEqual(self.refused(cluster, cluster.data, copy)["code"], "unavailable")
        self.assertFalse(os.path.exists(copy))

    def test_a_data_directory_of_another_server_is_refused(self):
        cluster = self.small()
        standby = cluster.standby(self)
        # What the primary calls its data directory is the standby's now, as it would be on the standby's own host.
        # Servers work in their directories wherever these are moved.
        aside = os.path.join(cluster.dir, "aside")
        os.rename(cluster.data, aside)
        os.rename(standby.data, cluster.data)
        error = self.refused(cluster, f"host={cluster.dir} dbname=postgres", os.path.join(cluster.dir, "copy"))
        os.rename(cluster.data, standby.data)
        os.rename(aside, cluster.data)
        self.assertEqual(error["code"], "usage")
        self.assertIn("another server's", error["message"])

    def facts(self, cluster):
        return json.loads(self.run_program(cluster, "--facts", cluster.data))

    def test_a_server_tells_of_itself(self):
        cluster = postgres.Cluster(self, segment_mb=64)
        control = dict(line.split(":", 1) for line in cluster.run("pg_controldata", cluster.data).splitlines())
        told = self.facts(cluster)
        self.assertEqual(told["system_identifier"], int(control["Database system identifier"]))
        self.assertEqual(told["version"], cluster.sql("SHOW server_version;").split()[0])
        self.assertEqual(told["major"], int(told["version"].split(".")[0]))
        self.assertEqual((told["timeline"], told["segment_size"]), (1, 64 << 20))
        self.assertEqual((told["in_recovery"], told["checksums"], told["archiving"]), (False, True, "on"))
        self.assertEqual(told["data_directory"], cluster.data)
        cluster.sql("ALTER SYSTEM SET archive_command = '';", "SELECT pg_reload_conf();")
        postgres.wait_until(lambda: self.facts(cluster)["archiving"] == "without destination")
        standby = cluster.standby(self)
        told = self.facts(standby)
        self.assertEqual((told["in_recovery"], told["timeline"], told["archiving"]), (True, 1, "off"))
        standby.run("pg_ctl", "-D", standby.data, "-w", "promote")
        told = self.facts(standby)
        self.assertEqual((told["in_recovery"], told["timeline"]), (False, 2))

    def test_a_restore_point(self):
        cluster = postgres.Cluster(self)
        point, switched = self.run_program(cluster, "--restore-point", cluster.data, "before v2").split()
        self.assertLessEqual(lsn(point), lsn(switched))
        name = cluster.sql(f"SELECT pg_walfile_name('{point}');").strip()
        postgres.wait_until(lambda: name in os.listdir(cluster.archive))
        shown = cluster.run("pg_waldump", os.path.join(cluster.archive, name))
        lines = shown.splitlines()
        at = next(number for number, line in enumerate(lines) if "RESTORE_POINT before v2" in line)
        start, following = (lsn(re.search(r"lsn: (\S+),", line)[1]) for line in lines[at:at + 2])
        self.assertTrue(start < lsn(point) <= following, lines[at:at + 2])
        standby = cluster.standby(self)
        self.assertEqual(self.refused(standby, "--restore-point", standby.data, "p")["code"], "usage")
        self.assertEqual(self.refused(cluster, "--restore-point", cluster.data, "p" * 64)["code"], "usage")


if __name__ == "__main__":
    pitr.main()
