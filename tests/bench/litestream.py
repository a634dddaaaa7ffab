"""Litestream, to compare with. Comes from the npm registry: find() installs it into the work directory unless a binary
is named."""

import os
import signal
import subprocess
import time

import bench


def find(place, named):
    """The path of a binary, or None where there is none to be had."""
    if named:
        return named
    done = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", place.path,
                           "@flydotio/litestream"], capture_output=True, check=False)
    if done.returncode:
        return None
    for folder, _, names in os.walk(place.join("node_modules", "@flydotio")):
        binary = os.path.join(folder, "litestream")
        if "litestream" in names and is_program(binary):
            return binary
    return None


def is_program(path):
    """A binary, rather than the script that npm puts before it."""
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF" and os.access(path, os.X_OK)


class Litestream:
    def __init__(self, place, binary, database):
        self.binary, self.database = binary, database
        self.replica, self.config = place.join("replica"), place.join("litestream.yml")
        self.version = subprocess.run([binary, "version"], capture_output=True, text=True, check=True).stdout.strip()
        plural = self.version.lstrip("v").startswith("0.3")
        replica = "replicas:\n      - path: " if plural else "replica:\n      path: "
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f"dbs:\n  - path: {database}\n    {replica}{self.replica}\n")
        self.log = open(place.join("litestream.log"), "wb")
        self.process = None

    def start(self):
        self.process = subprocess.Popen([self.binary, "replicate", "-config", self.config], stdout=self.log,
                                        stderr=subprocess.STDOUT)
        time.sleep(2)
        self.wait_until_quiet()

    def wait_until_quiet(self, seconds=6, limit=300):
        """Until the replica has not grown for a while: it gives no other sign."""
        last, since, begin = -1, time.monotonic(), time.monotonic()
        while time.monotonic() - begin < limit:
            size = bench.size_under(self.replica) if os.path.exists(self.replica) else 0
            if size != last:
                last, since = size, time.monotonic()
            elif time.monotonic() - since >= seconds:
                return
            time.sleep(0.25)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.log.close()

    def restore(self, output, *options):
        return bench.timed([self.binary, "restore", "-config", self.config, "-o", output, *options, self.database])
