#!/usr/bin/env python3
"""A 1 GB database in which 1 % of the pages, scattered, change between two runs with a reset of the log in between:
what the second run stores and how long it takes.

  tests/bench/scattered.py [--size MB] [--share PERCENT]
"""

import os
import random

import bench

PAGE = 4096


def main():
    parser = bench.arguments(__doc__)
    parser.add_argument("--size", type=float, default=1000)
    parser.add_argument("--share", type=float, default=1)
    options = parser.parse_args()
    with bench.Place(options) as place:
        database = place.join("app.db")
        db = bench.connect(database)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=OFF")
        db.execute("CREATE TABLE page(id INTEGER PRIMARY KEY, body)")
        rows = int(options.size * 1e6 / PAGE)
        db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                   "INSERT INTO page SELECT i, randomblob(3900) FROM n", (rows,))
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        place.pitrctl("init")
        table = [("run", "wall s", "CPU s", "memory", "stored", "of the database")]
        size = os.path.getsize(database)

        def archive(name):
            before = bench.size_under(place.join("repo"))
            run = place.pitrctl("archive", database)
            stored = bench.size_under(place.join("repo")) - before
            table.append((name, f"{run.wall:.2f}", f"{run.cpu:.2f}", f"{run.memory:.0f} MB", bench.megabytes(stored),
                          f"{100 * stored / size:.2f} %"))

        archive("first, with the base snapshot")
        for row in random.Random(1).sample(range(1, rows + 1), int(rows * options.share / 100)):
            db.execute("UPDATE page SET body=randomblob(3900) WHERE id=?", (row,))
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        db.execute("INSERT INTO page(body) VALUES('begins a new log')")
        archive("second, after a reset")
        archive("third, nothing new")
        db.close()
        print(f"database {bench.megabytes(size)}, {options.share} % of its pages changed")
        bench.table(table)


if __name__ == "__main__":
    main()
