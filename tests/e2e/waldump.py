"""What pg_waldump tells of the records of a log."""

import os
import re
import subprocess
from datetime import datetime, timezone

import postgres

LINE = re.compile(r"rmgr: (\S+) +len \(rec/tot\): +\d+/ *(\d+), tx: +(\d+), lsn: (\S+), prev (\S+), desc: (.*)")
END = re.compile(r"(COMMIT|ABORT|PREPARE|COMMIT_PREPARED|ABORT_PREPARED) (?:gid \S+: |(\d+): )?(\d{4}-\S+ \S+) UTC")
PAGE, PAGE_HEADER, LONG_PAGE_HEADER = 8192, 24, 40


def number(lsn):
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def text(lsn):
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


class Record:
    def __init__(self, line):
        self.manager, length, xid, start, previous, self.description = LINE.match(line).groups()
        self.length, self.start, self.previous = int(length), number(start), number(previous)
        self.xid_in_header = self.xid = int(xid)  # of what a prepared transaction ends in they differ
        end = END.match(self.description) if self.manager == "Transaction" else None
        self.kind = end[1].split("_")[0].lower() if end else None  # of the end of a transaction
        self.time = None
        if end:
            self.time = datetime.strptime(end[3], "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=timezone.utc)
            self.xid = int(end[2] or self.xid)
        point = re.match(r"RESTORE_POINT (.*)", self.description)
        self.point = point[1] if point else None

    def end(self, segment_size):
        """Where the next record may start."""
        at, left = self.start, self.length
        while left > PAGE - at % PAGE:
            left -= PAGE - at % PAGE
            at += PAGE - at % PAGE
            at += PAGE_HEADER if at % segment_size else LONG_PAGE_HEADER
        return (at + left + 7) // 8 * 8


def records(segments):
    """Those of segment files that follow each other."""
    shown = subprocess.run([os.path.join(postgres.BINARIES, "pg_waldump"), segments[0], segments[-1]], capture_output=True,
                           text=True, env={**os.environ, "TZ": "UTC"}, check=False).stdout
    return [Record(line) for line in shown.splitlines()]
