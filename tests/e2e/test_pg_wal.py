"""The records of PostgreSQL's log, as the engine reads them, are those that pg_waldump shows."""

import os
import re
import subprocess
import unittest
from datetime import datetime, timezone

import pitr
import postgres

RECORDS = os.environ.get("PITRCTL_WAL_RECORDS", "")

LINE = re.compile(r"rmgr: (\S+) +len \(rec/tot\): +\d+/ *(\d+), tx: +(\d+), lsn: (\S+), prev (\S+), desc: (.*)")
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


def lsn(text):
    """pg_waldump pads the second half with zeros."""
    high, low = text.split("/")
    return f"{int(high, 16):X}/{int(low, 16):X}"


def end_of_transaction(line):
    """What pg_waldump tells of the end of a transaction: kind, transaction and time."""
    manager, _, xid, _, _, text = line
    match = re.match(r"(COMMIT|ABORT|PREPARE|COMMIT_PREPARED|ABORT_PREPARED) (?:gid \S+: |(\d+): )?(\d{4}-\S+ \S+) UTC", text)
    if manager != "Transaction" or not match:
        return ""
    moment = datetime.strptime(match[3], "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=timezone.utc)
    kind = match[1].split("_")[0].lower()
    return f" {kind} {match[2] or xid} {int(moment.timestamp()) * 1_000_000 + moment.microsecond}"


def records_by_waldump(segments):
    shown = subprocess.run([os.path.join(postgres.BINARIES, "pg_waldump"), segments[0], segments[-1]], capture_output=True,
                           text=True, env={**os.environ, "TZ": "UTC"}, check=False).stdout
    lines = []
    for text in shown.splitlines():
        match = LINE.match(text)
        manager, length, xid, start, previous, description = match.groups()
        line = f"{lsn(start)} {length} {xid} {lsn(previous)} {MANAGERS.index(manager)}"
        line += end_of_transaction((manager, length, xid, start, previous, description))
        point = re.match(r"RESTORE_POINT (.*)", description)
        lines.append(line + (f" point {point[1]}" if point else ""))
    return lines


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
        ours, theirs = our_records(segments), records_by_waldump(segments)
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
