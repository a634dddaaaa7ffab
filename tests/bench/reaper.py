"""Runs a command and waits for it and for every process it leaves behind; prints what they took as JSON.

  reaper.py OUTPUT COMMAND...

OUTPUT gets what the command prints. The memory is that of the largest process.
"""

import ctypes
import json
import os
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def main():
    # The command is a grandchild: a child's peak memory counts what this interpreter had when it forked.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    begin = time.monotonic()
    with open(sys.argv[1], "wb") as output:
        shell = subprocess.Popen(["/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", *sys.argv[2:]], stdout=subprocess.PIPE,
                                 stderr=output)
    command = int(shell.stdout.readline())
    code, cpu, memory = None, 0, 0
    while True:
        try:
            pid, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            break
        if pid == shell.pid:
            continue
        cpu += usage.ru_utime + usage.ru_stime
        memory = max(memory, usage.ru_maxrss)
        if pid == command:
            code = os.waitstatus_to_exitcode(status)
    print(json.dumps({"wall": time.monotonic() - begin, "cpu": cpu, "memory": memory / 1000, "code": code}))


if __name__ == "__main__":
    main()
