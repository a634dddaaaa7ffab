"""A real server that archives with the binary under test, snapshots of it, and restores that end with its rows."""

import os
import re

import archiving
import pitr


class Commit:
    """A row of the table `note`: the transaction that wrote it, where the log was right behind it, and when."""

    def __init__(self, body, xid, lsn, time):
        self.body, self.xid, self.lsn, self.time = body, xid, lsn, time


class SnapshotCase(archiving.ArchivingCase):
    NOW = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"');"

    def begin(self, *args, **options):
        super().begin(*args, **options)
        self.cluster.sql("CREATE TABLE note(body text);")

    def place(self, name):
        """A path that the server's user may write to, and that nothing has used yet."""
        number = 1
        while os.path.lexists(path := os.path.join(self.cluster.dir, f"{name}-{number}")):
            number += 1
        return path

    def commit(self, body, server=None):
        out = (server or self.cluster).sql("BEGIN;", "SELECT pg_current_xact_id();", f"INSERT INTO note VALUES('{body}');",
                                           "COMMIT;", "SELECT pg_current_wal_insert_lsn();", self.NOW)
        xid, lsn, time = out.split()
        return Commit(body, int(xid), lsn, time)

    def now(self):
        return self.cluster.sql(self.NOW).strip()

    def snapshots(self):
        return self.ctl_json("list", "snapshots")["snapshots"]

    def take_snapshot(self, *args, source=None, **options):
        """Takes one and returns its id."""
        return self.ctl_json("snapshot", source or self.cluster.data, *args, **options)["snapshot"]["id"]

    def object_at(self, lsn, timeline=1):
        """The name of the segment that holds the byte before a position."""
        return f"segments/{timeline:08x}/{(number(lsn) - 1) // self.segment_size:016x}.seg"

    def object_path(self, name):
        return os.path.join(self.repo, name)

    def flip(self, name, at):
        """Damages one byte of an object; returns what it was before."""
        with open(self.object_path(name), "rb") as file:
            good = file.read()
        bad = bytearray(good)
        bad[at] ^= 0x10
        self.replace(name, bad)
        return good

    def replace(self, name, data):
        with open(self.object_path(name), "wb") as file:
            file.write(data)

    def restored(self, *target, into=None, replay=True):
        """Restores and returns the directory."""
        into = into or self.place("restored")
        self.ctl("restore", "--target-dir", into, *(["--replay"] if replay else []), *target)
        return into

    def refused_restore(self, code, name, *target):
        """A restore that is refused before the first byte is written. Returns the error object."""
        into = self.place("never")
        error = self.refused(code, name, "restore", "--target-dir", into, *target)
        self.assertFalse(os.path.exists(into))
        return error

    def rows(self, data):
        """What the table holds in a cluster that no server runs in."""
        out = self.cluster.run("postgres", "--single", "-D", data, "-c", "fsync=off", "postgres",
                               input="SELECT body FROM note ORDER BY body;\n")
        return re.findall(r'body = "(.*?)"', out)

    def check_rows(self, data, commits):
        self.assertEqual(self.rows(data), sorted(commit.body for commit in commits))


def number(lsn):
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def text(lsn):
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"
