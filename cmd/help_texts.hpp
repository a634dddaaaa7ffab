#pragma once

namespace pitr::cmd {

// What stands below the options in each command's help: exit statuses and examples.

inline constexpr const char* kFooter =
    R"(Exit status: 0 done or healthy, 1 failed, 2 usage or configuration error,
3 not found or ambiguous, 4 log missing, 5 target not reachable, 6 corrupt,
7 conflict, 8 unavailable for now, 9 promise broken.

Examples:
  pitrctl --repo /backup/orders archive /srv/orders.db
  pitrctl --repo /backup/orders list
)";

inline constexpr const char* kInitFooter =
    R"(Exit status: 0 created, 1 failed, 2 usage error, 7 there is something of a
repository there already.

Examples:
  pitrctl init --repo /backup/orders
  pitrctl init --repo /backup/orders --compression zstd:3
)";

inline constexpr const char* kArchiveFooter =
    R"(Exit status: 0 archived or nothing new, 1 failed, 2 usage error, 3 no such
repository or database, 4 --no-bridge and the log does not go on, 6 corrupt,
7 it is another database's log, 8 unavailable for now.

Examples:
  pitrctl archive /srv/orders.db --repo /backup/orders
  pitrctl archive /srv/notes --repo /backup/notes          # sochdb: a directory
  archive_command = 'pitrctl --quiet --repo /backup/main archive %p'
)";

inline constexpr const char* kSnapshotFooter =
    R"(Exit status: 0 taken, 1 failed, 2 usage error, 3 no such repository or
database, 4 --no-bridge and the log does not go on, 6 corrupt, 7 it is another
database's log, 8 unavailable for now, or a server's log does not arrive.

Examples:
  pitrctl snapshot /srv/orders.db --repo /backup/orders
  pitrctl snapshot /var/lib/postgresql/15/main --repo /backup/pg
)";

inline constexpr const char* kFetchFooter =
    R"(Exit status: 0 the file is there, 1 it certainly is not in the archive, 200
anything else, which stops PostgreSQL's recovery.

Examples:
  restore_command = 'pitrctl --repo /backup/main fetch %f %p'
  pitrctl --repo /backup/main fetch --prefetch 0 00000002.history /tmp/history
)";

inline constexpr const char* kListFooter =
    R"(Exit status: 0 listed (also what is broken), 1 failed, 2 usage error, 3 no such
repository or timeline, 6 the repository cannot be read at all, 8 unavailable.

Examples:
  pitrctl list --repo /backup/orders
  pitrctl list transactions --since 2026-11-23T10:00:00Z --repo /backup/orders
)";

inline constexpr const char* kValidateFooter =
    R"(Exit status: 0 healthy, else the first that holds of 6 corrupt, 4 log missing,
7 histories that do not fit, 9 promise broken; 1, 2, 3 or 8 if it could not be
told.

Examples:
  pitrctl validate --repo /backup/orders
  pitrctl validate --level checksums --source /srv/orders.db
)";

inline constexpr const char* kRestoreFooter =
    R"(Exit status: 0 restored (or planned), 1 failed, 2 usage error, 3 not found, no
snapshot or several candidates, 4 log missing, 5 target not reachable,
6 corrupt, 7 the directory is not empty, 8 unavailable for now.

Examples:
  pitrctl restore --target-dir /restore --repo /backup/orders
  pitrctl restore --target-dir /restore --to-time 2026-11-23T10:11:12Z --dry-run
  pitrctl restore --target-dir /srv/pg --to-restore-point v2 --replay
)";

inline constexpr const char* kRestorePointFooter =
    R"(Exit status: 0 done, 1 failed, 2 usage error, 3 not found or ambiguous,
4 log missing, 6 corrupt, 7 conflict, 8 unavailable for now.

Examples:
  pitrctl restore-point create before-migration /srv/orders.db
  pitrctl restore-point list
)";

inline constexpr const char* kRestorePointCreateFooter =
    R"(Exit status: 0 created, 1 failed, 2 usage error, 3 no such repository or
database, 4 --no-bridge and the log does not go on, 6 corrupt, 7 it is another
database's log, 8 unavailable for now.

Examples:
  pitrctl restore-point create before-migration /srv/orders.db
  pitrctl restore-point create v2 /srv/orders.db --description "before 2.0"
  pitrctl restore-point create v2 "host=/run/postgresql user=postgres"
)";

inline constexpr const char* kRestorePointListFooter =
    R"(Exit status: 0 listed, 1 failed, 2 usage error, 3 no such repository, 6 corrupt,
8 unavailable for now.

Examples:
  pitrctl restore-point list --repo /backup/orders
  pitrctl restore-point list --repo /backup/orders --json
)";

inline constexpr const char* kRestorePointDeleteFooter =
    R"(Exit status: 0 deleted, 1 failed, 2 usage error, 3 no such name or several have
it, 6 corrupt, 8 unavailable for now.

Examples:
  pitrctl restore-point delete before-migration --repo /backup/orders
  pitrctl restore-point delete v2@1234 --repo /backup/orders
)";

}  // namespace pitr::cmd
