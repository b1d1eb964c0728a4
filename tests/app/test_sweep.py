"""`carrybit sweep`: resumes after every kind of end, computes nothing twice, and says what is wrong in one line."""

import csv
import io
import json
import os
import random
import resource
import signal
import sqlite3
import time
import unittest

from carrybit_op import run
from study_files import ROWS, StudyCase


def computed(done):
    """How many cells the sweep says it computed."""
    return int(done.stdout.split("cells: ")[1].split(" computed")[0])


class Whole(StudyCase):
    def test_table(self):
        rows = list(csv.DictReader(io.StringIO(self.undisturbed().decode())))
        self.assertEqual([row["cell"] for row in rows], [str(i + 1) for i in range(ROWS)])
        for row in rows:
            if row["kind"] == "accuracy" and row["outcome"] != "impossible":
                right, problems = int(row["right"]), int(row["problems"])
                self.assertEqual(row["outcome"], "right" if right == problems else "wrong")
                self.assertLessEqual(float(row["exact_match_low"]), right / problems)
                self.assertEqual(bool(row["failing_input"]), right < problems)
        widths = [row for row in rows if row["kind"] == "width"]
        self.assertEqual([row["length_digits"] for row in widths], ["1", "2", "4"])
        for row in widths:
            self.assertEqual(int(row["refuted_width_bits"]) + 1, int(row["required_width_bits"]))
        self.assertTrue({"right", "wrong"} <= {row["outcome"] for row in rows})

    def test_a_row_is_what_run_says(self):
        rows = list(csv.DictReader(io.StringIO(self.undisturbed().decode())))
        for row in random.Random(4).sample([r for r in rows if r["kind"] == "accuracy"], 4):
            done = run(["run", "--task", "add", "--base", "2", "--length", row["length_digits"], "--construction",
                        row["model"], "--precision", row["format"], "--count", str(self.sampled), "--seed", "1", "--json"])
            self.assertEqual(json.loads(done.stdout)["exact"], int(row["right"]))

    def test_no_clock_and_no_host_in_the_store(self):
        self.undisturbed()
        with sqlite3.connect(self.folder / "undisturbed/cells.sqlite") as db:
            text = "\n".join(db.iterdump())
        self.assertNotIn(os.uname().nodename, text.replace("carrybit", ""))
        self.assertNotIn(time.strftime("%Y-"), text)

    def test_again_computes_nothing_and_changes_nothing(self):
        table = self.undisturbed()
        self.assertEqual(computed(self.sweep("undisturbed")), 0)
        self.assertEqual(self.table("undisturbed"), table)

    def test_one_core_and_many_and_little_memory_give_the_same(self):
        table = self.undisturbed()
        for name, arguments in (("one", ["--jobs", "1"]), ("seven", ["--jobs", "7"]), ("small", ["--memory", "1"])):
            self.assertEqual(self.sweep(name, *arguments).returncode, 0)
            self.assertEqual(self.table(name), table, name)

    def test_a_longer_study_computes_only_what_is_new(self):
        self.undisturbed()
        self.study.write_text(self.study.read_text().replace("[1, 2, 4]", "[1, 2, 3, 4]"))
        self.assertEqual(computed(self.sweep("undisturbed")), 1)
        self.assertEqual(len(self.table("undisturbed").splitlines()), ROWS + 2)

    def test_dry_run_lists_and_computes_nothing(self):
        done = run(["sweep", str(self.study), "--dry-run"])
        self.assertEqual(done.returncode, 0)
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), ROWS + 1)
        self.assertIn(f"{ROWS} rows, {ROWS} cells to compute", lines[-1])
        self.assertEqual([path.name for path in self.folder.iterdir()], ["study.toml"])

    def test_events(self):
        done = self.sweep("events", "--json")
        events = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([e["event"] for e in events], ["begin"] + ["cell"] * ROWS + ["end"])
        self.assertEqual(sorted(e["row"] for e in events[1:-1]), list(range(1, ROWS + 1)))
        self.assertEqual(events[-1]["computed"], ROWS)
        self.assertEqual(done.stderr, "")


class Disturbed(StudyCase):
    sampled = 800

    def test_killed_again_and_again(self):
        table = self.undisturbed()
        draws = random.Random(1)
        kept = 0
        for _ in range(6):
            process = self.begin("killed")
            time.sleep(draws.uniform(0.02, 0.4))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            if (self.folder / "killed/cells.sqlite").exists():
                with sqlite3.connect(self.folder / "killed/cells.sqlite") as db:
                    if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                        found = db.execute("SELECT count(*) FROM results").fetchone()[0]
                        self.assertGreaterEqual(found, kept)  # nothing that was committed is lost
                        kept = found
        done = self.sweep("killed")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(computed(done), ROWS - kept)
        self.assertEqual(self.table("killed"), table)

    def test_two_at_once(self):
        table = self.undisturbed()
        both = [self.begin("two"), self.begin("two")]
        done = [process.communicate() for process in both]
        self.assertEqual([process.returncode for process in both], [0, 0], done)
        counts = [int(out.split("cells: ")[1].split(" computed")[0]) for out, _ in done]
        self.assertEqual(sum(counts), ROWS)  # nothing was computed twice
        self.assertEqual(self.table("two"), table)

    def test_the_other_is_killed(self):
        table = self.undisturbed()
        first = self.begin("other", "--jobs", "1")
        self.wait_for_cells("other", 1)
        second = self.begin("other", "--jobs", "1")
        time.sleep(0.1)
        first.kill()
        first.communicate()
        self.assertEqual(second.communicate()[1], "")
        self.assertEqual(second.returncode, 0)
        self.assertEqual(self.table("other"), table)

    def test_another_study_in_the_same_folder_at_once_is_refused(self):
        first = self.begin("other", "--jobs", "1")
        self.wait_for_cells("other", 1)
        first.send_signal(signal.SIGSTOP)  # in the middle, however fast the machine is
        self.assertIsNone(first.poll())
        self.study.write_text(self.study.read_text().replace("4..9", "4..8"))
        self.assert_one_line(self.sweep("other"), 2, "for another study just now")
        first.kill()
        first.communicate()

    def test_interrupted(self):
        table = self.undisturbed()
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.begin("interrupted", "--jobs", "1")
            before = self.wait_for_cells("interrupted", 1 if number == signal.SIGINT else 3)
            process.send_signal(number)
            out, err = process.communicate()
            self.assertEqual(process.returncode, 128 + number, err)
            self.assertEqual(err.count("\n"), 1)
            self.assertIn("the same command goes on from there", err)
            self.assertGreaterEqual(int(err.split("stopped; ")[1].split()[0]), before)
            self.assertFalse((self.folder / "interrupted/cells.csv").exists())
        done = self.sweep("interrupted")
        self.assertLess(computed(done), ROWS)
        self.assertEqual(self.table("interrupted"), table)

    def test_disk_full(self):
        table = self.undisturbed()

        def limit(size):
            return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        had = 0
        for size in (20_000, 50_000, 80_000):  # the write-ahead log meets the limit sooner or later
            done = self.sweep("full", preexec_fn=limit(size))
            if done.returncode != 0:
                self.assert_one_line(done, 2, "the disk is full or a limit on file size was reached")
                self.assertFalse((self.folder / "full/cells.csv").exists())
                had += 1
        self.assertGreater(had, 0)
        done = self.sweep("full")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.table("full"), table)

    def test_full_file_system(self):
        folder = self.folder / "small"
        folder.mkdir()
        if os.system(f"mount -t tmpfs -o size=256k tmpfs {folder} 2>/dev/null") != 0:
            self.skipTest("no right to mount")
        try:
            (folder / "ballast").write_bytes(b"x" * 150_000)
            self.assert_one_line(self.sweep("small"), 2, "the disk is full")
            (folder / "ballast").unlink()
            os.system(f"mount -o remount,size=16m {folder}")
            self.assertEqual(self.sweep("small").returncode, 0)
            self.assertEqual(self.table("small"), self.undisturbed())
        finally:
            os.system(f"umount {folder}")


class Shards(StudyCase):
    def test_merged_is_the_whole(self):
        table = self.undisturbed()
        shards = [f"shard{i}" for i in range(1, 4)]
        total = 0
        for i, shard in enumerate(shards):
            done = self.sweep(shard, "--shard", f"{i + 1}/3")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertFalse((self.folder / shard / "cells.csv").exists())
            total += computed(done)
        self.assertEqual(total, ROWS)
        folders = [str(self.folder / shard) for shard in shards]
        part = run(["merge", str(self.folder / "merged"), *folders[:2], "--no-figures"])
        self.assert_one_line(part, 1, "rows are missing, so no table was written")
        done = run(["merge", str(self.folder / "merged"), *folders, "--no-figures"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.table("merged"), table)
        for name in ("widths.csv", "fits.csv", "digits.csv", "study.toml"):
            self.assertEqual((self.folder / "merged" / name).read_bytes(),
                             (self.folder / "undisturbed" / name).read_bytes(), name)

    def test_what_is_no_shard(self):
        self.assert_one_line(run(["merge", str(self.folder / "m"), str(self.folder)]), 2, "there is no store")
        self.assert_one_line(self.sweep("x", "--shard", "9/8"), 2, "accepted: I/N")


class Weights(StudyCase):
    STUDY = """[[sweep]]
kind = "accuracy"
model = { weights = "adder" }
task = "add"
base = 2
length = 3
arithmetic = ["fp64", "bf16", { format = "fixed:i6.f0", sum = "exact" }]
inputs = "exhaustive"
"""

    def export(self, *arguments):
        done = run(["export", "--task", "add", "--base", "2", "--construction", "add_log", "--length", "3",
                    "--out", str(self.folder / "adder"), *arguments])
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_saved_weights_are_known_by_their_content(self):
        self.study.write_text(self.STUDY)
        self.assert_one_line(self.sweep("w"), 2, "study.toml:3: cannot read")
        self.export("--precision", "fp64")
        self.assertEqual(computed(self.sweep("w")), 3)
        rows = list(csv.DictReader(io.StringIO(self.table("w").decode())))
        self.assertEqual((rows[0]["model"], rows[0]["outcome"], rows[0]["right"]), ("adder", "right", "64"))
        self.assertEqual(computed(self.sweep("w")), 0)
        self.export("--precision", "bf16")  # other scores, so another model
        self.assertEqual(computed(self.sweep("w")), 3)

    def test_weights_that_are_too_short_are_refused(self):
        self.study.write_text(self.STUDY.replace("length = 3", "length = 4"))
        self.export()
        self.assert_one_line(self.sweep("w"), 2, "study.toml:3: model: add:p2.n4 needs 5 tokens and sequences of 14")


class Refused(StudyCase):
    def test_errors(self):
        self.study.write_text(self.study.read_text().replace("length", "lenght", 1))
        self.assert_one_line(self.sweep("x"), 2, "study.toml:7: 'lenght' is no key of a [[sweep]]; did you mean length?")
        self.assert_one_line(run(["sweep", str(self.folder / "none.toml")]), 2, "cannot read")
        self.assertFalse((self.folder / "x").exists())

    def test_no_out(self):
        self.assert_one_line(run(["sweep", str(self.study)]), 2, "--out is missing")

    def test_foreign_and_newer_stores(self):
        out = self.folder / "x"
        out.mkdir()
        with sqlite3.connect(out / "cells.sqlite") as db:
            db.execute("CREATE TABLE other(x)")
        self.assert_one_line(self.sweep("x"), 2, "is a database, but no store of carrybit")
        (out / "cells.sqlite").unlink()
        self.undisturbed()
        with sqlite3.connect(self.folder / "undisturbed/cells.sqlite") as db:
            db.execute("PRAGMA user_version = 7")
        self.assert_one_line(self.sweep("undisturbed"), 2, "was written by a newer carrybit (schema 7)")


if __name__ == "__main__":
    unittest.main()
