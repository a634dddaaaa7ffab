"""A real PostgreSQL server for a test: a cluster of its own, on a socket of its own, run by a user that is not root."""

import os
import shutil
import subprocess
import tempfile
import time

BINARIES = next((d for d in (f"/usr/lib/postgresql/{v}/bin" for v in (15, 16, 17, 18, 14, 13)) if os.path.isdir(d)), None)


def as_user():
    """What is put before a command so that it does not run as root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]


class Cluster:
    """A database cluster with an archive directory; `case` takes it down at its end."""

    def __init__(self, case, segment_mb=16, settings=()):
        self.place(case)
        self.data, self.archive = os.path.join(self.dir, "data"), os.path.join(self.dir, "archive")
        self.run("initdb", "--no-sync", "--data-checksums", "--auth=trust", "--username=test",
                 f"--wal-segsize={segment_mb}", "-D", self.data)
        self.run("mkdir", self.archive, tool=False)
        self.configure("listen_addresses=''", f"unix_socket_directories='{self.dir}'", "archive_mode=on",
                       f"archive_command='cp %p {self.archive}/%f'", "wal_level=replica", "max_prepared_transactions=10",
                       "fsync=off", *settings)
        self.start()

    @classmethod
    def of_directory(cls, case, data, archive, *settings):
        """The cluster in a directory that a backup or a copy left, not started yet."""
        self = cls.__new__(cls)
        self.place(case)
        self.data, self.archive = data, archive
        self.configure(f"unix_socket_directories='{self.dir}'", "archive_mode=off",
                       f"restore_command='cp {archive}/%f %p'", *settings)
        return self

    def place(self, case):
        # A socket's path must be short.
        self.dir = tempfile.mkdtemp(prefix="pitr-pg-", dir="/tmp")
        if os.geteuid() == 0:
            shutil.chown(self.dir, "postgres", "postgres")
        case.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        case.addCleanup(self.stop)

    def standby(self, case):
        """A standby that follows this primary, and has replayed all that was written until now."""
        copy = os.path.join(self.dir, "standby")
        self.run("pg_basebackup", "-D", copy, "-X", "stream", "-c", "fast", "-R")
        standby = Cluster.of_directory(case, copy, self.archive, "restore_command=''")
        standby.start()
        self.wait_for(standby)
        return standby

    def wait_for(self, standby):
        last = self.sql("SELECT pg_current_wal_lsn();").strip()
        wait_until(lambda: standby.sql(f"SELECT pg_last_wal_replay_lsn() >= '{last}';").strip() == "t")

    def tablespace(self, name):
        """Creates a tablespace and returns its OID."""
        location = os.path.join(self.dir, "space-" + name)
        self.run("mkdir", location, tool=False)
        self.sql(f"CREATE TABLESPACE {name} LOCATION '{location}';")
        return int(self.sql(f"SELECT oid FROM pg_tablespace WHERE spcname = '{name}';"))

    def run(self, program, *args, tool=True, input=None):
        command = [os.path.join(BINARIES, program) if tool else program, *args]
        done = subprocess.run([*as_user(), *command], capture_output=True, text=True, cwd=self.dir, input=input,
                              env={**os.environ, "PGHOST": self.dir, "PGUSER": "test", "PGDATABASE": "postgres",
                                   "LC_ALL": "C", "TZ": "UTC"})
        if done.returncode:
            raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    def start_program(self, program, *args):
        """One of the server's programs, running beside the test."""
        return subprocess.Popen([*as_user(), os.path.join(BINARIES, program), *args], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, cwd=self.dir,
                                env={**os.environ, "PGHOST": self.dir, "PGUSER": "test", "PGDATABASE": "postgres"})

    def configure(self, *settings):
        path = os.path.join(self.data, "postgresql.conf")
        with open(path, "a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in settings)

    @property
    def log(self):
        return self.data + ".log"

    def major(self):
        return int(self.run("postgres", "--version").split()[2].split(".")[0])

    def start(self):
        self.run("pg_ctl", "-D", self.data, "-l", self.log, "-w", "start")

    def stop(self):
        subprocess.run([*as_user(), os.path.join(BINARIES, "pg_ctl"), "-D", self.data, "-m", "immediate", "-w", "stop"],
                       capture_output=True, check=False, cwd=self.dir)

    def sql(self, *statements):
        return self.run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", input="\n".join(statements))

    def archived(self):
        """The segments in the archive, in order, once everything written until now is there."""
        last = self.sql("SELECT pg_walfile_name(pg_switch_wal());").strip()
        wait_until(lambda: self.sql("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver;").strip() >= last)
        return [os.path.join(self.archive, name) for name in sorted(os.listdir(self.archive)) if len(name) == 24]


class Restored(Cluster):
    """A server on a data directory that a restore wrote, with another cluster's socket directory; that cluster is down."""

    def __init__(self, case, origin, data, settings=()):
        self.dir, self.data, self.archive = origin.dir, data, origin.archive
        self.settings = settings
        case.addCleanup(self.stop)
        self.start()

    def start(self):
        options = " ".join(f"-c {setting}" for setting in self.settings)
        try:
            self.run("pg_ctl", "-D", self.data, "-l", self.log, "-o", options, "-w", "start")
        except AssertionError as error:
            with open(self.log, encoding="utf-8") as log:
                raise AssertionError(f"{error}\n{log.read()}") from None


def wait_until(condition, patience=120):
    """A condition that another process brings about."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.02)
