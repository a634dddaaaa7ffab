#!/usr/bin/env python3
"""PostgreSQL's log and snapshots, side by side with pgBackRest: the same server, the same segments, the same disk.

  tests/bench/postgresql.py [--scale N] [--segments N] [--jobs N]

Both compress with zstd, each at its default level. As root, everything is done by the user postgres, and pgBackRest is
installed where apt-get can. Times count until the last process is gone that a command left in the background.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys

import bench

BINARIES = next((d for d in (f"/usr/lib/postgresql/{v}/bin" for v in (15, 16, 17, 18, 14, 13)) if os.path.isdir(d)), None)
IS_ROOT = os.geteuid() == 0
AS_USER = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if IS_ROOT else []

# One process per segment, and the next one only after the first has said that it is done, as PostgreSQL does it.
ARCHIVE_LOOP = """cd "$1" || exit 1; shift
for file in pg_wal/0*; do
  "$@" "$file" || exit 1
  mv "pg_wal/archive_status/${file##*/}.ready" "pg_wal/archive_status/${file##*/}.done"
done"""
FETCH_LOOP = """cd "$1" || exit 1; source=$2; shift 2
for file in "$source"/0*; do
  "$@" "${file##*/}" pg_wal/RECOVERYXLOG || exit 1
  mv pg_wal/RECOVERYXLOG last
done
cmp last "$file" """


def run(*command, check=True, **options):
    done = subprocess.run([*AS_USER, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          **options)
    if check and done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def fresh_directory(path, mode="755"):
    shutil.rmtree(path, ignore_errors=True)
    run("mkdir", "-p", "-m", mode, path)


def write_file(path, text, mode=0o644):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path + ".new", mode)
    if IS_ROOT:
        shutil.chown(path + ".new", "postgres", "postgres")
    os.rename(path + ".new", path)


class Run:
    def __init__(self, wall, cpu, memory):
        self.wall, self.cpu, self.memory = wall, cpu, memory


def median_of(runs):
    return Run(*(statistics.median(getattr(run, name) for run in runs) for name in ("wall", "cpu", "memory")))


class Server:
    """A cluster with a log of an OLTP load whose bytes are no blanks; every finished segment is kept in `log`."""

    def __init__(self, place):
        self.data, self.log, self.socket = (place.join(name) for name in ("data", "log", "socket"))
        self.archiver = place.join("archiver")
        for path in (self.log, self.socket):
            fresh_directory(path)
        self.archive_with(None)
        run(f"{BINARIES}/initdb", "-D", self.data, "--data-checksums", "-E", "UTF8", "--locale=C", "-U", "postgres")
        with open(f"{self.data}/postgresql.conf", "a", encoding="utf-8") as file:
            file.write(f"""
listen_addresses = ''
unix_socket_directories = '{self.socket}'
shared_buffers = 512MB
max_wal_size = 1GB
checkpoint_timeout = 60s
synchronous_commit = off
timezone = 'UTC'
archive_mode = on
archive_command = '{self.archiver} %p %f  # pgbackrest archive-push'
""")
        run(f"{BINARIES}/pg_ctl", "-D", self.data, "-l", place.join("server.log"), "-w", "start")

    def stop(self):
        run(f"{BINARIES}/pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop", check=False)

    def archive_with(self, command):
        """What archives from now on: a command that a segment's path is put behind, or nothing."""
        write_file(self.archiver, f"""#!/bin/sh
case "$2" in *.*) ;; *) test -e "{self.log}/$2" || {{ cp "$1" "{self.log}/.$2" && mv "{self.log}/.$2" "{self.log}/$2"; }};; esac
{command + ' "$1"' if command else 'exit 0'}
""", 0o755)

    def sql(self, *statements):
        options = [option for statement in statements for option in ("-c", statement)]
        return run(f"{BINARIES}/psql", "-XqAt", "-h", self.socket, "-U", "postgres", "-d", "postgres", *options).strip()

    def pgbench(self, *options):
        run(f"{BINARIES}/pgbench", "-h", self.socket, "-U", "postgres", *options, "postgres")

    def load(self, place, scale):
        self.pgbench("-i", "-q", "-s", str(scale))
        self.sql("ALTER TABLE pgbench_accounts SET (autovacuum_enabled = off)",
                 "UPDATE pgbench_accounts SET filler = md5(random()::text) || ' city=Springfield zip=' || "
                 "substr(md5(random()::text), 1, 16) || ' state=active'",
                 "VACUUM FULL ANALYZE pgbench_accounts",
                 "CREATE TABLE event(id bigserial PRIMARY KEY, at timestamptz DEFAULT now(), who int, body text)")
        self.script = place.join("event.sql")
        write_file(self.script, """\\set who random(1, 100000)
INSERT INTO event(who, body) SELECT :who, md5(random()::text) || ' {"k":' || (random() * 1e6)::int ||
  ',"path":"/api/v1/items/' || (random() * 1e4)::int || '","agent":"Mozilla/5.0 (X11)"} ' || md5(random()::text);
""")
        self.end_segment()
        for name in os.listdir(self.log):
            os.remove(os.path.join(self.log, name))

    def end_segment(self):
        """And waits until it is archived."""
        name = self.sql("SELECT pg_walfile_name(pg_switch_wal())")
        while self.sql("SELECT coalesce(max(last_archived_wal), '') FROM pg_stat_archiver") < name:
            pass

    def write(self, *options):
        self.pgbench("-n", "-c", "4", "-j", "2", "-b", "tpcb-like@3", "-f", self.script + "@1", *options)

    def write_segments(self, count):
        while len(self.segments()) < count:
            self.write("-T", "3")
        self.end_segment()

    def segments(self):
        return sorted(name for name in os.listdir(self.log) if not name.startswith("."))


class Ours:
    name = "pitrctl"

    def __init__(self, place, jobs):
        self.repo = place.join("repo")
        self.binary = place.join("pitrctl")
        shutil.copy(place.binary, self.binary)
        self.jobs = ["--jobs", str(jobs)]

    def ctl(self, *args):
        return [self.binary, "--quiet", "--repo", self.repo, *args]

    def begin(self):
        shutil.rmtree(self.repo, ignore_errors=True)
        run(*self.ctl("init", "--engine", "postgresql"))

    def prepare_fetch(self):
        pass

    def archive(self, _, ahead=False):
        return self.ctl(*(self.jobs if ahead else []), "archive", "--ahead", "16" if ahead else "0")

    def fetch(self, _, ahead=False):
        return self.ctl(*(self.jobs if ahead else []), "fetch", "--prefetch", "8" if ahead else "0")

    def snapshot(self, server, _):
        return self.ctl(*self.jobs, "snapshot", server.data)

    def restore(self, directory, delta):
        return self.ctl(*self.jobs, "restore", "--target-dir", directory, *(["--delta"] if delta else []))

    def verify(self, level):
        return self.ctl(*self.jobs, "validate", "--level", level)

    def list(self):
        return self.ctl("--json", "list")


class PgBackRest:
    name = "pgBackRest"

    def __init__(self, place, jobs, server, level):
        self.repo, self.spool, self.config = place.join("peer"), place.join("peer-spool"), place.join("pgbackrest.conf")
        self.jobs = [f"--process-max={jobs}"]
        level = f"compress-level={level}\n" if level else ""
        write_file(self.config, f"""[global]
repo1-path={self.repo}
lock-path={place.join("peer-lock")}
log-path={place.join("peer-log")}
spool-path={self.spool}
log-level-file=off
start-fast=y
compress-type=zst
{level}[main]
pg1-path={server.data}
pg1-socket-path={server.socket}
pg1-user=postgres
""")
        self.version = run("pgbackrest", "version").split()[1]

    def ctl(self, *args):
        return ["pgbackrest", f"--config={self.config}", "--stanza=main", *args]

    def begin(self):
        for path in (self.repo, self.spool):
            fresh_directory(path)
        run(*self.ctl("stanza-create"))

    def prepare_fetch(self):
        fresh_directory(self.spool)

    def of_directory(self, data, ahead):
        return ["--pg1-path=" + data, *(["--archive-async", *self.jobs] if ahead else [])]

    def archive(self, data, ahead=False):
        return self.ctl(*self.of_directory(data, ahead), "archive-push")

    def fetch(self, data, ahead=False):
        return self.ctl(*self.of_directory(data, ahead), "archive-get")

    def snapshot(self, server, first):
        return self.ctl(*self.jobs, "--type=full" if first else "--type=incr", "--repo1-retention-full=9999999", "backup")

    def restore(self, directory, delta):
        return self.ctl(*self.jobs, "--pg1-path=" + directory, *(["--delta"] if delta else []), "restore")

    def verify(self, _):
        return self.ctl(*self.jobs, "verify")

    def list(self):
        return self.ctl("--output=json", "info")


class Comparison:
    def __init__(self, place, server, tools, options):
        self.place, self.server, self.tools, self.options = place, server, tools, options
        self.directory = place.join("fake")
        self.names = server.segments()[:options.segments]
        self.sources = place.join("segments")
        fresh_directory(self.sources)
        for name in self.names:
            os.link(os.path.join(server.log, name), os.path.join(self.sources, name))
        self.rows = [("", "wall s", "CPU s", "memory", *("peer " + name for name in ("wall s", "CPU s", "memory")), "wall",
                      "CPU")]
        self.sizes = [("stored", *(tool.name for tool in tools), "ratio")]

    def measure(self, command):
        output = self.place.join("output")
        done = subprocess.run([sys.executable, os.path.join(bench.HERE, "reaper.py"), output, *AS_USER, *command],
                              stdout=subprocess.PIPE, text=True, check=True)
        taken = json.loads(done.stdout)
        if taken.pop("code"):
            with open(output, encoding="utf-8", errors="replace") as file:
                sys.exit(f"{' '.join(command)} failed:\n{file.read()}")
        return Run(**taken)

    def compare(self, name, prepare, command, repeat=None):
        """Both in turn, several times; `prepare` and `command` are given the tool."""
        runs = {tool: [] for tool in self.tools}
        for _ in range(repeat or self.options.repeat):
            for tool in self.tools:
                prepare(tool)
                os.sync()
                runs[tool].append(self.measure(command(tool)))
        ours, theirs = (median_of(runs[tool]) for tool in self.tools)
        cells = [cell for run in (ours, theirs) for cell in (f"{run.wall:.2f}", f"{run.cpu:.2f}", f"{run.memory:.0f} MB")]
        self.rows.append((name, *cells, f"{ours.wall / theirs.wall:.2f}", f"{ours.cpu / theirs.cpu:.2f}"))

    def note_sizes(self, name):
        ours, theirs = (bench.size_under(tool.repo) for tool in self.tools)
        self.sizes.append((name, bench.megabytes(ours), bench.megabytes(theirs), f"{ours / theirs:.2f}"))

    def make_directory(self):
        """What the tools look at of a data directory."""
        fresh_directory(self.directory, "700")
        run("mkdir", "-p", *(os.path.join(self.directory, part) for part in ("global", "pg_wal/archive_status")))
        run("cp", f"{self.server.data}/global/pg_control", f"{self.directory}/global")

    def make_ready(self, tool, names):
        """A data directory in which these segments wait, and an empty repository."""
        tool.begin()
        self.make_directory()
        for name in names:
            os.link(os.path.join(self.sources, name), os.path.join(self.directory, "pg_wal", name))
            write_file(os.path.join(self.directory, "pg_wal/archive_status", name + ".ready"), "")

    def loop(self, tool, ahead):
        return ["sh", "-c", ARCHIVE_LOOP, "sh", self.directory, *tool.archive(self.directory, ahead)]

    def log(self):
        count = len(self.names)
        self.compare("archive 1 segment", lambda tool: self.make_ready(tool, self.names[:1]),
                     lambda tool: self.loop(tool, False), repeat=max(5, self.options.repeat))
        self.compare(f"archive {count}, one by one", lambda tool: self.make_ready(tool, self.names),
                     lambda tool: self.loop(tool, False))
        self.compare(f"archive {count}, ahead (async)", lambda tool: self.make_ready(tool, self.names),
                     lambda tool: self.loop(tool, True))
        self.note_sizes(f"{count} segments ({bench.megabytes(bench.size_under(self.sources))})")
        for name, ahead in ((f"fetch {count}, prefetch 8 (async)", True), (f"fetch {count}, one by one", False)):
            self.compare(name, self.prepare_fetch, lambda tool, ahead=ahead: [
                "sh", "-c", FETCH_LOOP, "sh", self.directory, self.sources, *tool.fetch(self.directory, ahead)])

    def prepare_fetch(self, tool):
        tool.prepare_fetch()
        self.make_directory()

    def archive_to(self, tool):
        self.server.archive_with(" ".join(tool.archive(self.server.data)))

    def snapshots(self):
        def begin(tool):
            self.server.archive_with(None)
            tool.begin()
            self.archive_to(tool)
            self.server.sql("CHECKPOINT")

        def change(tool):
            self.archive_to(tool)
            self.server.write("-t", "500")
            self.server.sql("CHECKPOINT")

        size = int(self.server.sql("SELECT sum(pg_database_size(oid)) FROM pg_database"))
        self.compare("first snapshot (full)", begin, lambda tool: tool.snapshot(self.server, True))
        self.note_sizes(f"snapshot of {bench.megabytes(size)}")
        self.compare("snapshot after a little (incr)", change, lambda tool: tool.snapshot(self.server, False))
        self.note_sizes(f"{self.options.repeat} more snapshots, and their log")
        self.server.archive_with(None)
        self.complete()

    def complete(self):
        """Gives both repositories all of the log."""
        for tool in self.tools:
            for name in self.server.segments():
                run(*tool.archive(self.server.data), os.path.join(self.server.log, name))

    def restores(self):
        target = self.place.join("restored")
        self.compare("restore", lambda tool: fresh_directory(target, "700"), lambda tool: tool.restore(target, False))
        kept = {tool: self.place.join("restored-" + tool.name) for tool in self.tools}
        for tool, directory in kept.items():
            fresh_directory(directory, "700")
            run(*tool.restore(directory, False))
        self.compare("restore --delta onto itself", lambda tool: None, lambda tool: tool.restore(kept[tool], True))

    def looks(self):
        self.note_sizes(f"that and {len(self.server.segments())} segments")
        for level in ("checksums", "records"):
            self.compare(f"validate --level {level} (verify)", lambda tool: None, lambda tool, level=level: tool.verify(level))
        self.compare("list (info), JSON", lambda tool: None, lambda tool: tool.list())


def require_peer():
    if not shutil.which("pgbackrest") and IS_ROOT:
        subprocess.run(["apt-get", "install", "-y", "pgbackrest"], stdout=subprocess.DEVNULL, check=False)
    if not shutil.which("pgbackrest"):
        sys.exit("pgBackRest is not installed")


def main():
    parser = bench.arguments(__doc__)
    parser.add_argument("--scale", type=int, default=20, help="of pgbench: 15 MB of data each")
    parser.add_argument("--segments", type=int, default=64)
    parser.add_argument("--jobs", type=int, default=2, help="of both")
    parser.add_argument("--peer-level", help="of pgBackRest's compression (default: its own)")
    options = parser.parse_args()
    if not BINARIES:
        sys.exit("PostgreSQL is not installed")
    require_peer()
    with bench.Place(options) as place:
        if IS_ROOT:
            os.chmod(place.path, 0o755)
            shutil.chown(place.path, "postgres", "postgres")
        server = Server(place)
        try:
            server.load(place, options.scale)
            server.write_segments(options.segments)
            tools = [Ours(place, options.jobs), PgBackRest(place, options.jobs, server, options.peer_level)]
            comparison = Comparison(place, server, tools, options)
            comparison.log()
            comparison.snapshots()
            comparison.restores()
            comparison.looks()
        finally:
            server.stop()
        print(f"pitrctl beside pgBackRest {tools[1].version}, {options.jobs} jobs, medians of {options.repeat}; the last two "
              "columns are ratios")
        bench.table(comparison.rows)
        bench.table(comparison.sizes)


if __name__ == "__main__":
    main()
