#!/usr/bin/env bash
# From a fresh Debian 12 machine to the main job done: installs what a build needs, builds, and then loses and recovers a
# table of a real SQLite database in a temporary directory.
set -euo pipefail
cd "$(dirname "$0")/.."

.ci/packages build
cmake --preset release -DPITRCTL_TESTS=OFF >/dev/null
cmake --build --preset release -- --quiet
PATH="$PWD/build/release/cmd:$PATH"

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
export PITRCTL_REPO=$place/backup XDG_STATE_HOME=$place/state

say() { printf '\n# %s\n' "$*"; }
run() { printf '$ %s\n' "$*"; "$@"; }
orders() {
  for number in $(seq "$1"); do
    sqlite3 shop.db "INSERT INTO orders(customer, cents) VALUES('customer $number', $number * 100)"
  done
}

say "A shop's database, in WAL mode as applications keep them"
sqlite3 shop.db "PRAGMA journal_mode=WAL; CREATE TABLE orders(id INTEGER PRIMARY KEY, customer, cents)" >/dev/null
# The application stays connected, and so keeps its log.
coproc application { sqlite3 shop.db; }
echo "SELECT count(*) FROM orders;" >&"${application[1]}"
read -r _ <&"${application[0]}"
orders 3

say "A repository, and the line that would be in cron"
run pitrctl init
run pitrctl archive shop.db

say "Business goes on; a migration is coming up, so its beginning gets a name"
orders 5
run pitrctl restore-point create before-migration shop.db
orders 2
sqlite3 shop.db "DROP TABLE orders"
say "... and the migration dropped the wrong table. cron archives that, too"
run pitrctl archive shop.db
sqlite3 shop.db "SELECT count(*) FROM orders" 2>&1 || true

say "Which points can be returned to?"
run pitrctl list
run pitrctl list transactions --limit 4
run pitrctl validate --level records

say "Back to just before the last transaction, which dropped the table"
last=$(pitrctl --json list transactions --limit 1 | sed -n 's/.*"xid": *"\?\([0-9]*\).*/\1/p' | head -1)
run pitrctl restore --target-dir restored --to-xid "$last" --exclusive
run sqlite3 restored/shop.db "SELECT count(*) || ' orders are back' FROM orders; PRAGMA integrity_check"
say "Or to the restore point"
run pitrctl restore --quiet --target-dir named --to-restore-point before-migration
run sqlite3 named/shop.db "SELECT count(*) || ' orders before the migration' FROM orders"

exec {application[1]}>&-
wait
[ "$(sqlite3 restored/shop.db 'SELECT count(*) FROM orders')" = 10 ]
[ "$(sqlite3 named/shop.db 'SELECT count(*) FROM orders')" = 8 ]
say "Done"
