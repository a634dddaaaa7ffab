"""Random targets of a real server's history, over two timeline switches: what is restored is what the database was then.

An oracle notes what a table holds after each step of a workload, and where and when that was. PITRCTL_SEED repeats a run.
"""

import contextlib
import hashlib
import os
import random
import re
import shutil
import unittest

import archiving
import mishaps
import pitr
import postgres

# Per kind of cluster; there are four. Instrumented binaries take a sample.
TARGETS = int(os.environ.get("PITRCTL_TARGETS") or (4 if pitr.SANITIZED else 26))
STEPS = 24


class Step:
    """The database after something happened on a timeline."""

    def __init__(self, timeline, kind, lsn, time, rows, xid=None, name=None):
        self.timeline, self.kind, self.lsn, self.time, self.rows, self.xid, self.name = timeline, kind, lsn, time, rows, xid, name

    def __repr__(self):
        return f"{self.kind} at {self.lsn}, {self.time}, xid {self.xid}, name {self.name}, timeline {self.timeline}"


def number(lsn):
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


class History(archiving.ArchivingCase):
    """A table on three timelines. Subclasses say what kind of cluster it is in."""

    segment_mb = 1
    settings = ()
    prepares = False

    def setUp(self):
        super().setUp()
        self.random = random.Random(pitr.seed())
        self.begin(self.segment_mb, settings=self.settings)
        self.server, self.timeline = self.cluster, 1
        self.rows, self.steps, self.parents, self.last_key = {}, [], {}, 0
        self.prepare_cluster()

    def prepare_cluster(self):
        self.cluster.sql("CREATE TABLE note(id int PRIMARY KEY, body text);")

    def take_snapshot(self):
        """While other clients write."""
        noise = self.server.start_program("pgbench", "-n", "-c", "2", "-t", "50")
        self.addCleanup(pitr.end_process, noise)
        self.ctl("snapshot", self.server.data)
        self.assertEqual(noise.wait(), 0)

    def change(self):
        """One or more statements, and the rows after them."""
        rows = dict(self.rows)
        statements = []
        for _ in range(self.random.randint(1, 3)):
            if rows and self.random.random() < 0.4:
                key = self.random.choice(sorted(rows))
                if self.random.random() < 0.5:
                    del rows[key]
                    statements.append(f"DELETE FROM note WHERE id = {key};")
                    continue
            else:
                self.last_key += 1
                key = self.last_key
            # Some are larger than a page, and cross into the next segment.
            body = f"{self.random.getrandbits(64):016x}" * self.random.choice((1, 1, 40, 3000))
            rows[key] = body
            statements.append(f"INSERT INTO note VALUES({key}, '{body}') ON CONFLICT(id) DO UPDATE SET body = excluded.body;")
        return statements, rows

    def note(self, kind, *statements, rows=None, xid=None, name=None):
        """Runs them in one session and notes where the log is then, and when."""
        out = self.server.sql(*statements, "SELECT pg_current_wal_insert_lsn();",
                              "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"');")
        *first, lsn, moment = out.split()
        if rows is not None:
            self.rows = rows
        if xid is None and kind in ("commit", "rollback"):
            xid = int(first[0])
        self.steps.append(Step(self.timeline, kind, lsn, moment, self.rows, xid, name))

    def step(self):
        kind = self.random.choice(["commit"] * 6 + ["rollback", "point", "prepare" if self.prepares else "commit", "switch"])
        if kind == "point":
            name = f"point {self.random.randint(1, 5)}"
            self.note("point", f"DO $$ BEGIN PERFORM pg_create_restore_point('{name}'); END $$;", name=name)
        elif kind == "switch":
            self.note("switch", "DO $$ BEGIN PERFORM pg_switch_wal(); END $$;")
        elif kind == "rollback":
            statements, _ = self.change()
            self.note(kind, "BEGIN;", "SELECT pg_current_xact_id();", *statements, "ROLLBACK;")
        elif kind == "prepare":
            statements, rows = self.change()
            xid = int(self.server.sql("BEGIN;", "SELECT pg_current_xact_id();", *statements, "PREPARE TRANSACTION 'p';"))
            self.note("prepare")
            self.note("commit", "COMMIT PREPARED 'p';", rows=rows, xid=xid)
        else:
            statements, rows = self.change()
            self.note(kind, "BEGIN;", "SELECT pg_current_xact_id();", *statements, "COMMIT;", rows=rows)

    def live(self, snapshot):
        """A stretch of the history, all of it archived at its end."""
        at = self.random.randrange(STEPS) if snapshot else None
        for i in range(STEPS):
            if i == at:
                self.take_snapshot()
            self.step()
        self.note("point", "DO $$ BEGIN PERFORM pg_create_restore_point('end'); END $$;", name="end")
        self.server.archived()

    def steps_of(self, timeline):
        """The steps on the history of a timeline, oldest first."""
        own = [s for s in self.steps if s.timeline == timeline]
        if timeline not in self.parents:
            return own
        parent, fork = self.parents[timeline]
        return [s for s in self.steps_of(parent) if number(s.lsn) <= fork] + own

    def go_back(self):
        """Another server goes on from a point of this one's history, as a timeline of its own."""
        steps = [s for s in self.steps_of(self.timeline) if s.timeline == self.timeline and self.reachable(s)]
        step = self.random.choice(steps[:-1])
        print("going on from", step, flush=True)
        self.server.stop()
        data = os.path.join(self.cluster.dir, f"timeline-{self.timeline + 1}")
        self.restore(step, "--to-lsn", step.lsn, "--archive", data=data)
        self.server = postgres.Restored(self, self.cluster, data)
        parent, self.timeline = self.timeline, self.timeline + 1
        self.assertEqual(self.server.sql("SELECT timeline_id FROM pg_control_checkpoint();").strip(), str(self.timeline))
        pending = self.server.sql("SELECT gid FROM pg_prepared_xacts;").split()
        self.assertEqual(pending, ["p"] if step.kind == "prepare" else [])
        for name in pending:
            self.server.sql(f"ROLLBACK PREPARED '{name}';")
        # The new timeline may begin before the position, where nothing was written in between.
        self.parents[self.timeline] = (parent, number(step.lsn))
        self.rows = step.rows

    def restore(self, step, *target, data=None, code=pitr.OK):
        data = data or os.path.join(self.cluster.dir, "restored")
        options = ["--delta"] if os.path.exists(os.path.join(data, "PG_VERSION")) else []
        return self.ctl("restore", "--target-dir", data, "--replay", *self.mapping(data), *options, *target, code=code)

    def remove(self, data):
        """A restored cluster."""
        shutil.rmtree(data, ignore_errors=True)

    def mapping(self, data):
        """Options that keep a restored cluster out of the original's tablespaces."""
        return []

    def reachable(self, step):
        return self.first_consistent is not None and number(step.lsn) >= self.first_consistent

    def content(self, data):
        """The table of a cluster that no server runs in."""
        out = self.cluster.run("postgres", "--single", "-D", data, "-c", "fsync=off", "postgres",
                               input="SELECT coalesce(string_agg(id || ':' || md5(body), ',' ORDER BY id), '') AS all FROM note;\n")
        found = re.search(r'all = "(.*)"', out)
        self.assertTrue(found, out)
        return found[1]

    def expected(self, rows):
        return ",".join(f"{key}:{hashlib.md5(body.encode()).hexdigest()}" for key, body in sorted(rows.items()))

    def random_target(self, path):
        """A step, how to ask for it, and the rows to be found."""
        i = self.random.randrange(1, len(path))
        step, before = path[i], path[i - 1]
        timeline = ["--timeline", self.timeline_of_path]
        kind = self.random.choice(["lsn", "time", "xid", "name", "exclusive", "latest"])
        if kind == "xid" and step.xid and step.kind in ("commit", "rollback"):
            return step, ["--to-xid", step.xid, *timeline], step.rows
        if kind == "exclusive" and step.kind == "commit" and before.kind != "prepare" and self.reachable(before):
            return step, ["--to-xid", step.xid, "--exclusive", *timeline], before.rows
        if kind == "name" and step.name:
            lsn = self.lsn_of_point(step)
            return step, ["--to-restore-point", f"{step.name}@{lsn}", *timeline], step.rows
        if kind == "latest":
            return path[-1], ["--to-latest", *timeline], path[-1].rows
        # What is later than all that the log shows is refused.
        if kind == "time" and step is not path[-1]:
            return step, ["--to-time", step.time, *timeline], step.rows
        return step, ["--to-lsn", step.lsn, *timeline], step.rows

    def lsn_of_point(self, step):
        """Where the log says the point is: the last one of its name up to the step."""
        points = [p for p in self.listed_points if p["name"] == step.name and p["timeline"] == step.timeline]
        return max((p["lsn"] for p in points if number(p["lsn"]) <= number(step.lsn)), key=number)

    def run_history(self):
        self.first_consistent = None
        self.server.run("pgbench", "-q", "-i", "-s", "1")
        for _ in range(4):
            self.step()
        self.take_snapshot()
        self.note("taken")
        snapshots = self.ctl_json("list", "snapshots")["snapshots"]
        self.first_consistent = number(snapshots[0]["consistent_lsn"])
        self.live(snapshot=True)
        self.go_back()
        self.live(snapshot=False)
        self.go_back()
        self.live(snapshot=True)
        self.server.stop()
        self.check_whole()
        self.listed_points = self.ctl_json("list", "restore-points")["restore_points"]

    def check(self):
        self.run_history()
        data = os.path.join(self.cluster.dir, "restored")
        for _ in range(TARGETS):
            self.timeline_of_path = self.random.choice((1, 2, 3))
            path = [s for s in self.steps_of(self.timeline_of_path) if self.reachable(s)]
            step, target, rows = self.random_target(path)
            with self.subTest(target=target, step=step):
                if self.random.random() < 0.3:
                    self.remove(data)
                self.restore(step, *target)
                self.assertEqual(self.content(data), self.expected(rows))
        self.refuses_what_the_server_cannot_reach()

    def refuses_what_the_server_cannot_reach(self):
        """And when the server is told to try, it fails."""
        before, last = self.steps[0], self.steps_of(3)[-1]
        beyond = number(last.lsn) + (self.segment_size << 4)
        beyond = f"{beyond >> 32:X}/{beyond & 0xFFFFFFFF:X}"
        for target, code, setting in ((("--to-lsn", before.lsn), pitr.UNREACHABLE, f"recovery_target_lsn = '{before.lsn}'"),
                                      (("--to-lsn", beyond), pitr.UNREACHABLE, f"recovery_target_lsn = '{beyond}'"),
                                      (("--to-time", "2099-01-01T00:00:00Z"), pitr.UNREACHABLE,
                                       "recovery_target_time = '2099-01-01 00:00:00+00'"),
                                      (("--to-xid", 4000000), pitr.NOT_FOUND, "recovery_target_xid = '4000000'"),
                                      (("--to-restore-point", "never"), pitr.NOT_FOUND, "recovery_target_name = 'never'")):
            with self.subTest(target=target):
                self.restore(before, *target, data=os.path.join(self.cluster.dir, "never"), code=code)
                self.assertFalse(os.path.exists(os.path.join(self.cluster.dir, "never")))
                self.server_fails(setting)

    def server_fails(self, setting):
        """A cluster that is to recover to the latest point is told of another target."""
        data = os.path.join(self.cluster.dir, "forced")
        self.remove(data)
        snapshot = self.ctl_json("list", "snapshots")["snapshots"][0]["id"]
        self.ctl("restore", "--target-dir", data, "--snapshot", snapshot, *self.mapping(data))
        conf = os.path.join(data, "postgresql.auto.conf")
        with open(conf, encoding="utf-8") as file:
            # A setting given twice is one; two targets are an error.
            kept = [line for line in file if not line.startswith("recovery_target_lsn")]
        with open(conf, "w", encoding="utf-8") as file:
            file.writelines([*kept, setting + "\n"])
        server = postgres.Cluster.__new__(postgres.Cluster)
        server.dir, server.data = self.cluster.dir, data
        self.addCleanup(server.stop)
        # A standby that is consistent counts as started, whatever becomes of it.
        with contextlib.suppress(AssertionError):
            server.start()
        postgres.wait_until(lambda: not os.path.exists(os.path.join(data, "postmaster.pid")))
        with open(server.log, encoding="utf-8") as log:
            self.assertIn("FATAL:  re", log.read())
        os.remove(server.log)


@unittest.skipUnless(postgres.BINARIES and mishaps.LIBRARY, "needs a PostgreSQL server")
class SmallSegments(History):
    def test_small_segments(self):
        self.check()


@unittest.skipUnless(postgres.BINARIES and mishaps.LIBRARY, "needs a PostgreSQL server")
class UsualSegments(History):
    segment_mb = 16
    prepares = True

    def test_usual_segments_and_prepared_transactions(self):
        self.check()


@unittest.skipUnless(postgres.BINARIES and mishaps.LIBRARY, "needs a PostgreSQL server")
class LargeSegments(History):
    segment_mb = 64
    settings = ("wal_level=logical", "full_page_writes=off")

    def test_large_segments(self):
        self.check()


@unittest.skipUnless(postgres.BINARIES and mishaps.LIBRARY, "needs a PostgreSQL server")
class Tablespaces(History):
    prepares = True

    def prepare_cluster(self):
        self.oids = [self.cluster.tablespace(name) for name in ("one", "two")]
        self.cluster.sql("CREATE TABLE note(id int, body text) TABLESPACE one;",
                         "ALTER TABLE note ADD PRIMARY KEY(id) USING INDEX TABLESPACE two;")

    def mapping(self, data):
        return ["--tablespace", f"one={data}-one", "--tablespace", f"{self.oids[1]}={data}-two"]

    def remove(self, data):
        for directory in (data, f"{data}-one", f"{data}-two"):
            shutil.rmtree(directory, ignore_errors=True)

    def test_tablespaces(self):
        self.check()
