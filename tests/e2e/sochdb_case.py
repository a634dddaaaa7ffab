"""What the tests of SochDB's engine stand on: a database directory, and restored ones that are looked at whole."""

import base64
import json
import os
import re
import shutil

import judge
import pitr
import sochdb

MARK = ".pitrctl.json"


def as_time(time_us):
    return judge.time_text(time_us)


class SochCase(pitr.Case):
    def setUp(self):
        super().setUp()
        self.db = self.path("db")
        self.log = os.path.join(self.db, "wal.log")
        os.makedirs(self.db)

    def init(self, compression=None):
        self.ctl("init", "--engine", "sochdb", *(("--compression", compression) if compression else ()))

    def begin_again(self):
        """Another repository."""
        for path in (self.repo, self.state):
            shutil.rmtree(path, ignore_errors=True)
        self.init()

    def put_in_place(self, log, path=None):
        """Gives the log another content as SochDB's truncation and writes do: it remains the same file."""
        with open(path or self.log, "ab") as file:
            file.truncate(0)
            file.write(log)

    def key_file(self, kek):
        path = self.path("key")
        with open(path, "wb") as file:
            file.write(base64.b64encode(kek) + b"\n")
        return path

    def check_names(self, text, *numbers):
        """Each number stands in the text, for itself."""
        for number in numbers:
            self.assertRegex(text, rf"(?<![\w.]){number}(?![\w]|\.\d)")

    # What was restored.

    def taken(self, into, keyring=None):
        """The log of a restored directory, in which nothing but a database ready to be opened may be."""
        names = {"wal.log", "wal.manifest", MARK, *(["keyring.json"] if keyring is not None else [])}
        self.assertEqual(set(os.listdir(into)), names)
        if keyring is not None:
            self.assertEqual(sochdb.read(os.path.join(into, "keyring.json")), keyring)
        return sochdb.read(os.path.join(into, "wal.log"))

    def manifest(self, into):
        with open(os.path.join(into, "wal.manifest"), encoding="utf-8") as file:
            manifest = json.load(file)
        self.assertEqual(manifest["format_version"], 1)
        self.assertTrue(re.fullmatch("[0-9a-f]{32}", manifest["db_uuid"]), manifest)
        return manifest

    def restored_log(self, *target, keyring=None):
        """The log that a restore gives; the copy is removed again."""
        into = self.restore(*target)
        try:
            log = self.taken(into, keyring)
            checkpoint = self.manifest(into)["last_checkpoint_lsn"]
            if keyring is None:
                kept = sochdb.Log(log)
                self.assertEqual(kept.good_end, len(log), f"{target}: it does not end with a whole record")
                self.assertEqual(checkpoint, kept.last_checkpoint(len(kept.records)), target)
            return log
        finally:
            shutil.rmtree(into)

    def check_restores(self, expected, *target, **options):
        """The target gives exactly this log."""
        log = self.restored_log(*target, **options)
        if log != expected:
            self.fail(f"{target}: {len(log)} bytes instead of {len(expected)}, "
                      f"{len(os.path.commonprefix([log, expected]))} of them in common")

    def check_time(self, log, time_us, *options):
        """The target gives the log's records up to the first later commit. Where there is none, it may be refused: nobody
        has looked that late."""
        exclusive = "--exclusive" in options
        into = self.fresh("restored")
        dated = log.is_dated(time_us, exclusive)
        outcome = self.ctl("--json", "restore", "--target-dir", into, "--to-time", as_time(time_us), *options,
                           code=pitr.OK if dated else (pitr.OK, pitr.UNREACHABLE))
        if outcome.code == pitr.OK:
            expected = log.prefix(log.cut_at_time(time_us, exclusive))
            self.assertEqual(self.taken(into), expected, outcome)
            shutil.rmtree(into)
        else:
            self.assertFalse(os.path.exists(into), outcome)
        return outcome

    def possible_gaps(self, *target):
        """What a plan says of the places where the log was truncated."""
        plan = self.ctl_json("restore", "--dry-run", "--target-dir", self.path("nowhere"), *target)["plan"]
        return [warning for warning in plan["warnings"] if "truncated" in warning]

    def timelines(self):
        return {int(t["timeline"]): t for t in self.ctl_json("list", "timelines")["timelines"]}

    def check_sound(self, *options):
        self.assertTrue(self.ctl_json("validate", "--level", "records", *options)["healthy"])
