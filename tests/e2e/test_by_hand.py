"""A repository outlives its program: segments are read with nothing but head, tail, zstd, lz4 and sqlite3."""

import json
import os
import shutil
import subprocess
import unittest

import pitr


@unittest.skipUnless(shutil.which("sqlite3"), "needs the sqlite3 command")
class ByHand(pitr.Case):
    CHECKPOINT = 'sqlite3 "$DB" "PRAGMA wal_checkpoint" >/dev/null'

    def shell(self, script, **variables):
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=False,
                              env={**os.environ, **{key: str(value) for key, value in variables.items()}})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def check_by_hand(self, codec, unpack):
        """Replays every segment over a copy of the database as it was when archiving began."""
        db = pitr.create_database(self.path("live", "app.db"), rows=10)
        base = self.path("app.db")
        app = self.application(db)
        for suffix in ("", "-wal"):
            shutil.copyfile(db + suffix, base + suffix)
        self.init(codec)
        self.archive(db)
        for turn in range(3):
            for number in range(turn + 1):
                app.add(f"row {turn} {number}")
            app.execute(("UPDATE item SET body=? WHERE id=1", (f"turn {turn}",)))
            self.archive(db)
        self.shell(self.CHECKPOINT, DB=base)
        replayed = 0
        for name in sorted(os.listdir(self.path("repo", "segments", "00000001"))):
            segment = self.path("repo", "segments", "00000001", name)
            manifest = json.loads(self.shell('head -1 "$SEGMENT" | tail -c +9', SEGMENT=segment))
            if not manifest["commits"]["count"]:
                continue
            log = base + "-wal"
            self.shell(unpack, SEGMENT=segment, LOG=log)
            self.assertEqual(os.path.getsize(log), manifest["size"])
            self.shell(self.CHECKPOINT, DB=base)
            replayed += manifest["commits"]["count"]
        self.assertEqual(replayed, 9)
        said = self.shell('sqlite3 "$DB" "PRAGMA integrity_check"', DB=base)
        self.assertEqual(said, "ok\n")
        self.assertEqual(pitr.content_of(base), pitr.content_of(db))

    def test_uncompressed(self):
        """The payload follows the manifest's line."""
        self.check_by_hand("none", 'tail -n +2 "$SEGMENT" > "$LOG"')

    @unittest.skipUnless(shutil.which("zstd"), "needs zstd")
    def test_zstd(self):
        self.check_by_hand("zstd", 'zstd -dc < "$SEGMENT" > "$LOG"')

    @unittest.skipUnless(shutil.which("lz4"), "needs lz4")
    def test_lz4(self):
        self.check_by_hand("lz4", 'lz4 -dc < "$SEGMENT" > "$LOG"')


if __name__ == "__main__":
    pitr.main()
