#!/usr/bin/env python3
"""How many of 1,000 commits, made as fast as the application can, can be restored one by one; and what the repository
takes for each.

  tests/bench/precision.py [--commits N]
"""

import json
import os

import bench


def main():
    parser = bench.arguments(__doc__)
    parser.add_argument("--commits", type=int, default=1000)
    options = parser.parse_args()
    with bench.Place(options) as place:
        database = place.join("app.db")
        bench.create_database(database, 2)
        place.pitrctl("init")
        shop = bench.Shop(database)
        place.pitrctl("archive", database)
        before = bench.size_under(place.join("repo"))
        for number in range(options.commits):
            shop.commit()
            if number % 100 == 99:
                place.pitrctl("archive", database)
        stored = bench.size_under(place.join("repo")) - before
        listing = place.pitrctl("--json", "list", "transactions", "--limit", options.commits + 1)
        listed = json.loads(listing.out)["transactions"]
        first = listed[0]["xid"]
        exact = 0
        for transaction in listed:
            target = place.join("target")
            place.pitrctl("restore", "--quiet", "--target-dir", target, "--to-xid", transaction["xid"])
            exact += bench.commits_in(os.path.join(target, "app.db")) == transaction["xid"] - first + 1
            bench.remove(target)
        shop.close()
        print(f"{options.commits} commits: {len(listed)} listed, {exact} restored exactly; "
              f"{stored / options.commits / 1000:.1f} KB stored for each")


if __name__ == "__main__":
    main()
