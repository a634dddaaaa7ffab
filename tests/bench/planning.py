#!/usr/bin/env python3
"""How long planning takes, and how much memory, with very many segments in the repository.

  cmake --build --preset release --target many_segments
  tests/bench/planning.py [--segments N] [--tail N]

The segments have real manifests (made by many_segments); the newest snapshot lies --tail segments before the end.
"""

import json
import os

import bench


def main():
    parser = bench.arguments(__doc__)
    parser.add_argument("--segments", type=int, default=1_000_000)
    parser.add_argument("--tail", type=int, default=100)
    parser.add_argument("--generator", default=os.path.join(bench.ROOT, "build/release/tests/bench/many_segments"))
    options = parser.parse_args()
    with bench.Place(options) as place:
        database = place.join("app.db")
        bench.create_database(database, 0.1)
        place.pitrctl("init")
        shop = bench.Shop(database)
        place.pitrctl("archive", database)
        shop.commit()
        place.pitrctl("archive", database)
        shop.close()
        bench.timed([options.generator, place.join("repo"), str(options.segments), str(options.tail)])
        base = json.loads(place.pitrctl("--json", "list", "snapshots").out)["snapshots"][0]["id"]
        plan = ("restore", "--dry-run", "--target-dir", place.join("target"))
        rows = [(f"{options.segments} segments", "wall s", "CPU s", "memory")]

        def row(name, *command):
            run = bench.measured(options.repeat, lambda: None, lambda: place.pitrctl(*command))
            rows.append((name, f"{run.wall:.2f}", f"{run.cpu:.2f}", f"{run.memory:.0f} MB"))

        row("plan to latest", *plan)
        row("plan to an LSN in the tail", *plan, "--to-lsn", json.loads(
            place.pitrctl("--json", *plan).out)["plan"]["stop_lsn"])
        row("plan to latest from the first snapshot", *plan, "--snapshot", base)
        row("validate", "validate")
        bench.table(rows)


if __name__ == "__main__":
    main()
