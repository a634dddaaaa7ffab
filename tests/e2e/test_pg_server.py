"""Commands that talk to a running PostgreSQL server: snapshot, restore-point create; and the servers that restores leave.
What goes wrong in the middle leaves no snapshot, and the next one works."""

import errno
import os
import re
import signal
import subprocess
import unittest

import mishaps
import pitr
import postgres
import snapshots

NEEDED = postgres.BINARIES and mishaps.LIBRARY


class Holder:
    """A session that keeps a lock which a snapshot runs into between its begin and its end."""

    def __init__(self, case, server):
        self.process = subprocess.Popen([*postgres.as_user(), os.path.join(postgres.BINARIES, "psql"), "-X", "-q", "-A", "-t"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=server.dir,
                                        env={**os.environ, "PGHOST": server.dir, "PGUSER": "test", "PGDATABASE": "postgres"})
        case.addCleanup(pitr.end_process, self.process)
        self.process.stdin.write("BEGIN; LOCK TABLE pg_tablespace; SELECT 'held';\n")
        self.process.stdin.flush()
        case.assertEqual(self.process.stdout.readline(), "held\n")

    def release(self):
        self.process.stdin.close()
        self.process.wait()


class ServerCase(snapshots.SnapshotCase):
    def connection(self, server):
        return f"host={server.dir} user=test dbname=postgres"

    def check_nothing_listed(self):
        self.assertEqual(self.snapshots(), [])
        self.ctl("validate", "--level", "checksums")

    def check_next_one_works(self, commits=()):
        """A snapshot, a restore of it, and a repository in which nothing is left over."""
        self.take_snapshot()
        self.check_rows(self.restored(), commits)
        self.check_whole()
        self.assertEqual(self.ctl_json("list")["unknown_objects"], [])
        self.assertEqual([name for name in self.objects("") if name.endswith(".tmp")], [])

    def is_held(self, server):
        """Whether a snapshot of the server stands between its begin and its end."""
        return server.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                          "query LIKE '%FROM pg_tablespace%' AND pid <> pg_backend_pid();").strip() == "1"

    def start_and_hold(self, server=None):
        """A snapshot that has begun, and the session that holds it up."""
        server = server or self.cluster
        holder = Holder(self, self.cluster)
        if server is not self.cluster:
            postgres.wait_until(lambda: server.sql("SELECT count(*) FROM pg_locks WHERE relation = 'pg_tablespace'::regclass "
                                                   "AND mode = 'AccessExclusiveLock';").strip() == "1")
        process = self.start("--json", "snapshot", server.data)
        postgres.wait_until(lambda: process.poll() is not None or self.is_held(server))
        self.assertIsNone(process.poll())
        return process, holder


@unittest.skipUnless(NEEDED, "needs a PostgreSQL server")
class Sources(ServerCase):
    """What a snapshot can be taken of."""

    def test_connection_string(self):
        self.begin()
        commit = self.commit("kept")
        for source in (self.connection(self.cluster),
                       f"postgresql://test@/postgres?host={self.cluster.dir}"):
            self.take_snapshot(source=source)
            self.check_rows(self.restored("--immediate"), [commit])

    def test_standby_with_its_primary_named(self):
        self.begin()
        standby = self.cluster.standby(self)
        commit = self.commit("kept")
        self.cluster.wait_for(standby)
        self.take_snapshot("--primary", self.cluster.data, source=standby.data)
        self.cluster.archived()
        self.check_rows(self.restored(), [commit])
        error = self.refused(pitr.USAGE, "usage", "snapshot", self.cluster.data, "--primary", standby.data)
        self.assertIn("is no standby", error["message"])
        error = self.refused(pitr.USAGE, "usage", "snapshot", standby.data, "--primary", standby.data)
        self.assertIn("is a standby itself", error["message"])

    def test_standby_alone_waits_until_the_primary_ends_a_segment(self):
        self.begin()
        standby = self.cluster.standby(self)
        commit = self.commit("kept")
        self.cluster.wait_for(standby)
        process, holder = self.start_and_hold(standby)
        holder.release()
        postgres.wait_until(lambda: not self.is_held(standby))
        self.assertEqual(self.snapshots(), [])
        self.assertIsNone(process.poll())
        self.cluster.archived()
        outcome = self.finish(process)
        self.assertEqual(outcome.code, pitr.OK, outcome)
        self.check_rows(self.restored(), [commit])

    def test_standby_alone_of_an_idle_primary(self):
        self.begin()
        standby = self.cluster.standby(self)
        self.commit("in a segment that does not end")
        self.cluster.wait_for(standby)
        error = self.refused(pitr.UNAVAILABLE, "unavailable", "snapshot", standby.data, "--wait", "1s")
        self.assertIn("--primary", error["hint"])
        self.check_nothing_listed()

    def test_server_that_does_not_archive(self):
        self.begin(archiving=False)
        error = self.refused(pitr.USAGE, "usage", "snapshot", self.cluster.data)
        self.assertIn("archive_command is empty", error["message"])
        self.cluster.configure("archive_mode=off")
        self.cluster.stop()
        self.cluster.start()
        error = self.refused(pitr.USAGE, "usage", "snapshot", self.cluster.data)
        self.assertIn("archive_mode is off", error["message"])
        self.assertIn("archive_command", error["hint"])
        self.check_nothing_listed()

    def test_server_that_cannot_archive(self):
        self.begin()
        self.archive_with("false")
        error = self.refused(pitr.UNAVAILABLE, "unavailable", "snapshot", self.cluster.data, "--wait", "2s")
        self.assertRegex(error["message"], "0000000100000000[0-9A-F]{8} has not been archived within 2 s")
        self.assertIn("archive_command", error["hint"])
        self.check_nothing_listed()
        self.archive_with(self.archive_command())
        self.check_next_one_works()

    def test_server_that_is_down(self):
        self.begin()
        self.cluster.stop()
        self.refused(pitr.UNAVAILABLE, "unavailable", "snapshot", self.cluster.data)
        self.check_nothing_listed()

    def test_server_of_another_repository(self):
        self.begin()
        self.take_snapshot()
        other = postgres.Cluster(self, 1, settings=("archive_command='true'",))
        error = self.refused(pitr.CONFLICT, "log_conflict", "snapshot", other.data)
        self.assertIn("--repo", error["hint"])
        self.assertEqual(len(self.snapshots()), 1)


@unittest.skipUnless(NEEDED, "needs a PostgreSQL server")
class Interrupted(ServerCase):
    """In the middle of a snapshot."""

    def setUp(self):
        super().setUp()
        self.begin()

    def change(self):
        """So that the next snapshot has something to store; what is there already is not stored again."""
        self.cluster.sql("INSERT INTO note SELECT md5(i::text) FROM generate_series(1, 2000) i;")

    def calls(self):
        """How many calls change the repository until a snapshot has become one, which the last of them makes it."""
        log = self.place("calls")
        self.change()
        self.ctl("snapshot", self.cluster.data, env={"LD_PRELOAD": self.library, "MISHAP_LOG": log})
        with open(log, encoding="utf-8") as file:
            calls = [line.split("\t") for line in file]
        return 1 + next(i for i, call in enumerate(calls) if call[0] == "link" and "/snapshots/" in call[-1])

    def try_every_call(self, kind, check):
        self.take_snapshot()
        calls, listed = self.calls(), self.snapshots()
        self.assertGreater(calls, 5)
        for call in self.numbers(calls):
            with self.subTest(call=call, of=calls):
                self.change()
                check(self.with_mishap(call, kind, "snapshot", self.cluster.data))
                self.assertEqual(self.snapshots(), listed)
                self.ctl("validate", "--level", "checksums")
        self.cluster.sql("TRUNCATE note;")
        self.check_next_one_works([self.commit("kept")])

    def check_killed(self, outcome):
        self.assertTrue(self.was_killed(outcome), outcome)

    def check_full(self, outcome):
        self.assertEqual(outcome.code, pitr.FAILED, outcome)
        self.assertIn(os.strerror(errno.ENOSPC), outcome.err)

    def test_killed(self):
        self.try_every_call("kill", self.check_killed)

    def test_killed_in_the_middle_of_a_write(self):
        self.try_every_call("half", self.check_killed)

    def test_disk_full(self):
        self.try_every_call(errno.ENOSPC, self.check_full)

    def test_killed_while_the_server_is_in_backup(self):
        """The server ends the backup by itself."""
        commit = self.commit("kept")
        process, holder = self.start_and_hold()
        process.send_signal(signal.SIGKILL)
        process.wait()
        holder.release()
        self.check_nothing_listed()
        self.check_next_one_works([commit])

    def test_server_killed(self):
        commit = self.commit("kept")
        process, _ = self.start_and_hold()
        self.kill_server()
        outcome = self.finish(process)
        self.assertEqual((outcome.code, outcome.error["code"]), (pitr.UNAVAILABLE, "unavailable"), outcome)
        self.check_nothing_listed()
        self.cluster.start()
        self.check_next_one_works([commit])

    def test_standby_promoted(self):
        standby = self.cluster.standby(self)
        process, _ = self.start_and_hold(standby)
        standby.run("pg_ctl", "-D", standby.data, "-w", "promote")
        outcome = self.finish(process)
        self.assertEqual((outcome.code, outcome.error["code"]), (pitr.UNAVAILABLE, "unavailable"), outcome)
        self.assertIn("promoted", outcome.error["message"])
        self.check_nothing_listed()


@unittest.skipUnless(NEEDED, "needs a PostgreSQL server")
class DamagedPage(ServerCase):
    def test_it_is_named_and_the_snapshot_is_there(self):
        self.begin()
        self.cluster.sql("INSERT INTO note SELECT md5(i::text) FROM generate_series(1, 5000) i;", "CHECKPOINT;")
        path = self.cluster.sql("SELECT pg_relation_filepath('note');").strip()
        self.cluster.run("pg_ctl", "-D", self.cluster.data, "-m", "fast", "-w", "stop")
        with open(os.path.join(self.cluster.data, path), "r+b") as file:
            file.seek(7 * 8192 + 5000)
            byte = file.read(1)[0]
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte ^ 1]))
        self.cluster.start()
        report = self.ctl("--json", "snapshot", self.cluster.data, code=pitr.CORRUPT).json
        self.assertEqual(report["snapshot"]["damaged_pages"], 1)
        self.assertEqual(report["damage"], [f"{path}, block 7"])
        self.assertEqual([s["id"] for s in self.snapshots()], [report["snapshot"]["id"]])
        said = self.ctl("snapshot", self.cluster.data, code=pitr.CORRUPT).says
        self.assertRegex(said, rf"{re.escape(path)}, block 7")
        # It is in the restored cluster as it was.
        with open(os.path.join(self.restored("--immediate"), path), "rb") as file:
            file.seek(7 * 8192 + 5000)
            self.assertEqual(file.read(1)[0], byte ^ 1)


@unittest.skipUnless(NEEDED, "needs a PostgreSQL server")
class RestorePoints(ServerCase):
    def setUp(self):
        super().setUp()
        self.begin()

    def create(self, name, *args):
        return self.ctl_json("restore-point", "create", name, self.cluster.data, *args)

    def test_created_and_archived(self):
        """When the command ends the point can be restored."""
        self.take_snapshot()
        commits = [self.commit("before")]
        report = self.create("before v2")
        self.assertTrue(report["archived"])
        self.assertTrue(report["created"]["logged"])
        self.commit("after")
        self.check_rows(self.restored("--to-restore-point", "before v2"), commits)
        (listed,) = self.ctl_json("list", "restore-points")["restore_points"]
        self.assertEqual((listed["name"], listed["lsn"]), ("before v2", report["created"]["lsn"]))

    def test_created_and_not_waited_for(self):
        self.take_snapshot()
        commits = [self.commit("before")]
        self.archive_with("false")
        report = self.create("v2", "--no-wait")
        self.assertFalse(report["archived"])
        self.commit("after")
        self.refused_restore(pitr.NOT_FOUND, "not_found", "--to-restore-point", "v2")
        self.archive_with(self.archive_command())
        self.cluster.archived()
        self.check_rows(self.restored("--to-restore-point", "v2"), commits)

    def test_created_but_not_archived_in_time(self):
        """The point stands in the log all the same."""
        self.archive_with("false")
        self.refused(pitr.UNAVAILABLE, "unavailable", "restore-point", "create", "v2", self.cluster.data, "--wait", "1s")
        self.archive_with(self.archive_command())
        self.cluster.archived()
        self.assertEqual([p["name"] for p in self.ctl_json("list", "restore-points")["restore_points"]], ["v2"])

    def test_on_a_standby(self):
        standby = self.cluster.standby(self)
        for options in ((), ("--no-wait",)):
            error = self.refused(pitr.USAGE, "usage", "restore-point", "create", "v2", standby.data, *options)
            self.assertRegex(error["message"] + error["hint"], "standby|recovery")


@unittest.skipUnless(NEEDED, "needs a PostgreSQL server")
class AtTheTarget(ServerCase):
    """What the server does when a restore was not run to its end."""

    def setUp(self):
        super().setUp()
        self.begin()
        self.commits = [self.commit("in the snapshot")]
        self.take_snapshot()
        self.snapshot_holds = list(self.commits)
        self.commits += [self.commit(f"row {i}") for i in range(3)]
        self.cluster.archived()
        self.cluster.stop()

    def start_restored(self, *target):
        return postgres.Restored(self, self.cluster, self.restored(*target, replay=False))

    def bodies(self, server):
        return server.sql("SELECT body FROM note ORDER BY body;").splitlines()

    def check_bodies(self, server, commits):
        self.assertEqual(self.bodies(server), sorted(commit.body for commit in commits))

    def test_promote(self):
        server = self.start_restored("--to-xid", self.commits[2].xid)
        postgres.wait_until(lambda: server.sql("SELECT pg_is_in_recovery();").strip() == "f")
        self.check_bodies(server, self.commits[:3])
        server.sql("INSERT INTO note VALUES('goes on');")

    def test_pause(self):
        server = self.start_restored("--to-lsn", self.commits[2].lsn, "--target-action", "pause")
        postgres.wait_until(lambda: server.sql("SELECT pg_get_wal_replay_pause_state();").strip() == "paused")
        self.assertEqual(server.sql("SELECT pg_is_in_recovery();").strip(), "t")
        self.check_bodies(server, self.commits[:3])

    def test_shutdown(self):
        data = self.restored("--to-lsn", self.commits[2].lsn, "--target-action", "shutdown", replay=False)
        try:
            server = postgres.Restored(self, self.cluster, data)
            postgres.wait_until(lambda: not os.path.exists(os.path.join(server.data, "postmaster.pid")))
        except AssertionError as error:  # it was down again before it could say that it was up
            self.assertIn("shutdown at recovery target", str(error))
        control = self.cluster.run("pg_controldata", "-D", data)
        self.assertRegex(control, "cluster state: +shut down in recovery\n")

    def test_immediate(self):
        self.check_rows(self.restored("--immediate"), self.snapshot_holds)


if __name__ == "__main__":
    pitr.main()
