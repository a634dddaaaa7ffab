#!/usr/bin/env python3
"""What archiving costs the writers: commits per second flat out, alone, with pitrctl run every second, and with
Litestream.

  tests/bench/writers.py [--seconds S] [--size MB] [--litestream BINARY | --no-litestream]
"""

import os
import shutil
import statistics
import threading
import time

import bench
import litestream


def write_for(shop, seconds):
    """(commits per second, slowest commit in ms)"""
    begin = time.monotonic()
    commits, slowest = 0, 0.0
    while True:
        started = time.monotonic()
        if started - begin >= seconds:
            return commits / (started - begin), slowest * 1000
        shop.commit()
        commits += 1
        slowest = max(slowest, time.monotonic() - started)


class EverySecond:
    """Runs archive once a second, as a very eager cron would."""

    def __init__(self, place, database):
        self.place, self.database = place, database
        self.stop_asked = threading.Event()
        self.runs = []
        self.thread = threading.Thread(target=self.work)

    def work(self):
        due = time.monotonic()
        while not self.stop_asked.wait(max(0, due - time.monotonic())):
            self.runs.append(self.place.pitrctl("archive", self.database))
            due += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop_asked.set()
        self.thread.join()


def fresh(place, base, name):
    database = place.join(name)
    shutil.copyfile(base, database)
    os.sync()
    return database


def main():
    parser = bench.arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--size", type=float, default=100)
    parser.add_argument("--litestream")
    parser.add_argument("--no-litestream", action="store_true")
    options = parser.parse_args()
    figures = {"alone": [], "pitrctl every second": []}
    cpu = []
    with bench.Place(options) as place:
        base = place.join("base.db")
        bench.create_database(base, options.size)
        binary = None if options.no_litestream else litestream.find(place, options.litestream)
        for turn in range(options.repeat):
            database = fresh(place, base, f"alone-{turn}.db")
            shop = bench.Shop(database)
            figures["alone"].append(write_for(shop, options.seconds))
            shop.close()

            database = fresh(place, base, f"archived-{turn}.db")
            bench.remove(place.join("repo"), place.join("state"))
            place.pitrctl("init")
            shop = bench.Shop(database)
            place.pitrctl("archive", database)
            with EverySecond(place, database) as archiver:
                figures["pitrctl every second"].append(write_for(shop, options.seconds))
            cpu.append(sum(run.cpu for run in archiver.runs))
            shop.close()

            if binary:
                database = fresh(place, base, f"peer-{turn}.db")
                bench.remove(place.join("replica"))
                peer = litestream.Litestream(place, binary, database)
                peer.start()
                shop = bench.Shop(database)
                figures.setdefault(f"litestream {peer.version}", []).append(write_for(shop, options.seconds))
                peer.stop()
                shop.close()
    alone = statistics.median(rate for rate, _ in figures["alone"])
    rows = [("writers", "commits/s", "of alone", "slowest commit")]
    for name, taken in figures.items():
        rate, slowest = (statistics.median(column) for column in zip(*taken))
        rows.append((name, f"{rate:.0f}", f"{100 * rate / alone:.0f} %", f"{slowest:.0f} ms"))
    bench.table(rows)
    print(f"CPU of pitrctl: {statistics.median(cpu) / options.seconds:.2f} s a second")


if __name__ == "__main__":
    main()
