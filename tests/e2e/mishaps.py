"""Runs the binary with the preloaded library of mishap.c: what it does to the file system, and what comes of it when
one of those calls goes wrong."""

import os
import signal

import pitr

LIBRARY = os.environ.get("PITRCTL_MISHAP", "")


class MishapCase(pitr.Case):
    def traced(self, *args, **options):
        """The calls that a run makes, as (name, path, [path])."""
        log = self.fresh("calls")
        self.ctl(*args, env={"LD_PRELOAD": LIBRARY, "MISHAP_LOG": log}, **options)
        with open(log, encoding="utf-8") as file:
            return [tuple(line.rstrip("\n").split("\t")) for line in file]

    def with_mishap(self, number, kind, *args):
        env = {"LD_PRELOAD": LIBRARY, "MISHAP_AT": str(number), "MISHAP_KIND": str(kind)}
        return self.run_ctl(*args, env=env)

    def was_killed(self, outcome):
        return outcome.code == -signal.SIGKILL

    def numbers(self, calls):
        """Which calls to try: all of them, or a stretched choice of them where the scale says so."""
        step = max(1, round(1 / pitr.SCALE))
        return range(1, calls + 1, step)
