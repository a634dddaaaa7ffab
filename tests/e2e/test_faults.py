"""Damage in the repository: any byte flipped, any object cut short or removed. `validate` names the object, and no
restore makes a database from it."""

import os
import random
import shutil

import pitr

SEGMENTS = "segments/00000001"


class Faults(pitr.Case):
    """A tiny repository with one object of every kind and a few of the most important ones."""

    codec = "none"

    def setUp(self):
        super().setUp()
        self.random = random.Random(pitr.seed())
        self.db = pitr.create_database(self.path("live", "app.db"), page_size=512, rows=3)
        self.app = self.application(self.db)
        self.init(self.codec)
        self.archive(self.db)
        self.grow()
        self.ctl("restore-point", "create", "here", self.db)
        self.ctl("snapshot", self.db)
        self.grow()
        self.truth = pitr.content_of(self.db)
        self.good = self.path("good")
        shutil.move(self.repo, self.good)
        self.objects = pitr.files_under(self.good)
        self.size = {name: os.path.getsize(os.path.join(self.good, name)) for name in self.objects}
        self.newest = max(name for name in self.objects if name.startswith(SEGMENTS))

    def grow(self):
        self.app.add("x" * 40)
        self.app.add("y" * 40)
        self.archive(self.db)

    def good_copy(self):
        shutil.rmtree(self.repo, ignore_errors=True)
        shutil.copytree(self.good, self.repo)

    def change(self, name, change):
        """Replaces an object by what change(bytes) makes of it."""
        with open(os.path.join(self.good, name), "rb") as file:
            data = change(bytearray(file.read()))
        with open(os.path.join(self.repo, name), "wb") as file:
            file.write(data)

    def flip(self, name, at):
        def change(data):
            data[at] ^= 1 << self.random.randrange(8)
            return data
        self.change(name, change)

    def check_named(self, names, *args):
        """validate finds every one of these objects."""
        outcome = self.ctl("--json", "validate", "--level", "checksums", *args, code=(pitr.CORRUPT, pitr.GAP))
        for name in names:
            self.assertIn(name, outcome.out, outcome)

    def check_restores(self, *target):
        """A restore is refused, or gives what was there: the object was not needed."""
        into = self.path("restored")
        outcome = self.run_ctl("restore", "--target-dir", into, *target)
        database = os.path.join(into, "app.db")
        if outcome.code == pitr.OK:
            content = pitr.checked_content(database)
            if "--to-latest" in target:
                self.assertEqual(content, self.truth, outcome)
        else:
            self.assertFalse(os.path.exists(database), outcome)
            self.assertIn("error:", outcome.err)
        shutil.rmtree(into, ignore_errors=True)
        return outcome

    def together(self):
        """Objects whose damage does not hide that of others."""
        return [name for name in self.objects if name.startswith(("segments/", "packs/", "restore-points/"))]

    def alone(self):
        return [name for name in self.objects if name not in self.together()]

    def step(self):
        return max(1, round(1 / pitr.SCALE))


class FaultsUncompressed(Faults):
    def test_every_byte_flipped(self):
        for name in self.alone():
            for at in range(self.random.randrange(self.step()), self.size[name], self.step()):
                self.good_copy()
                self.flip(name, at)
                with self.subTest(object=name, at=at):
                    self.check_named([name] if name != "pitr.json" else [])
        longest = max(self.size[name] for name in self.together())
        for at in range(self.random.randrange(self.step()), longest, self.step()):
            self.good_copy()
            flipped = [name for name in self.together() if at < self.size[name]]
            for name in flipped:
                self.flip(name, at)
            with self.subTest(at=at):
                self.check_named(flipped)

    def test_every_prefix(self):
        for name in self.alone():
            for length in range(0, self.size[name], self.step()):
                self.good_copy()
                self.change(name, lambda data, length=length: data[:length])
                with self.subTest(object=name, length=length):
                    self.check_named([name] if name != "pitr.json" else [])
        for length in range(0, max(self.size[name] for name in self.together()), self.step()):
            self.good_copy()
            cut = [name for name in self.together() if length < self.size[name]]
            for name in cut:
                self.change(name, lambda data: data[:length])
            with self.subTest(length=length):
                self.check_named(cut)

    def test_every_object_removed(self):
        for name in self.objects:
            if name == self.newest:
                continue
            self.good_copy()
            os.remove(os.path.join(self.repo, name))
            with self.subTest(object=name):
                folder = os.path.dirname(name) if name.startswith("restore-points/") else name
                if name.startswith("restore-points/"):
                    continue
                self.check_named([folder] if name != "pitr.json" else [])
                self.check_restores("--to-latest")

    def test_newest_segment_removed(self):
        """The repository cannot know; the live database does."""
        self.good_copy()
        os.remove(os.path.join(self.repo, self.newest))
        self.ctl("validate")
        outcome = self.ctl("--json", "validate", "--source", self.db, code=None or (pitr.OK, pitr.GAP, pitr.CONFLICT))
        self.assertEqual(outcome.json["source"]["commits_not_archived"], 2, outcome)


class FaultsWhenRestoring(Faults):
    codec = "zstd"

    targets = (("--to-latest",), ("--immediate",), ("--to-xid", 1), ("--to-xid", 3), ("--to-restore-point", "here"))

    def try_all(self, damage, objects=None):
        """Sampled: every kind of target against damage in every object."""
        for name in objects or self.objects:
            for _ in range(pitr.scaled(25, 3)):
                self.good_copy()
                damage(name, self.random.randrange(self.size[name]))
                target = self.random.choice(self.targets)
                with self.subTest(object=name, target=target):
                    self.check_restores(*target)

    def test_flipped(self):
        self.try_all(self.flip)

    def test_cut_short(self):
        self.try_all(lambda name, length: self.change(name, lambda data: data[:length]))

    def test_replaced_by_another_object(self):
        """Whole and well-formed, but in the wrong place."""
        def replace(name, _):
            other = self.random.choice([o for o in self.objects if o != name])
            shutil.copyfile(os.path.join(self.good, other), os.path.join(self.repo, name))
        self.try_all(replace)

    def test_removed(self):
        """All but the newest segment, whose absence a repository cannot know."""
        known = [name for name in self.objects if name != self.newest]
        self.try_all(lambda name, _: os.remove(os.path.join(self.repo, name)), known)

    def test_another_repository(self):
        """A segment of another repository of the same database has the same name and must not pass."""
        self.good_copy()
        other = self.path("other")
        self.ctl("--repo", other, "init", "--compression", self.codec)
        self.ctl("--repo", other, "archive", self.db)
        for name in pitr.files_under(other):
            if name in self.objects and name != "pitr.json":
                self.good_copy()
                shutil.copyfile(os.path.join(other, name), os.path.join(self.repo, name))
                with self.subTest(object=name):
                    self.check_named([name])


if __name__ == "__main__":
    pitr.main()
