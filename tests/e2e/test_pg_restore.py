"""Clusters that the engine restores from a base backup and the log end exactly at their target, by the server's own word."""

import json
import os
import re
import shutil
import subprocess
import unittest

import pitr
import postgres

RESTORE = os.environ.get("PITRCTL_RESTORE_CLUSTER", "")
RECORDS = os.environ.get("PITRCTL_WAL_RECORDS", "")


def number(lsn):
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def text(lsn):
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


class Record:
    """A record of the log, as the engine's reader lists them."""

    def __init__(self, line):
        words = line.split()
        self.start, self.xid = number(words[0]), int(words[2])
        self.commits = int(words[6]) if words[5:6] == ["commit"] else None


class Backup:
    """A base backup of a cluster, and what a snapshot of it would say."""

    def __init__(self, cluster, *options):
        self.cluster, self.dir = cluster, os.path.join(cluster.dir, "backup")
        cluster.run("pg_basebackup", "-D", self.dir, "-X", "none", "--checkpoint=fast", "--no-sync", *options)
        with open(os.path.join(self.dir, "backup_manifest"), encoding="utf-8") as file:
            log = json.load(file)["WAL-Ranges"][0]
        self.start, self.consistent = log["Start-LSN"], log["End-LSN"]
        control = cluster.run("pg_controldata", "-D", cluster.data)
        self.data = {
            "system_identifier": re.search(r"system identifier: +(\d+)", control)[1], "version": cluster.major(),
            "segment_size": int(re.search(r"Bytes per WAL segment: +(\d+)", control)[1]), "checksums": True, "mode": 0o700,
            "directories": [], "tablespaces": [], "from_standby": False, "damaged_pages": {"count": 0, "first": []}}


@unittest.skipUnless(postgres.BINARIES and RESTORE, "needs a PostgreSQL server")
class Restores(pitr.Case):
    def setUp(self):
        super().setUp()
        self.cluster = postgres.Cluster(self, segment_mb=1)
        self.cluster.sql("CREATE TABLE note(xid xid8 DEFAULT pg_current_xact_id(), body text)")
        self.write(20)

    def write(self, commits):
        """Commits, each of which leaves its number, and others that leave nothing."""
        self.cluster.sql(*(f"INSERT INTO note(body) SELECT string_agg(md5(i::text), '') FROM generate_series(1, {i * 97 % 999}) i;"
                           "BEGIN; INSERT INTO note DEFAULT VALUES; ROLLBACK;" for i in range(commits)))

    def records(self, segments):
        listed = subprocess.run([RECORDS, *segments], capture_output=True, text=True, check=True).stdout
        return [Record(line) for line in listed.splitlines()]

    def log_from(self, backup, timeline=1, stop=1 << 64):
        """The segments that a plan would name: the newest timeline's where several have one."""
        by_place = {}
        for name in sorted(os.listdir(self.cluster.archive)):
            if len(name) == 24 and int(name[:8], 16) <= timeline:
                by_place[name[8:]] = os.path.join(self.cluster.archive, name)
        size = backup.data["segment_size"]

        def start(place):
            return (int(place[:8], 16) << 32) + int(place[8:], 16) * size
        return [path for place, path in sorted(by_place.items()) if number(backup.start) // size * size <= start(place) < stop]

    def request(self, backup, stop, **options):
        """What restore_cluster is asked for: by default the target, in a fresh directory."""
        fresh = os.path.join(self.cluster.dir, f"restored-{stop:X}-{len(os.listdir(self.cluster.dir))}")
        request = {"backup": backup.dir, "engine_data": backup.data, "start": backup.start, "consistent": backup.consistent,
                   "stop": text(stop), "timeline": 1, "target": fresh,
                   "fetch": ["/bin/sh", "-c", 'cp "$0/$1" "$2"', self.cluster.archive], **options}
        request.setdefault("segments", self.log_from(backup, request["timeline"], max(stop, number(backup.consistent))))
        self.target = request["target"]
        return request

    def restore(self, backup, stop, code=0, **options):
        """Restores; the directory, or what was said against it."""
        path = self.path("request.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.request(backup, stop, **options), file)
        done = subprocess.run([RESTORE, path], capture_output=True, text=True, check=False, env=self.environment())
        self.assertEqual(done.returncode, code, done.stderr)
        self.phases = done.stderr.split()
        if code:
            return done.stderr
        self.done = json.loads(done.stdout)
        return self.target

    def restored(self, target, *settings):
        """The server on a restored directory, once it has recovered."""
        server = postgres.Restored(self, self.cluster, target, settings)
        postgres.wait_until(lambda: server.sql("SELECT pg_is_in_recovery()").strip() == "f")
        return server

    def check_content(self, server, records, stop):
        """Every commit up to the target is there, no later one, and the new timeline begins where the last one ends."""
        kept = [record for record in records if record.start < stop]
        expected = {record.commits for record in kept} - {None}
        there = {int(xid) for xid in server.sql("SELECT xid FROM note").split()}
        first = min(record.commits for record in records if record.commits)
        self.assertEqual({xid for xid in there if xid >= first}, expected & self.notes)
        self.assertEqual(server.sql("SELECT count(*) FROM note WHERE xid::text::bigint < " + str(first)).strip(),
                         str(len({xid for xid in self.notes if xid < first})))

    def ended_at(self, server, timeline=2):
        with open(os.path.join(server.data, "pg_wal", f"{timeline:08X}.history"), encoding="utf-8") as file:
            return number(file.read().strip().splitlines()[-1].split()[1])

    def archive_all(self):
        self.notes = {int(xid) for xid in self.cluster.sql("SELECT xid FROM note").split()}
        return self.cluster.archived()

    def test_ends_exactly_at_the_target(self):
        backup = Backup(self.cluster)
        self.write(40)
        self.cluster.sql("SELECT pg_logical_emit_message(true, 'large', repeat('m', 2500000))")
        self.write(3)
        self.archive_all()
        self.write(3)
        self.archive_all()
        self.cluster.stop()
        records = self.records(self.log_from(backup))
        size = backup.data["segment_size"]
        after = [i for i, record in enumerate(records) if record.start >= number(backup.consistent)]
        commits = [i for i in after if records[i].commits]
        crossing = [i for i in after[:-1] if records[i].start // size != records[i + 1].start // size]
        places = {commits[0], commits[len(commits) // 2], *crossing[:3], crossing[-1], after[0] - 1}
        stops = {records[i + 1].start for i in places} | {records[commits[5]].start + 8}
        stops |= {number(backup.consistent), number(backup.start), (records[-1].start // size + 1) * size}
        stops |= {records[crossing[-1]].start + 1000, records[crossing[-1] + 1].start // size * size}
        for stop in sorted(stops):
            with self.subTest(stop=text(stop)):
                last = max(stop, number(backup.consistent))
                server = self.restored(self.restore(backup, stop))
                ends = [following.start for following in records[1:] if following.start <= last]
                # A record ends where the next begins, or, at the end of a page, before that one's header.
                self.assertIn(self.ended_at(server), (max(ends), last, max(ends) // 8192 * 8192))
                self.check_content(server, records, self.ended_at(server))
                server.stop()
                shutil.rmtree(server.data)

    def test_a_child_timeline_after_a_fork(self):
        backup = Backup(self.cluster)
        self.write(10)
        self.archive_all()
        self.write(10)
        self.cluster.archived()
        self.cluster.stop()
        records = self.records(self.log_from(backup))
        fork = [record.start for record in records if record.commits][7]
        child = self.restored(self.restore(backup, fork, keeps_archiving=True))
        notes_before = child.sql("SELECT count(*) FROM note").strip()
        child.sql("INSERT INTO note(body) VALUES('on the child')")
        stop = number(child.sql("SELECT pg_current_wal_insert_lsn()").strip())
        child.sql("INSERT INTO note(body) VALUES('dropped')")
        child.archived()
        child.stop()
        server = self.restored(self.restore(backup, stop, timeline=2))
        self.assertEqual(server.sql("SELECT count(*) FROM note WHERE body <> 'on the child' OR body IS NULL").strip(), notes_before)
        self.assertEqual(server.sql("SELECT count(*) FROM note WHERE body IN ('on the child', 'dropped')").strip(), "1")
        self.assertEqual(self.ended_at(server, timeline=3), stop)

    def test_settings_outdo_old_ones_and_any_path_can_be_quoted(self):
        archive = os.path.join(self.cluster.dir, "it's a \\ 100%f \"$HOME\" \n archive")
        backup = Backup(self.cluster)
        with open(os.path.join(backup.dir, "postgresql.auto.conf"), "a", encoding="utf-8") as file:
            file.write("recovery_target_time = '2001-01-01 00:00:00'\nrecovery_min_apply_delay = '1d'\n"
                       "primary_conninfo = 'host=nowhere'\nrestore_command = 'false'\nwork_mem = '7MB'")
        with open(os.path.join(backup.dir, "standby.signal"), "w", encoding="utf-8"):
            pass
        self.write(3)
        self.archive_all()
        self.cluster.stop()
        os.symlink(self.cluster.archive, archive)
        records = self.records(self.log_from(backup))
        server = self.restored(self.restore(backup, records[-3].start, fetch=["/bin/sh", "-c", 'cp "$0/$1" "$2"', archive]))
        self.check_content(server, records, records[-3].start)
        self.assertEqual(server.sql("SHOW work_mem; SHOW archive_mode;").split(), ["7MB", "off"])

    def test_tablespaces_go_where_they_are_told(self):
        places = {name: os.path.join(self.cluster.dir, name) for name in ("fast", "copied", "moved")}
        self.cluster.run("mkdir", places["fast"], tool=False)
        self.cluster.sql(f"CREATE TABLESPACE fast LOCATION '{places['fast']}';", "ALTER TABLE note SET TABLESPACE fast;")
        backup = Backup(self.cluster, f"--tablespace-mapping={places['fast']}={places['copied']}")
        oid = int(self.cluster.sql("SELECT oid FROM pg_tablespace WHERE spcname = 'fast'"))
        backup.data["tablespaces"] = [{"oid": oid, "name": "fast", "location": places["fast"]}]
        self.write(5)
        self.archive_all()
        self.cluster.stop()
        stop = number(backup.consistent)
        records = self.records(self.log_from(backup))
        self.assertIn("is not empty", self.restore(backup, stop, code=1))
        target = self.restore(backup, records[-2].start, tablespaces={"fast": places["moved"]})
        self.assertEqual(os.readlink(os.path.join(target, "pg_tblspc", str(oid))), places["moved"])
        server = self.restored(target)
        self.check_content(server, records, records[-2].start)
        self.assertTrue(server.sql("SELECT pg_relation_filepath('note')").startswith(f"pg_tblspc/{oid}/"))

    def test_the_server_is_run_until_it_is_there(self):
        backup = Backup(self.cluster)
        self.write(10)
        self.archive_all()
        self.cluster.stop()
        records = self.records(self.log_from(backup))
        stop = records[-5].start
        target = self.restore(backup, stop, replays=True)
        self.assertIn("recovery", self.phases)
        control = self.cluster.run("pg_controldata", "-D", target)
        self.assertRegex(control, "cluster state: +shut down\n")
        self.assertRegex(control, "Latest checkpoint's TimeLineID: +2\n")
        left = set(os.listdir(target))
        self.assertFalse(left & {"recovery.signal", "postmaster.pid", "backup_label", ".pitrctl-restore"}, left)
        with open(os.path.join(target, "postgresql.auto.conf"), encoding="utf-8") as file:
            settings = [line for line in file if line[0] != "#"]
        self.assertEqual(settings, ["archive_mode = 'off'\n"])
        server = self.restored(target)
        self.check_content(server, records, stop)
        self.assertEqual(self.ended_at(server), stop)
        with open(server.log, encoding="utf-8") as log:
            self.assertNotIn("archive recovery", log.read())

    def test_a_server_that_shall_not_be_promoted_is_left_in_recovery_at_the_target(self):
        backup = Backup(self.cluster)
        self.write(10)
        self.archive_all()
        self.cluster.stop()
        records = self.records(self.log_from(backup))
        stop = records[-5].start
        target = self.restore(backup, stop, replays=True, action="pause")
        self.assertRegex(self.cluster.run("pg_controldata", "-D", target), "cluster state: +shut down in recovery\n")
        server = postgres.Restored(self, self.cluster, target)
        postgres.wait_until(lambda: server.sql("SELECT pg_get_wal_replay_pause_state()").strip() == "paused")
        self.assertEqual(number(server.sql("SELECT pg_last_wal_replay_lsn()").strip()), stop)
        self.check_content(server, records, stop)

    def test_a_server_without_its_own_configuration_is_run_all_the_same(self):
        self.cluster.stop()
        self.cluster.configure("max_prepared_transactions=20", "max_connections=150")
        self.cluster.start()
        self.cluster.sql("BEGIN; CREATE TABLE prepared(a int); PREPARE TRANSACTION 'one';")
        backup = Backup(self.cluster)
        os.remove(os.path.join(backup.dir, "postgresql.conf"))
        self.write(3)
        self.archive_all()
        self.cluster.stop()
        target = self.restore(backup, self.records(self.log_from(backup))[-2].start, replays=True)
        shutil.copy(os.path.join(self.cluster.data, "postgresql.conf"), target)
        shutil.chown(os.path.join(target, "postgresql.conf"), "postgres" if not os.geteuid() else None)
        server = self.restored(target)
        server.sql("COMMIT PREPARED 'one'; SELECT * FROM prepared;")

    def test_a_server_that_cannot_recover_is_reported_with_its_own_words(self):
        backup = Backup(self.cluster)
        self.write(10)
        self.archive_all()
        self.cluster.stop()
        stop = self.records(self.log_from(backup))[-2].start
        said = self.restore(backup, stop, code=1, replays=True, fetch=["/bin/false"])
        self.assertIn("FATAL:  could not locate required checkpoint record", said)
        said = self.restore(backup, stop, code=1, replays=True, fetch=["/bin/sh", "-c", "exit 200"])
        self.assertIn("FATAL:  could not restore file", said)

    def test_a_server_of_another_version_is_refused_before_anything_is_written(self):
        backup = Backup(self.cluster)
        self.cluster.stop()
        backup.data["version"] = 13
        for options in ({"replays": True}, {"binaries": postgres.BINARIES}):
            target = os.path.join(self.cluster.dir, "never")
            said = self.restore(backup, number(backup.consistent), code=1, target=target, segments=[], **options)
            self.assertIn(f"version {self.cluster.major()}", said)
            self.assertIn("usage:", said)
            self.assertFalse(os.path.exists(target))

    def test_the_server_ends_when_the_restore_is_killed(self):
        backup = Backup(self.cluster)
        self.write(3)
        self.archive_all()
        self.cluster.stop()
        flag = os.path.join(self.cluster.dir, "fetching")
        with open(self.path("request.json"), "w", encoding="utf-8") as file:
            json.dump(self.request(backup, number(backup.consistent), replays=True,
                                   fetch=["/bin/sh", "-c", f"echo $$ > {flag}.new; mv {flag}.new {flag}; exec sleep 1000"]), file)
        process = subprocess.Popen([RESTORE, self.path("request.json")], env=self.environment(), stderr=subprocess.DEVNULL)
        self.addCleanup(pitr.end_process, process)
        postgres.wait_until(lambda: os.path.exists(flag))
        pid_file = os.path.join(self.target, "postmaster.pid")
        with open(pid_file, encoding="utf-8") as file:
            server = int(file.readline())
        process.kill()
        process.wait()
        postgres.wait_until(lambda: not os.path.exists(f"/proc/{server}"))

    def used_cluster(self, stop_from_end=2):
        """A backup, a target, and a directory that a cluster restored from it has gone on in, with a tablespace."""
        places = {name: os.path.join(self.cluster.dir, name) for name in ("fast", "copied", "moved", "other")}
        self.cluster.run("mkdir", places["fast"], places["other"], tool=False)
        self.cluster.sql(f"CREATE TABLESPACE fast LOCATION '{places['fast']}';",
                         "CREATE TABLE filler TABLESPACE fast AS SELECT i, md5(i::text) FROM generate_series(1, 50000) i;")
        backup = Backup(self.cluster, f"--tablespace-mapping={places['fast']}={places['copied']}")
        oid = int(self.cluster.sql("SELECT oid FROM pg_tablespace WHERE spcname = 'fast'"))
        backup.data["tablespaces"] = [{"oid": oid, "name": "fast", "location": places["fast"]}]
        self.write(10)
        self.archive_all()
        self.cluster.stop()
        records = self.records(self.log_from(backup))
        stop = records[-stop_from_end].start
        target = self.restore(backup, stop, tablespaces={"fast": places["moved"]}, replays=True)
        server = postgres.Restored(self, self.cluster, target)
        server.sql("CREATE TABLE later TABLESPACE fast AS TABLE filler;", "DROP TABLE note;", "CREATE TABLE note(i int);",
                   "UPDATE filler SET i = -i WHERE i = 7;", f"CREATE TABLESPACE other LOCATION '{places['other']}';",
                   "CREATE TABLE elsewhere(i int) TABLESPACE other;")
        server.run("pg_ctl", "-D", target, "-w", "-m", "fast", "stop")
        return backup, stop, target, records, {"tablespaces": {"fast": places["moved"]}, "target": target, "delta": True}

    def test_delta_changes_a_cluster_into_the_snapshots_and_no_more(self):
        backup, stop, target, records, options = self.used_cluster()
        outside = os.path.join(self.cluster.dir, "outside")
        self.cluster.run("mkdir", outside, os.path.join(target, "mine"), tool=False)
        for path in (outside + "/kept", target + "/mine/x", target + "/base/notes", target + "/base/1/123x"):
            self.cluster.run("touch", path, tool=False)
        self.cluster.run("ln", "-s", outside, target + "/linked", tool=False)
        before = sorted(os.listdir(target))
        said = self.restore(backup, stop, code=1, **options)
        foreign = {line[9:] for line in said.splitlines() if line.startswith("foreign: ")}
        self.assertEqual(foreign, {f"{target}/mine (a directory)", f"{target}/base/notes", f"{target}/base/1/123x",
                                   f"{target}/linked (a symbolic link)"})
        self.assertEqual(sorted(os.listdir(target)), before)
        self.assertTrue(os.path.exists(target + "/global/pg_control"))
        self.restore(backup, stop, force=True, **options)
        self.assertLess(self.done["written_bytes"], self.done["size"] / 4)
        self.assertGreater(self.done["compared_bytes"], self.done["size"] / 2)
        self.assertTrue(os.path.exists(outside + "/kept"))
        self.assertFalse({"mine", "linked", ".pitrctl-restore"} & set(os.listdir(target)))
        self.assertEqual(os.listdir(target + "/pg_wal"), ["archive_status"])
        server = self.restored(target)
        self.check_content(server, records, stop)
        self.assertEqual(server.sql("SELECT count(*), min(i) FROM filler; SELECT to_regclass('later');").split(), ["50000|1"])
        self.assertEqual(len(os.listdir(os.path.join(self.cluster.dir, "other"))), 1)

    def test_delta_refuses_what_is_not_its_cluster(self):
        backup, stop, target, _, options = self.used_cluster()
        self.assertIn("conflict: ", self.restore(backup, stop, code=1, **{**options, "tablespaces": {}}))
        self.assertIn("is not the directory of tablespace fast",
                      self.restore(backup, stop, code=1, **{**options, "tablespaces": {"fast": backup.dir}}))
        backup.data["system_identifier"] = "1"
        self.assertIn("another cluster", self.restore(backup, stop, code=1, **options))
        server = postgres.Restored(self, self.cluster, target)
        self.assertIn("a server is running", self.restore(backup, stop, code=1, force=True, **options))
        self.assertEqual(server.sql("SELECT count(*) FROM later").strip(), "50000")

    def test_a_delta_that_is_killed_leaves_nothing_that_starts_and_can_be_taken_up_again(self):
        backup, stop, target, records, options = self.used_cluster()
        control = os.path.join(target, "global", "pg_control")
        with open(self.path("request.json"), "w", encoding="utf-8") as file:
            json.dump(self.request(backup, stop, **options), file)
        for _ in range(3):
            process = subprocess.Popen([RESTORE, self.path("request.json")], env=self.environment(), stderr=subprocess.DEVNULL)
            postgres.wait_until(lambda: not os.path.exists(control))
            process.kill()
            process.wait()
            self.assertFalse(os.path.exists(control))
            with self.assertRaises(AssertionError):
                postgres.Restored(self, self.cluster, target)
        self.restore(backup, stop, **options)
        self.check_content(self.restored(target), records, stop)

    def test_a_restore_that_is_killed_leaves_nothing_that_starts_and_the_next_one_clears_it(self):
        backup = Backup(self.cluster)
        self.write(3)
        self.archive_all()
        self.cluster.stop()
        request = self.request(backup, number(backup.consistent))
        with open(self.path("request.json"), "w", encoding="utf-8") as file:
            json.dump(request, file)
        staging = os.path.join(self.target, ".pitrctl-restore")
        for sign in ("base/1", "pg_wal", "recovery.signal", "publication.json"):
            process = subprocess.Popen([RESTORE, self.path("request.json")], env=self.environment(), stderr=subprocess.DEVNULL)
            postgres.wait_until(lambda: os.path.exists(os.path.join(staging, sign)) or process.poll() is not None)
            process.kill()
            process.wait()
            if os.path.exists(os.path.join(self.target, "global", "pg_control")):
                break  # it was faster
        else:
            self.restore(backup, number(backup.consistent), target=self.target)
        self.restored(self.target)


if __name__ == "__main__":
    pitr.main()
