"""A real server whose archive_command is the binary under test, and a repository that both may write to."""

import os
import shutil
import signal

import mishaps
import pitr
import postgres


def numbers_in(directory):
    return sorted(name for name in os.listdir(directory) if len(name) == 24)


class ArchivingCase(mishaps.MishapCase):
    """Runs everything as the server's user. The raw segments are kept in `cluster.archive` as well, in the order in
    which they came."""

    def begin(self, segment_mb=1, archiving=True, settings=(), compression=None):
        self.cluster = postgres.Cluster(self, segment_mb, settings=("archive_command=''", *settings))
        self.segment_size = segment_mb << 20
        self.repo, self.state = os.path.join(self.cluster.dir, "repo"), os.path.join(self.cluster.dir, "state")
        # The server's user need not be able to reach the directory of the build.
        self.binary, self.library = (self.copied(file) for file in (pitr.BINARY, mishaps.LIBRARY))
        self.ctl("init", "--engine", "postgresql", *(("--compression", compression) if compression else ()))
        self.log = os.path.join(self.cluster.data, "pg_wal")
        if archiving:
            self.archive_with(self.archive_command())

    def copied(self, file):
        to = os.path.join(self.cluster.dir, os.path.basename(file))
        shutil.copy(file, to)
        return to

    def environment(self, **extra):
        return super().environment(**{"PGUSER": "test", **extra})

    def command(self, *args):
        return [*postgres.as_user(), self.binary, *map(str, args)]

    def archive_command(self, env=""):
        # What goes wrong shall go wrong with the segment that is asked for.
        ahead = "--ahead 0" if env else ""
        return f"{env} {self.binary} --quiet --repo {self.repo} archive {ahead} %p && cp %p {self.cluster.archive}/%f"

    def archive_with(self, command, cluster=None):
        """Changes the server's archive_command, which also makes it try again at once."""
        cluster = cluster or self.cluster
        cluster.configure(f"archive_command='{command}'")
        cluster.sql("SELECT pg_reload_conf();")

    def with_mishap(self, number, kind, *args):
        env = {"LD_PRELOAD": self.library, "MISHAP_AT": str(number), "MISHAP_KIND": str(kind)}
        return self.run_ctl(*args, env=env)

    def mishap(self, number, kind):
        """The environment of an archive_command that goes wrong."""
        return f"LD_PRELOAD={self.library} MISHAP_AT={number} MISHAP_KIND={kind}"

    def archive_file(self, name, *args, code=pitr.OK, directory=None):
        """What the server would have done with one file."""
        return self.ctl("--json", "archive", os.path.join(directory or self.log, name), *args, code=code)

    def ready(self):
        """The segments that the server would hand over next."""
        names = os.listdir(os.path.join(self.log, "archive_status"))
        return sorted(name[:24] for name in names if name.endswith(".ready") and len(name) == 30)

    def waiting(self, segments):
        """Makes so many segments wait, of a server that does not archive; their names. They are full to the end."""
        self.cluster.sql("CREATE TABLE IF NOT EXISTS filler(body text);")
        while len(self.ready()) < segments:
            self.cluster.sql("INSERT INTO filler SELECT repeat(md5(i::text), 20) FROM generate_series(1, 1000) i;")
        return self.ready()[:segments]

    def kill_server(self):
        """As a machine that loses its power does, but for its disk."""
        with open(os.path.join(self.cluster.data, "postmaster.pid"), encoding="ascii") as file:
            postmaster = int(file.readline())
        family = [postmaster, *children(postmaster)]
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        postgres.wait_until(lambda: not any(is_alive(pid) for pid in family))
        # Its number may still be that of a process nobody has asked about; after a power loss it would be free.
        os.remove(os.path.join(self.cluster.data, "postmaster.pid"))
        os.remove(os.path.join(self.cluster.dir, ".s.PGSQL.5432.lock"))

    def objects(self, folder):
        """The names of what the repository holds in one of its folders."""
        return pitr.files_under(os.path.join(self.repo, folder))

    def check_whole(self):
        """Nothing is lost, there is no gap, and every record is sound."""
        self.assertTrue(self.ctl_json("validate", "--level", "records")["healthy"])
        self.assertEqual(self.ctl_json("list", "segments")["truncated"], False)
        self.assertEqual(self.ctl_json("list")["gaps"], [])


def children(pid):
    """Of a process, and theirs."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and parent_of(int(entry)) == pid:
            found += [int(entry), *children(int(entry))]
    return found


def parent_of(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_alive(pid):
    """A process that has ended and waits for its parent to hear of it is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
