#!/usr/bin/env python3
"""SochDB's log: reading, archiving and restoring it, beside what the machine takes for its bytes alone.

  tests/bench/sochdb.py [--megabytes N] [--jobs N]

The log: transactions of four rows, each a JSON text of about 330 bytes, that zstd makes a third of. The bounds: cat to
/dev/null, CRC-32 over all of it (zlib's), cp and fsync, and zstd -1 with one thread.
"""

import os
import random
import shutil
import struct
import subprocess
import sys
import zlib

import bench

BEGIN, DATA, COMMIT = 0x10, 0x01, 0x11
HEADER = struct.Struct("<IBQQII")
WORD = struct.Struct("<I")
WORDS = ("Springfield", "state", "active", "pending", "shipped", "customer", "/api/v1/items/", "Mozilla/5.0 (X11)", "priority")
CRC = """import sys, zlib
crc = 0
with open(sys.argv[1], "rb") as file:
    while piece := file.read(1 << 20):
        crc = zlib.crc32(piece, crc)"""


def frame(kind, xid, time_us, key=b"", value=b""):
    frame = HEADER.pack(29 + len(key) + len(value), kind, xid, time_us, len(key), len(value)) + key + value
    return frame + WORD.pack(zlib.crc32(memoryview(frame)[4:]))


class Shop:
    """An application whose rows have something in common, as rows do."""

    def __init__(self):
        self.random = random.Random(1)
        self.values = [self.value() for _ in range(5000)]
        self.transactions, self.time_us = 0, 1_795_000_000_000_000

    def value(self):
        rng = self.random
        fields = ", ".join(f'"{rng.choice(WORDS)}": "{rng.choice(WORDS)} {rng.getrandbits(64):x}"' for _ in range(7))
        return f'{{"id": {rng.randrange(10**9)}, {fields}}}'.encode()

    def transaction(self):
        rng = self.random
        self.transactions += 1
        self.time_us += rng.randrange(50, 500)
        xid, time_us = 4242 << 32 | self.transactions, self.time_us
        rows = (frame(DATA, xid, time_us + 5, b"order:%09d" % rng.randrange(10**7), rng.choice(self.values)) for _ in range(4))
        return b"".join((frame(BEGIN, xid, time_us), *rows, frame(COMMIT, xid, time_us + 9)))

    def write(self, path, size):
        """Appends about so many bytes."""
        with open(path, "ab") as file:
            while size > 0:
                block = b"".join(self.transaction() for _ in range(500))
                file.write(block)
                size -= len(block)
            file.flush()
            os.fsync(file.fileno())


class Benchmark:
    def __init__(self, place, options):
        self.place, self.repeat = place, options.repeat
        self.size = options.megabytes * 1_000_000
        self.jobs = ["--jobs", str(options.jobs)]
        self.directory = place.join("db")
        self.log = os.path.join(self.directory, "wal.log")
        self.repos = {codec: place.join("repo-" + codec.partition(":")[0]) for codec in ("none", "zstd:1")}
        self.bounds = {}
        self.rows = []

    def fill(self):
        os.makedirs(self.directory)
        self.shop = Shop()
        self.shop.write(self.log, self.size)
        self.size = os.path.getsize(self.log)

    def ctl(self, codec, *args):
        return [self.place.binary, "--quiet", "--repo", self.repos[codec], *self.jobs, *map(str, args)]

    def begin(self, codec):
        bench.remove(self.repos[codec], self.place.join("state"))
        bench.timed(self.ctl(codec, "init", "--engine", "sochdb", "--compression", codec))

    def measure(self, name, command, prepare=lambda: None):
        run = bench.measured(self.repeat, prepare, command)
        self.rows.append((name, run))
        return run

    def to_nothing(self, program):
        return ["sh", "-c", program + ' "$1" > /dev/null', "sh", self.log]

    def measure_bounds(self):
        copy = self.place.join("copy")
        self.bounds["cat"] = self.measure("cat > /dev/null", self.to_nothing("cat"))
        self.bounds["crc32"] = self.measure("crc32", [sys.executable, "-c", CRC, self.log])
        self.bounds["cp"] = self.measure("cp and fsync", lambda: bench.copy_and_sync(self.log, copy), lambda: bench.remove(copy))
        if shutil.which("zstd"):
            self.bounds["zstd"] = self.measure("zstd -1 -T1 > /dev/null", self.to_nothing("zstd -q -1 -T1 -c"))
        bench.remove(copy)

    def measure_codec(self, codec):
        target = self.place.join("restored")
        restore = self.ctl(codec, "restore", "--target-dir", target)
        middle = self.shop.transactions // 2 * 6
        self.measure(f"archive all, {codec}", self.ctl(codec, "archive", self.directory), lambda: self.begin(codec))
        self.measure(f"archive nothing new, {codec}", self.ctl(codec, "archive", self.directory))
        self.measure(f"archive 1 MB more, {codec}", self.ctl(codec, "archive", self.directory),
                     lambda: self.shop.write(self.log, 1_000_000))
        self.measure(f"validate --level records, {codec}", self.ctl(codec, "validate", "--level", "records"))
        self.measure(f"restore all, {codec}", restore, lambda: bench.remove(target))
        self.check(target)
        self.measure(f"restore half, {codec}", [*restore, "--to-lsn", str(middle)], lambda: bench.remove(target))
        bench.remove(target)

    def check(self, target):
        subprocess.run(["cmp", self.log, os.path.join(target, "wal.log")], check=True)

    def table(self):
        heading = ("", "wall s", "CPU s", "memory", "MB/s", *(f"wall / {bound}" for bound in self.bounds),
                   *(f"CPU / {bound}" for bound in self.bounds))
        rows = [heading]
        for name, run in self.rows:
            rows.append((name, f"{run.wall:.2f}", f"{run.cpu:.2f}", f"{run.memory:.0f} MB", f"{self.size / 1e6 / run.wall:.0f}",
                         *(f"{run.wall / bound.wall:.2f}" for bound in self.bounds.values()),
                         *(f"{run.cpu / bound.cpu:.2f}" for bound in self.bounds.values())))
        bench.table(rows)
        bench.table([("stored", "bytes", "share"), *(
            (codec, bench.megabytes(bench.size_under(repo)), f"{bench.size_under(repo) / os.path.getsize(self.log):.2f}")
            for codec, repo in self.repos.items())])


def main():
    parser = bench.arguments(__doc__)
    parser.add_argument("--megabytes", type=int, default=1000, help="of log")
    parser.add_argument("--jobs", type=int, default=1, help="of pitrctl")
    options = parser.parse_args()
    with bench.Place(options) as place:
        benchmark = Benchmark(place, options)
        benchmark.fill()
        benchmark.measure_bounds()
        for codec in benchmark.repos:
            benchmark.measure_codec(codec)
        print(f"a log of {bench.megabytes(benchmark.size)}, {benchmark.shop.transactions} transactions, {options.jobs} jobs, "
              f"medians of {options.repeat}")
        benchmark.table()


if __name__ == "__main__":
    main()
