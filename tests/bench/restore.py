#!/usr/bin/env python3
"""How long a restore takes: a 300 MB database with 1.5 GB of log, beside cp and fsync of the result, and Litestream.

  tests/bench/restore.py [--size MB] [--log MB] [--litestream BINARY | --no-litestream]
"""

import os
import shutil

import bench
import litestream


def write_log(shop, path, wanted, each_step):
    """Commits until as much log as wanted was written; calls each_step every 100 MB, before the log is reset."""
    total = commits = 0
    while total < wanted:
        while not os.path.exists(path + "-wal") or os.path.getsize(path + "-wal") < 100e6:
            for _ in range(200):
                shop.commit()
            commits += 200
        total += os.path.getsize(path + "-wal")
        each_step()
    return total, commits


def with_pitrctl(place, base, wanted):
    database = place.join("app.db")
    shutil.copyfile(base, database)
    shop = bench.Shop(database, autocheckpoint=0)
    place.pitrctl("init")
    place.pitrctl("archive", database)

    def step():
        place.pitrctl("archive", database)
        shop.checkpoint()

    total, commits = write_log(shop, database, wanted, step)
    shop.close()
    return total, commits


def with_litestream(place, binary, base, wanted):
    database = place.join("peer.db")
    shutil.copyfile(base, database)
    peer = litestream.Litestream(place, binary, database)
    shop = bench.Shop(database)
    peer.start()
    commits = 0
    for commits in range(1, wanted + 1):
        shop.commit()
    peer.wait_until_quiet()
    peer.stop()
    shop.close()
    return peer


def main():
    parser = bench.arguments(__doc__)
    parser.add_argument("--size", type=float, default=300)
    parser.add_argument("--log", type=float, default=1500)
    parser.add_argument("--litestream")
    parser.add_argument("--no-litestream", action="store_true")
    options = parser.parse_args()
    with bench.Place(options) as place:
        base = place.join("base.db")
        bench.create_database(base, options.size)
        total, commits = with_pitrctl(place, base, options.log * 1e6)
        size = os.path.getsize(place.join("app.db"))
        print(f"database {bench.megabytes(size)}, {commits} commits, {bench.megabytes(total)} of log")
        target, copy = place.join("target"), place.join("copy.db")
        restored = os.path.join(target, "app.db")
        ours = bench.measured(options.repeat, lambda: bench.remove(target),
                              lambda: place.pitrctl("restore", "--quiet", "--target-dir", target))
        assert bench.commits_in(restored) == commits
        bound = bench.measured(options.repeat, lambda: bench.remove(copy), lambda: bench.copy_and_sync(restored, copy))
        rows = [("restore", "wall s", "CPU s", "memory", "times cp", "stored")]

        def row(name, run, stored):
            rows.append((name, f"{run.wall:.2f}", f"{run.cpu:.2f}", f"{run.memory:.0f} MB",
                         f"{run.wall / bound.wall:.1f}", stored and bench.megabytes(stored)))

        row("cp and fsync", bound, "")
        row("pitrctl", ours, bench.size_under(place.join("repo")))
        bench.remove(target, copy)
        binary = None if options.no_litestream else litestream.find(place, options.litestream)
        if binary:
            peer = with_litestream(place, binary, base, commits)
            output = place.join("peer-restored.db")
            theirs = bench.measured(options.repeat, lambda: bench.remove(output), lambda: peer.restore(output))
            assert bench.commits_in(output) == commits
            row(f"litestream {peer.version}", theirs, bench.size_under(peer.replica))
        bench.table(rows)


if __name__ == "__main__":
    main()
