"""Two histories in one repository: a conflict with the right hint, or a new timeline, never a chain that mixes them."""

import os
import shutil

import pitr


class ConflictCase(pitr.Case):
    def setUp(self):
        super().setUp()
        self.db = pitr.create_database(self.path("live", "app.db"), rows=10)
        self.init()

    def add(self, db, *bodies):
        connection = pitr.connect(db)
        for body in bodies:
            connection.execute("INSERT INTO item(body) VALUES(?)", (body,))
        connection.close()

    def copy(self, name="copy"):
        """A diverged copy, made while nobody wrote."""
        path = self.path(name, "app.db")
        os.makedirs(os.path.dirname(path))
        shutil.copyfile(self.db, path)
        self.add(path, f"only in {name}")
        return path

    def check_only(self, db):
        """The repository holds this database's history and nothing else."""
        self.archive(db)
        self.ctl("validate", "--level", "records", "--source", db)
        self.assertEqual(self.restored_content(), pitr.content_of(db))

    def check_refused(self, db, *args):
        before = pitr.files_under(self.repo)
        error = self.refused(pitr.CONFLICT, ("log_conflict", "conflict"), "archive", db, *args)
        self.assertEqual(pitr.files_under(self.repo), before)
        self.assertIn("--new-timeline", error["hint"])
        self.assertIn("--same-database", error["hint"])


class Conflicts(ConflictCase):
    def test_two_diverged_copies(self):
        self.archive(self.db)
        copy = self.copy()
        self.add(self.db, "only in the first")
        self.check_refused(copy)
        self.check_only(self.db)
        self.check_refused(copy)

    def test_staging_copy_in_the_same_place(self):
        """Another file has taken the database's place."""
        self.archive(self.db)
        self.add(self.db, "x")
        staging = self.copy("staging")
        os.replace(staging, self.db)
        self.check_refused(self.db)
        self.check_refused(self.db, "--no-bridge")

    def test_copy_taken_as_a_new_timeline(self):
        self.archive(self.db)
        copy = self.copy()
        self.add(self.db, "only in the first")
        self.archive(self.db)
        self.archive(copy, "--new-timeline")
        self.add(copy, "more")
        self.archive(copy)
        self.assertEqual(self.restored_content("--timeline", 2), pitr.content_of(copy))
        self.assertEqual(self.restored_content("--timeline", 1), pitr.content_of(self.db))
        self.ctl("validate", "--level", "records")

    def test_moved_database(self):
        """The same database in another place, once the operator says so."""
        self.archive(self.db)
        self.add(self.db, "x")
        self.archive(self.db)
        moved = self.path("moved", "app.db")
        os.makedirs(os.path.dirname(moved))
        os.rename(self.db, moved)
        self.check_refused(moved)
        self.add(moved, "y")
        self.archive(moved, "--same-database")
        self.add(moved, "z")
        self.check_only(moved)
        self.assertEqual({int(w["timeline"]) for w in self.windows()}, {1})

    def test_unrelated_database(self):
        self.archive(self.db)
        other = pitr.create_database(self.path("other", "app.db"), rows=50)
        self.check_refused(other)
        self.check_only(self.db)

    def two_first_runs(self, first, second):
        """Both at once, and nothing keeps them apart but the repository."""
        processes = [self.start("archive", db, env={"XDG_STATE_HOME": self.path(f"state-{number}")})
                     for number, db in enumerate((first, second))]
        return [self.finish(process) for process in processes]

    def test_two_first_runs_of_one_database(self):
        for _ in range(pitr.scaled(15, 3)):
            outcomes = self.two_first_runs(self.db, self.db)
            for outcome in outcomes:
                self.assertIn(outcome.code, (pitr.OK, pitr.CONFLICT), outcome)
            self.assertIn(pitr.OK, [outcome.code for outcome in outcomes])
            self.check_only(self.db)
            self.begin_again()

    def test_two_first_runs_of_two_databases(self):
        copy = self.copy()
        for _ in range(pitr.scaled(15, 3)):
            outcomes = self.two_first_runs(self.db, copy)
            self.assertEqual(sorted(outcome.code for outcome in outcomes), [pitr.OK, pitr.CONFLICT],
                             "\n".join(map(str, outcomes)))
            winner, loser = (self.db, copy) if outcomes[0].code == pitr.OK else (copy, self.db)
            self.assertIn("hint:", outcomes[outcomes[0].code == pitr.OK].err)
            self.check_refused(loser)
            self.check_only(winner)
            self.begin_again()

    def begin_again(self):
        shutil.rmtree(self.repo)
        shutil.rmtree(self.state, ignore_errors=True)
        for number in range(2):
            shutil.rmtree(self.path(f"state-{number}"), ignore_errors=True)
        self.init()


class Restored(ConflictCase):
    """A restored database and the repository it came from."""

    def setUp(self):
        super().setUp()
        self.archive(self.db)
        self.add(self.db, "one", "two", "three")
        self.archive(self.db)
        lsn = self.transactions()[0]["lsn"]
        self.copy_dir = self.restore("--to-lsn", lsn)
        self.copy_db = os.path.join(self.copy_dir, "app.db")

    def test_starts_a_new_timeline(self):
        self.archive(self.copy_db)
        self.add(self.copy_db, "another three")
        self.archive(self.copy_db)
        self.add(self.db, "four")
        self.archive(self.db)
        timelines = self.ctl_json("list", "timelines")["timelines"]
        self.assertEqual([int(t["timeline"]) for t in timelines], [1, 2])
        self.assertEqual(int(timelines[1]["parent"]), 1)
        self.assertEqual(timelines[1]["fork_lsn"], self.transactions("--timeline", 1)[0]["lsn"])
        self.assertEqual(self.restored_content("--timeline", 1), pitr.content_of(self.db))
        self.assertEqual(self.restored_content("--timeline", 2), pitr.content_of(self.copy_db))
        self.ctl("validate", "--level", "records")

    def test_two_restores_to_one_point(self):
        """Each restore is a branch of its own."""
        second = os.path.join(self.restore("--to-lsn", self.transactions()[0]["lsn"]), "app.db")
        for number, db in enumerate((self.copy_db, second)):
            self.archive(db)
            self.add(db, f"branch {number}")
            self.archive(db)
        self.assertEqual(self.restored_content("--timeline", 2), pitr.content_of(self.copy_db))
        self.assertEqual(self.restored_content("--timeline", 3), pitr.content_of(second))

    def test_without_its_mark(self):
        os.remove(os.path.join(self.copy_dir, ".pitrctl.json"))
        self.add(self.copy_db, "other")
        self.check_refused(self.copy_db)
        self.check_only(self.db)

    def test_moved_over_the_original(self):
        """With its mark: a new timeline."""
        self.replace_original()
        self.add(self.db, "a new life")
        self.archive(self.db)
        self.assertEqual(self.restored_content(), pitr.content_of(self.db))
        self.assertEqual({int(t["timeline"]) for t in self.ctl_json("list", "timelines")["timelines"]}, {1, 2})
        self.ctl("validate", "--level", "records")

    def test_moved_over_the_original_without_its_mark(self):
        self.replace_original()
        os.remove(self.path("live", ".pitrctl.json"))
        self.add(self.db, "a new life")
        self.check_refused(self.db)

    def replace_original(self):
        for name in os.listdir(self.copy_dir):
            os.replace(os.path.join(self.copy_dir, name), self.path("live", name))

    def test_written_into_the_original(self):
        """The same file, byte by byte what it was earlier, and without a mark: its history goes on elsewhere."""
        old = self.transactions()
        with open(self.copy_db, "rb") as source, open(self.db, "r+b") as target:
            target.write(source.read())
            target.truncate()
        self.add(self.db, "a new life")
        outcome = self.archive(self.db, code=(pitr.OK, pitr.CONFLICT))
        if outcome.code == pitr.OK:
            self.assertEqual(self.restored_content(), pitr.content_of(self.db))
        listed = self.transactions("--timeline", 1)
        self.assertEqual(listed[:len(old)], old)
        self.ctl("validate", "--level", "records", code=(pitr.OK, pitr.GAP))


if __name__ == "__main__":
    pitr.main()
