"""PostgreSQL recovers with pitrctl as its restore_command: to the end of the log, and never takes a fault for it."""

import contextlib
import os
import shutil
import signal
import threading
import unittest

import pitr
import postgres

ABSENT, FAILED = 1, 200
SEGMENT = 1 << 20


def is_filler(pid):
    """A fetch in a session of its own."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"\0fetch\0" in file.read() and os.getsid(pid) == pid
    except (FileNotFoundError, ProcessLookupError):
        return False


@unittest.skipUnless(postgres.BINARIES, "needs a PostgreSQL server")
class Recovery(pitr.Case):
    """A cluster, a base backup of it, the log after that, and all of the log in a repository."""

    def setUp(self):
        super().setUp()
        if os.geteuid() == 0:
            os.chmod(self.dir, 0o777)
        self.cluster = postgres.Cluster(self, segment_mb=1)
        self.repo = os.path.join(self.cluster.dir, "repo")
        self.ctl("init", "--engine", "postgresql", wrap=postgres.as_user())
        self.backup = os.path.join(self.cluster.dir, "backup")
        self.cluster.sql("CREATE TABLE note(id serial, body text)")
        self.cluster.run("pg_basebackup", "-D", self.backup, "-X", "none", "--checkpoint=fast", "--no-sync")
        self.rows = 0
        self.write(pitr.scaled(24, 12))
        self.store()

    def write(self, segments):
        """Rows until so many segments are full."""
        for _ in range(segments):
            self.cluster.sql("INSERT INTO note(body) SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 400) i, "
                             "generate_series(1, 30) j GROUP BY j")
            self.rows += 30
            self.cluster.sql("SELECT pg_switch_wal()")

    def store(self):
        """Archives what the server has, and notes the segments."""
        self.segments = [os.path.basename(path) for path in self.cluster.archived()]
        for name in sorted(os.listdir(self.cluster.archive)):
            if not name.endswith(".backup"):
                self.ctl("archive", os.path.join(self.cluster.archive, name), wrap=postgres.as_user())

    def object(self, name):
        number = int(name[8:16], 16) * ((1 << 32) // SEGMENT) + int(name[16:], 16)
        return os.path.join(self.repo, "segments", name[:8].lower(), f"{number:016x}.seg")

    def fetch(self, name, to, *options, code=pitr.OK, **others):
        return self.ctl("fetch", name, to, *options, code=code, wrap=postgres.as_user(), **others)

    def recovering(self, *options, before=""):
        """A server that is about to recover from the backup. `before` is a shell command run before each fetch."""
        self.cluster.stop()
        data = os.path.join(self.cluster.dir, "recovered")
        self.cluster.run("cp", "-a", self.backup, data, tool=False)
        server = postgres.Cluster.of_directory(self, data, self.cluster.archive)
        command = " ".join([pitr.BINARY, "--repo", self.repo, "fetch", *options, "%f", "%p"])
        server.configure(f"restore_command='{before}{command}'", "hot_standby=on")
        server.run("touch", os.path.join(data, "recovery.signal"), tool=False)
        return server

    def refuses(self, server):
        """It does not come up, and has not promoted itself."""
        running, signal = os.path.join(server.data, "postmaster.pid"), os.path.join(server.data, "recovery.signal")
        try:
            server.start()
        except AssertionError:
            pass
        postgres.wait_until(lambda: not os.path.exists(running) or not os.path.exists(signal))
        self.assertTrue(os.path.exists(signal))
        self.assertFalse(os.path.exists(os.path.join(server.data, "pg_wal", "00000002.history")))
        with open(server.log, encoding="utf-8") as log:
            self.assertIn("could not restore file", log.read())

    def opens(self, server):
        """It comes up by itself with all the rows."""
        server.start()
        postgres.wait_until(lambda: server.sql("SELECT pg_is_in_recovery()").strip() == "f")
        self.assertEqual(server.sql("SELECT count(*), count(DISTINCT id) FROM note").strip(), f"{self.rows}|{self.rows}")

    def spool(self, server):
        return os.path.join(server.data, "pg_wal", ".pitrctl-spool")

    def through(self):
        """The position that recovery has to reach: the end of all segments."""
        last = self.segments[-1]
        end = (int(last[8:16], 16) << 32) + (int(last[16:], 16) + 1) * SEGMENT
        return f"{end >> 32:X}/{end & 0xFFFFFFFF:X}"

    def test_the_whole_log_with_and_without_prefetch(self):
        for options in ("--prefetch", "0"), ("--prefetch", "8"), ("--prefetch", "64", "--jobs", "2"):
            with self.subTest(options):
                server = self.recovering(*options)
                self.opens(server)
                self.assertFalse(os.path.exists(self.spool(server)))
                server.stop()
                shutil.rmtree(server.data)
                os.remove(server.log)

    def test_the_spool_is_bounded(self):
        seen = os.path.join(self.cluster.dir, "seen")
        server = self.recovering("--prefetch", "3", before=f"(ls pg_wal/.pitrctl-spool 2>/dev/null | grep -c -v lock >> {seen}); ")
        self.opens(server)
        with open(seen, encoding="utf-8") as file:
            counts = [int(line) for line in file]
        self.assertGreater(max(counts), 0)
        # Three ahead, and what was passed while they came.
        self.assertLessEqual(max(counts), 2 * 3)
        self.assertFalse(os.path.exists(self.spool(server)))

    def test_a_store_that_goes_away_in_mid_recovery(self):
        # Away before the eighth file that is asked for.
        count = os.path.join(self.cluster.dir, "count")
        away = (f"echo >> {count}; if [ $(wc -l < {count}) = 8 ]; then mv {self.repo} {self.repo}.away; fi; ")
        server = self.recovering("--require-through", self.through(), "--timeline", "1", "--prefetch", "2", before=away)
        self.refuses(server)
        os.rename(self.repo + ".away", self.repo)
        self.opens(server)

    def test_a_segment_that_is_lost_in_mid_recovery(self):
        for lost in (self.segments[8], self.segments[-1]):
            with self.subTest(lost):
                server = self.recovering("--require-through", self.through(), "--timeline", "1")
                os.rename(self.object(lost), self.path("kept"))
                self.refuses(server)
                shutil.move(self.path("kept"), self.object(lost))
                self.opens(server)
                server.stop()
                shutil.rmtree(server.data)
                os.remove(server.log)

    def test_a_hole_is_no_end_without_a_plan_either(self):
        server = self.recovering()
        os.rename(self.object(self.segments[8]), self.path("kept"))
        self.refuses(server)
        shutil.move(self.path("kept"), self.object(self.segments[8]))
        self.opens(server)

    def test_a_damaged_object_stops_recovery(self):
        damaged = self.object(self.segments[8])
        with open(damaged, "rb") as file:
            good = file.read()
        bad = bytearray(good)
        bad[len(bad) * 2 // 3] ^= 1
        server = self.recovering()
        with open(damaged, "wb") as file:
            file.write(bad)
        self.refuses(server)
        with open(damaged, "wb") as file:
            file.write(good)
        self.opens(server)

    def test_a_filler_that_is_killed(self):
        """Whoever goes on after its call is killed as soon as it is seen."""
        done, killed = threading.Event(), []

        def kill_fillers():
            while not done.is_set():
                for pid in [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]:
                    if is_filler(pid):
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
                            killed.append(pid)

        killer = threading.Thread(target=kill_fillers)
        killer.start()
        try:
            server = self.recovering("--prefetch", "64", "--jobs", "1")
            self.opens(server)
        finally:
            done.set()
            killer.join()
        self.assertTrue(killed)
        self.assertFalse(os.path.exists(self.spool(server)))

    def test_two_fetches_at_once(self):
        to = os.path.join(self.cluster.dir, "to")
        self.cluster.run("mkdir", to, tool=False)
        for name in self.segments[:8]:
            threads = [threading.Thread(target=self.fetch, args=(name, os.path.join(to, f"{name}-{i}"))) for i in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for i in range(2):
                self.assertEqual(pitr.digest_of_file(os.path.join(to, f"{name}-{i}")),
                                 pitr.digest_of_file(os.path.join(self.cluster.archive, name)))

    def test_history_files_above_and_at_the_planned_timeline(self):
        server = self.recovering()
        self.opens(server)
        server.configure("archive_mode=on", f"archive_command='{pitr.BINARY} --repo {self.repo} archive %p'")
        server.stop()
        server.start()
        history = os.path.join(self.repo, "files", "00000002.history")
        server.sql("INSERT INTO note(body) VALUES('two');", "SELECT pg_switch_wal()")
        postgres.wait_until(lambda: os.path.exists(os.path.join(self.repo, "timelines", "00000002.json")))
        to = os.path.join(self.cluster.dir, "history")
        self.fetch("00000002.history", to, "--timeline", "2", "--prefetch", "0")
        self.assertEqual(pitr.digest_of_file(to), pitr.digest_of_file(os.path.join(server.data, "pg_wal", "00000002.history")))
        self.fetch("00000003.history", to, "--timeline", "2", code=ABSENT)
        self.fetch("00000003.history", to, code=ABSENT)
        os.remove(history)
        self.fetch("00000002.history", to, "--timeline", "1", code=ABSENT)
        self.fetch("00000002.history", to, "--timeline", "2", code=FAILED)
        self.fetch("00000002.history", to, code=FAILED)

    def test_recovery_along_a_fork(self):
        """The log of a promoted server: the second timeline is followed from the backup of the first."""
        server = self.recovering()
        self.opens(server)
        server.configure("archive_mode=on", f"archive_command='{pitr.BINARY} --repo {self.repo} archive %p'")
        server.stop()
        server.start()
        self.cluster = server
        self.write(3)
        last = server.sql("SELECT pg_walfile_name(pg_switch_wal())").strip()
        postgres.wait_until(lambda: os.path.exists(self.object(last)))
        server.run("mv", server.data, server.data + ".first", tool=False)
        server.data += ".first"
        self.opens(self.recovering("--timeline", "2"))

    def test_a_spool_in_which_nothing_can_be_written(self):
        server = self.recovering()
        server.run("mkdir", "-m", "0500", self.spool(server), tool=False)
        self.opens(server)


if __name__ == "__main__":
    pitr.main()
