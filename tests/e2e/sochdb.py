"""SochDB's log, written and read as SochDB does: a writer for the tests, and a reader of its own to judge by.

Neither knows encryption: a sealed log is written as envelopes around random bytes, and read by its lengths alone.
"""

import hashlib
import json
import os
import random
import struct
import time
import zlib
from typing import NamedTuple

DATA, BEGIN, COMMIT, ABORT, CHECKPOINT = 0x01, 0x10, 0x11, 0x12, 0x20
TYPES = {DATA, BEGIN, COMMIT, ABORT, CHECKPOINT,
         0x02, 0x03, 0x13, 0x14, 0x15, 0x21, 0x30, 0x40, 0x50, 0x51, 0x60, 0x61}

HEADER = struct.Struct("<BQQII")
WORD = struct.Struct("<I")
SMALLEST_BODY, SMALLEST_ENVELOPE, LARGEST = HEADER.size + 4, HEADER.size + 4 + 29, 512 << 20
NO_CLOCK = 1000  # microseconds: what is earlier was counted in a thread's first millisecond


# Writing.

def body_of(kind, xid, time_us, key=b"", value=b""):
    body = HEADER.pack(kind, xid, time_us, len(key), len(value)) + key + value
    return body + WORD.pack(zlib.crc32(body))


def frame_of(*record):
    body = body_of(*record)
    return WORD.pack(len(body)) + body


def sealed_frame_of(*record):
    """As long as the record's frame is once it is encrypted, and as random."""
    size = len(body_of(*record)) + 29
    return WORD.pack(size) + b"\x01" + random.randbytes(size - 1)


def manifest_text(db_uuid, last_checkpoint):
    return json.dumps({"format_version": 1, "db_uuid": db_uuid, "last_checkpoint_lsn": last_checkpoint}, indent=2)


class Clock:
    """What a thread of SochDB takes for the time: in its first millisecond, what has passed of that."""

    def __init__(self, age_us=0):
        self.step = 0  # somebody sets the machine's clock
        self.new_thread(age_us)

    def new_thread(self, age_us=0):
        self.begin = time.monotonic_ns() // 1000 - age_us

    def now(self):
        age = time.monotonic_ns() // 1000 - self.begin
        return age if age < NO_CLOCK else time.time_ns() // 1000 + self.step


class Transaction:
    def __init__(self, xid, writes):
        self.xid, self.writes = xid, writes


class Database:
    """One process that has a database open, as far as the log tells of it."""

    def __init__(self, directory, pid=None, clock=None, point_in_time=False, sealed=False):
        os.makedirs(directory, exist_ok=True)
        self.directory, self.pid, self.clock = directory, pid or os.getpid(), clock or Clock()
        self.frame = sealed_frame_of if sealed else frame_of
        self.path, self.manifest = self.join("wal.log"), self.join("wal.manifest")
        self.db_uuid = random.randbytes(16).hex()
        if os.path.exists(self.manifest):
            with open(self.manifest, encoding="utf-8") as file:
                self.db_uuid = json.load(file)["db_uuid"]
        elif point_in_time:
            self.write_manifest(0)
        self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        with open(self.join(".lock"), "w", encoding="ascii") as file:
            file.write(f"{self.pid}\n")
        if os.path.exists(self.join(".clean_shutdown")):
            os.remove(self.join(".clean_shutdown"))
        found = [] if sealed else [r.xid & 0xFFFFFFFF for r in Log.of(self.path).records if r.xid >> 32 == self.pid]
        self.counter, self.checkpoints = max(found, default=0), 0
        self.records = len(sealed_frames(read(self.path)) if sealed else Log.of(self.path).records)

    def join(self, name):
        return os.path.join(self.directory, name)

    def write(self, *records):
        """All of them in one go, as a flush of SochDB's buffer does."""
        self.append(b"".join(self.frame(kind, xid, self.clock.now(), *rest) for kind, xid, *rest in records))
        self.records += len(records)

    def append(self, text):
        assert os.write(self.file, text) == len(text), "a short write"

    def begin(self, *writes):
        """The begin is in the log at once, the writes (key, value) are not."""
        self.counter += 1
        transaction = Transaction(self.pid << 32 | self.counter, list(writes))
        self.write((BEGIN, transaction.xid))
        return transaction

    def data_of(self, transaction):
        return [(DATA, transaction.xid, key, value) for key, value in transaction.writes]

    def commit(self, transaction):
        self.write(*self.data_of(transaction), (COMMIT, transaction.xid))
        return transaction

    def put(self, *writes):
        return self.commit(self.begin(*writes))

    def abort(self, transaction):
        self.write((ABORT, transaction.xid))

    def fail(self, transaction):
        """Another one had committed first: the data is there, and no end."""
        self.write(*self.data_of(transaction))

    def checkpoint(self):
        self.checkpoints += 1
        self.write((CHECKPOINT, 0, b"", b"%d" % self.checkpoints))
        if os.path.exists(self.manifest):
            self.write_manifest(self.records - 1)

    def write_manifest(self, last_checkpoint):
        with open(self.manifest + ".tmp", "w", encoding="utf-8") as file:
            file.write(manifest_text(self.db_uuid, last_checkpoint))
        os.rename(self.manifest + ".tmp", self.manifest)

    def truncate(self):
        assert not os.path.exists(self.manifest), "SochDB refuses to truncate what it may have to go back in"
        self.checkpoint()
        self.cut()

    def cut(self):
        os.ftruncate(self.file, 0)
        self.records = 0

    def tear(self, transaction, share=0.5):
        """A commit of which only a part gets into the file before the process is killed."""
        records = [*self.data_of(transaction), (COMMIT, transaction.xid)]
        text = b"".join(self.frame(kind, xid, self.clock.now(), *rest) for kind, xid, *rest in records)
        self.append(text[:max(1, min(int(len(text) * share), len(text) - 1))])
        self.kill()

    def kill(self):
        os.close(self.file)

    def close(self):
        os.close(self.file)
        os.remove(self.join(".lock"))
        with open(self.join(".clean_shutdown"), "w", encoding="ascii") as file:
            file.write("clean")


# Reading.

class Record(NamedTuple):
    start: int  # in bytes
    end: int
    kind: int
    xid: int
    time: int
    key: bytes
    value: bytes


class Commit(NamedTuple):
    lsn: int
    xid: int
    time: int
    counted: bool  # false: it had nothing to bring to life


class Ambiguous(Exception):
    pass


class NotFound(Exception):
    pass


def read(path):
    with open(path, "rb") as file:
        return file.read()


def record_at(log, start):
    """The record that begins there, or None: only exactly what SochDB writes is one."""
    body = start + WORD.size
    if body > len(log):
        return None
    (size,) = WORD.unpack_from(log, start)
    end = body + size
    if not SMALLEST_BODY <= size <= LARGEST or end > len(log):
        return None
    kind, xid, time_us, key, value = HEADER.unpack_from(log, body)
    text = body + HEADER.size
    if key + value != size - SMALLEST_BODY or kind not in TYPES:
        return None
    if WORD.unpack_from(log, end - 4) != (zlib.crc32(log[body:end - 4]),):
        return None
    return Record(start, end, kind, xid, time_us, log[text:text + key], log[text + key:text + key + value])


def frames_of(log):
    """The frames of a log that begins with whole ones, encrypted or not."""
    plain = [record.end for record in Log(log).records]
    ends = plain or sealed_frames(log)
    return [log[start:end] for start, end in zip([0, *ends], ends)]


def sealed_frames(log):
    """Where the frames of an encrypted log end, by their lengths alone."""
    ends, start = [], 0
    while start + WORD.size <= len(log):
        size = WORD.unpack_from(log, start)[0]
        end = start + WORD.size + size
        if not SMALLEST_ENVELOPE <= size <= LARGEST or end > len(log) or log[start + WORD.size] != 1:
            break
        ends.append(end)
        start = end
    return ends


class Replay:
    """What SochDB holds after it has read so far."""

    def __init__(self):
        self.state, self.transactions, self.open = {}, 0, {}

    def apply(self, record):
        """Whether it was a commit of something."""
        if record.kind == BEGIN:
            self.open[record.xid] = []
        elif record.kind == DATA:
            self.open.setdefault(record.xid, []).append((record.key, record.value))
        elif record.kind == ABORT:
            self.open.pop(record.xid, None)
        elif record.kind == COMMIT and record.xid in self.open:
            self.state.update(self.open.pop(record.xid))
            self.transactions += 1
            return True
        return False

    def sha256(self):
        digest = hashlib.sha256()
        for key in sorted(self.state):
            value = self.state[key]
            digest.update(WORD.pack(len(key)) + key + WORD.pack(len(value)) + value)
        return digest.hexdigest()


class Log:
    """The records of a log up to the first thing that is none. LSN n: the first n records."""

    def __init__(self, log):
        self.bytes, self.records, self.commits, self.aborts = log, [], [], []
        replay, start = Replay(), 0
        while record := record_at(log, start):
            self.records.append(record)
            counted = replay.apply(record)
            lsn, start = len(self.records), record.end
            if record.kind in (COMMIT, ABORT):
                ends = self.commits if record.kind == COMMIT else self.aborts
                ends.append(Commit(lsn, record.xid, record.time, counted))
        self.good_end = start
        self.unfinished = {xid: len(writes) for xid, writes in replay.open.items()}

    @classmethod
    def of(cls, path):
        return cls(read(path) if os.path.exists(path) else b"")

    def offset(self, lsn):
        return self.records[lsn - 1].end if lsn else 0

    def prefix(self, lsn):
        return self.bytes[:self.offset(lsn)]

    def replay(self, lsn):
        replay = Replay()
        for record in self.records[:lsn]:
            replay.apply(record)
        return replay

    def last_checkpoint(self, lsn):
        """As wal.manifest has it: the number of records before the last one kept; 0 when there is none."""
        return max((at for at, record in enumerate(self.records[:lsn]) if record.kind == CHECKPOINT), default=0)

    def last_commit(self, lsn):
        return max((commit.lsn for commit in self.commits if commit.lsn <= lsn), default=None)

    # The cuts: how many records a target keeps.

    def cut_at_time(self, time_us, exclusive=False):
        late = (c.lsn for c in self.commits if c.time > time_us or (exclusive and c.time == time_us))
        return next(late, len(self.records) + 1) - 1

    def is_dated(self, time_us, exclusive=False):
        """Whether the log itself shows that it is past that time: it holds the first commit to leave out."""
        return any(c.time > time_us or (exclusive and c.time == time_us) for c in self.commits)

    def cut_at_xid(self, xid, exclusive=False):
        found = [commit.lsn for commit in self.commits if commit.xid == xid]
        if not found:
            raise NotFound(xid)
        if len(found) > 1:
            raise Ambiguous(xid, found)
        return found[0] - exclusive
