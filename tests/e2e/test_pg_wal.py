"""The records of PostgreSQL's log, as the engine reads them, are those that pg_waldump shows."""

import os
import subprocess
import unittest

import pitr
import postgres
import waldump

RECORDS = os.environ.get("PITRCTL_WAL_RECORDS", "")

MANAGERS = ["XLOG", "Transaction", "Storage", "CLOG", "Database", "Tablespace", "MultiXact", "RelMap", "Standby", "Heap2",
            "Heap", "Btree", "Hash", "Gin", "Gist", "Sequence", "SPGist", "BRIN", "CommitTs", "ReplicationOrigin",
            "Generic", "LogicalMessage"]
WORKLOAD = """
CREATE TABLE note(id serial PRIMARY KEY, body text, tags text[]);
CREATE INDEX ON note USING gin(tags);
INSERT INTO note(body, tags) SELECT repeat(md5(i::text), i % 200), ARRAY[i::text, (i % 7)::text] FROM generate_series(1, 3000) i;
BEGIN; SAVEPOINT a; INSERT INTO note(body) VALUES('x'); SAVEPOINT b; INSERT INTO note(body) VALUES('y'); COMMIT;
BEGIN; INSERT INTO note(body) VALUES('z'); ROLLBACK;
BEGIN; INSERT INTO note(body) VALUES('p'); PREPARE TRANSACTION 'one'; COMMIT PREPARED 'one';
BEGIN; CREATE TABLE dropped(a int); PREPARE TRANSACTION 'two'; ROLLBACK PREPARED 'two';
SELECT pg_logical_emit_message(true, 'large', repeat('m', 3000000));
SELECT pg_create_restore_point('here we are');
CHECKPOINT;
SELECT pg_switch_wal();
TRUNCATE note;
VACUUM note;
DROP TABLE note;
"""


def shown(record):
    """A record of pg_waldump, as ours are shown."""
    line = f"{waldump.text(record.start)} {record.length} "
    line += f"{record.xid_in_header} {waldump.text(record.previous)} {MANAGERS.index(record.manager)}"
    if record.kind:
        microseconds = int(record.time.timestamp()) * 1_000_000 + record.time.microsecond
        line += f" {record.kind} {record.xid} {microseconds}"
    return line + (f" point {record.point}" if record.point else "")


def our_records(segments):
    return subprocess.run([RECORDS, *segments], capture_output=True, text=True, check=True).stdout.splitlines()


@unittest.skipUnless(postgres.BINARIES and RECORDS, "needs a PostgreSQL server")
class Records(pitr.Case):
    def compare(self, segment_mb):
        cluster = postgres.Cluster(self, segment_mb)
        cluster.run("pgbench", "-q", "-i", "-s", "2")
        cluster.run("pgbench", "-n", "-c", "4", "-t", str(pitr.scaled(500)))
        cluster.sql(*WORKLOAD.strip().splitlines())
        segments = cluster.archived()
        ours, theirs = our_records(segments), list(map(shown, waldump.records(segments)))
        self.assertGreater(len(theirs), 1000)
        for number, (our, their) in enumerate(zip(ours, theirs)):
            self.assertEqual(our, their, f"record {number}")
        self.assertEqual(len(ours), len(theirs))

    def test_default_segments(self):
        self.compare(16)

    def test_small_segments(self):
        self.compare(1)

    def test_large_segments(self):
        self.compare(64)


if __name__ == "__main__":
    pitr.main()
