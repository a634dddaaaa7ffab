"""Judges what pitrctl says and restores against the oracle."""

import bisect
import os
import random
import shutil
from datetime import datetime, timezone

import oracle
import pitr
import writer


def microseconds(text):
    """A time as pitrctl prints it, in microseconds since 1970."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def time_text(us):
    seconds, rest = divmod(us, 1_000_000)
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:06d}Z"


class Transaction:
    def __init__(self, json, place=None):
        self.timeline, self.lsn, self.xid = int(json["timeline"]), int(json["lsn"]), int(json["xid"])
        self.not_before, self.not_after = microseconds(json["not_before"]), microseconds(json["not_after"])
        self.bridge = json["bridge"]
        self.place = place


class Window:
    """A recovery window and which commit each of its points is."""

    def __init__(self, json):
        self.timeline = int(json["timeline"])
        self.start, self.end = int(json["start"]["lsn"]), int(json["end"]["lsn"])
        self.start_time = json["start"]["time"] and microseconds(json["start"]["time"])
        self.bridges = [(int(b["start"]["lsn"]), int(b["end"]["lsn"]), b["hidden_commits"]) for b in json["bridges"]]
        self.transactions = []
        self.start_place = None

    def place_at(self, lsn):
        position = bisect.bisect_right([t.lsn for t in self.transactions], lsn)
        return self.transactions[position - 1].place if position else self.start_place

    def hides(self, lsn):
        return any(start < lsn < end for start, end, _ in self.bridges)


class Line:
    """One timeline as pitrctl lists it, anchored in the oracle's history."""

    def __init__(self, judge, timeline, history):
        self.judge, self.timeline, self.history = judge, timeline, history
        case = judge.case
        self.windows = [Window(w) for w in case.windows() if int(w["timeline"]) == timeline]
        listed = [Transaction(t) for t in case.transactions("--timeline", timeline)]
        # What was archived before a first run came as far as its snapshot cannot be restored.
        self.transactions = [t for t in listed if t.lsn > self.windows[0].start]
        self.before_all = [t for t in listed if t.lsn <= self.windows[0].start]
        for window in self.windows:
            window.transactions = [t for t in self.transactions if window.start < t.lsn <= window.end]
            self.anchor(window)
        case.assertEqual(sum(len(w.transactions) for w in self.windows), len(self.transactions),
                         "a listed transaction lies in no window")

    def anchor(self, window):
        """Gives every transaction its commit: each is the next one of the oracle, but after a bridge."""
        case = self.judge.case
        place = window.start_place = self.judge.place_after(self, "--to-lsn", window.start)
        hidden = {end: (count, start) for start, end, count in window.bridges}
        for transaction in window.transactions:
            if transaction.bridge:
                case.assertIn(transaction.lsn, hidden)
                after = self.judge.place_after(self, "--to-lsn", transaction.lsn)
                count = hidden[transaction.lsn][0]
                case.assertGreater(after, place)
                if count is not None:
                    case.assertEqual(after - place, count, "a bridge miscounts what it hides")
                place = after
            else:
                place += 1
            transaction.place = place
            self.check_times(transaction)

    def check_times(self, transaction):
        """The interval in which pitrctl says the commit was made must hold a moment at which it may have been."""
        commit = self.history.commits[transaction.place]
        if transaction.not_before * 1000 >= commit.after + 1000 or commit.before > transaction.not_after * 1000 + 999:
            restored = self.judge.place_after(self, "--to-lsn", transaction.lsn)
            segments = self.judge.case.ctl("list", "segments").out
            self.judge.case.fail(f"{vars(transaction)} was made in {commit}; restored it is commit {restored}\n{segments}")

    def window_of(self, lsn):
        return next((w for w in self.windows if w.start <= lsn <= w.end), None)


class Judge:
    def __init__(self, case, world):
        self.case, self.world = case, world
        self.random = random.Random(world.random.getrandbits(32))
        self.restored = self.refused = 0
        self.lines = {}
        for timeline, source in enumerate(world.sources, 1):
            self.lines[timeline] = Line(self, timeline, self.history_of(source))
            self.check_end(self.lines[timeline])

    def history_of(self, source):
        db = pitr.connect(source.path)
        writer.begin_log(db, source.log)
        db.close()
        return oracle.History(source.log)

    def check_end(self, line):
        """The last archive ran when no writer did: nothing may be missing."""
        self.case.assertEqual(line.windows[-1].place_at(line.windows[-1].end), len(line.history.commits) - 1)

    def restore(self, line, *target):
        """The place of what a restore gave, or the outcome of a refusal."""
        into = self.case.fresh("restored")
        scope = ("--timeline", line.timeline)
        outcome = self.case.run_ctl("--json", "restore", "--target-dir", into, *scope, *target)
        if outcome.code != pitr.OK:
            self.case.assertFalse(os.path.exists(os.path.join(into, "app.db")), outcome)
            return None, outcome
        database = os.path.join(into, "app.db")
        try:
            return line.history.place_of(database), outcome
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{outcome}") from None
        finally:
            shutil.rmtree(into)

    def place_after(self, line, *target):
        place, outcome = self.restore(line, *target)
        self.case.assertEqual(outcome.code, pitr.OK, outcome)
        return place

    def expect(self, line, place, *target):
        """The target must give this place; where it is None it must be refused."""
        got, outcome = self.restore(line, *target)
        if place is None:
            self.case.assertIn(outcome.code, (pitr.NOT_FOUND, pitr.GAP, pitr.UNREACHABLE), outcome)
            self.case.assertTrue(outcome.error["hint"], outcome)
            self.refused += 1
        else:
            self.case.assertEqual(outcome.code, pitr.OK, outcome)
            self.case.assertEqual(got, place, outcome)
            self.restored += 1

    def try_targets(self, count):
        kinds = (self.latest, self.lsn, self.lsn_exclusive, self.xid, self.xid_exclusive, self.time, self.time,
                 self.name, self.immediate)
        for number in range(count):
            line = self.random.choice(list(self.lines.values()))
            kinds[number % len(kinds)](line)
        print(f"{count} targets: {self.restored} restored, {self.refused} refused", flush=True)

    # The kinds of target.

    def latest(self, line):
        self.expect(line, line.windows[-1].place_at(line.windows[-1].end), "--to-latest")

    def some_lsn(self, line):
        window = self.random.choice(line.windows)
        lsn = self.random.choice([self.random.randint(window.start, window.end), window.start - 1, window.end + 1,
                                  *(self.random.choice(line.transactions).lsn for _ in range(4))])
        return max(lsn, 0)

    def place_at_lsn(self, line, lsn):
        window = line.window_of(lsn)
        return None if window is None or window.hides(lsn) else window.place_at(lsn)

    def lsn(self, line):
        lsn = self.some_lsn(line)
        if lsn < line.windows[0].start and line.timeline > 1:
            return self.expect_parent(line, lsn)
        return self.expect(line, self.place_at_lsn(line, lsn), "--to-lsn", lsn)

    def expect_parent(self, line, lsn):
        """Before the fork a child's path is its parent's."""
        parent = self.lines[1]
        place = self.place_at_lsn(parent, lsn)
        into = self.case.fresh("restored")
        outcome = self.case.run_ctl("restore", "--target-dir", into, "--timeline", line.timeline, "--to-lsn", lsn)
        self.case.assertEqual(outcome.code == pitr.OK, place is not None, outcome)
        if place is not None:
            self.case.assertEqual(parent.history.place_of(os.path.join(into, "app.db")), place, outcome)
            shutil.rmtree(into)

    def lsn_exclusive(self, line):
        transaction = self.random.choice(line.transactions)
        window = line.window_of(transaction.lsn)
        before = max([window.start, *(t.lsn for t in window.transactions if t.lsn < transaction.lsn)])
        self.expect(line, window.place_at(before), "--to-lsn", transaction.lsn, "--exclusive")

    def xid(self, line):
        if self.random.random() < 0.15:
            self.expect(line, None, "--to-xid", line.transactions[-1].xid + self.random.randint(1, 100))
            return
        transaction = self.random.choice(line.transactions + line.before_all)
        if transaction.lsn == line.windows[0].start:
            return  # the snapshot's own
        self.expect(line, transaction.place, "--to-xid", transaction.xid)

    def xid_exclusive(self, line):
        transaction = self.random.choice(line.transactions)
        window = line.window_of(transaction.lsn)
        before = max([window.start, *(t.lsn for t in window.transactions if t.lsn < transaction.lsn)])
        self.expect(line, window.place_at(before), "--to-xid", transaction.xid, "--exclusive")

    def name(self, line):
        if not self.world.restore_points or self.random.random() < 0.1:
            self.expect(line, None, "--to-restore-point", "no such point")
            return
        points = {p["name"]: p for p in self.case.ctl_json("restore-point", "list")["restore_points"]}
        self.case.assertEqual(set(points), set(self.world.restore_points))
        point = points[self.random.choice(self.world.restore_points)]
        line = self.lines[int(point["timeline"])]
        self.expect(line, self.place_at_lsn(line, int(point["lsn"])), "--to-restore-point", point["name"])

    def immediate(self, line):
        snapshots = [s for s in self.case.ctl_json("list", "snapshots")["snapshots"]
                     if int(s["timeline"]) == line.timeline]
        if not snapshots:
            return
        snapshot = self.random.choice(snapshots)
        place = self.place_at_lsn(line, int(snapshot["consistent_lsn"]))
        self.expect(line, place, "--immediate", "--snapshot", snapshot["id"])

    def time(self, line):
        tolerance = self.random.choice((0, 0, 1_000_000, 60_000_000))
        anchors = [t.not_after for t in line.transactions] + [t.not_before for t in line.transactions]
        runs = [moment // 1000 for path, *moments in self.world.runs for moment in moments]
        moment = self.random.choice([self.random.choice(anchors), self.random.choice(runs),
                                     self.random.randint(min(anchors), max(anchors))])
        moment += self.random.choice((0, 0, 1, -1, 1000, self.random.randint(-10**6, 10**6)))
        if line.timeline > 1:  # earlier times are its parent's
            moment = max(moment, line.transactions[0].not_before)
        exclusive = self.random.random() < 0.3
        options = ("--exclusive",) if exclusive else ()
        place, outcome = self.restore(line, "--to-time", time_text(moment),
                                      "--time-tolerance", f"{tolerance // 1000}ms", *options)
        if place is None:
            self.case.assertIn(outcome.code, (pitr.GAP, pitr.UNREACHABLE), outcome)
            self.case.assertTrue(self.may_refuse(line, moment, tolerance), outcome)
            self.refused += 1
        else:
            self.check_time(line, moment, tolerance, exclusive, place, outcome)
            self.restored += 1

    def check_time(self, line, moment, tolerance, exclusive, place, outcome):
        limit = moment * 1000 + (0 if exclusive else 1000)
        commits = line.history.commits
        if place > 0:
            self.case.assertLessEqual(commits[place].before, limit, f"a later commit was kept\n{outcome}")
        if place + 1 < len(commits):
            self.case.assertGreaterEqual(commits[place + 1].after + 1000, (moment - tolerance) * 1000,
                                         f"an earlier commit was dropped\n{outcome}")

    def may_refuse(self, line, moment, tolerance):
        """Whether nobody who saw what pitrctl saw could tell what the database held at that moment."""
        looks = [(begin // 1000, end // 1000 + 1) for path, begin, end in self.world.runs
                 if path == self.world.sources[line.timeline - 1].path]
        before_first = moment <= min(end for _, end in looks)
        after_last = moment >= max(begin for begin, _ in looks)
        undecidable = any(t.not_before < moment <= t.not_after and (t.bridge or t.not_after - t.not_before > tolerance)
                          for t in line.transactions)
        # A run that found nothing new stored nothing: the repository knows the last look that saw a commit, and no later.
        last = line.transactions[-1]
        after_last = after_last or last.not_before < moment <= last.not_after
        starts = [w.start_time for w in line.windows if w.start_time is not None]
        outside = (starts and moment < min(starts)) or len(line.windows) > 1
        return before_first or after_last or undecidable or outside
