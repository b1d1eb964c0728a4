"""`carrybit plot`: the same bytes each time, from a store or from a table, also while a sweep runs."""

import shutil
import time
import unittest

from carrybit_op import run
from study_files import ROWS, StudyCase

FIGURES = """
[[figure]]
name = "widths"
x = "length_digits"
y = "required_width_bits"
where = { kind = "width" }
stated = true
theory = "log2(n)+2"

[[figure]]
name = "map"
shape = "heatmap"
x = "length_digits"
y = "width_bits"
value = "exact_match"
where = { kind = "accuracy" }
each = "model"
"""
FILES = [f"{name}.{ending}" for name in ("widths", "map-add_log", "map-add_constant")
         for ending in ("gp", "svg", "png", "pdf")]


@unittest.skipUnless(shutil.which("gnuplot") and shutil.which("rsvg-convert"), "no gnuplot or no rsvg-convert")
class Plot(StudyCase):
    def setUp(self):
        super().setUp()
        self.study.write_text(self.study.read_text() + FIGURES)

    def plot(self, *arguments):
        done = run(["plot", *map(str, arguments)])
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_same_bytes_from_store_and_table_at_any_time(self):
        self.undisturbed()
        out = self.folder / "undisturbed"
        self.plot(out)
        drawn = {name: (out / name).read_bytes() for name in FILES}
        self.assertTrue(all(drawn.values()))
        time.sleep(1.1)  # a date would have changed
        self.plot(out, "--out", self.folder / "again")
        (self.folder / "bare").mkdir()
        for name in ("cells.csv", "study.toml"):  # what is committed of a study
            shutil.copy(out / name, self.folder / "bare" / name)
        self.plot(self.folder / "bare")
        for folder in ("again", "bare"):
            for name in (*FILES, "widths.csv", "fits.csv"):
                self.assertEqual((self.folder / folder / name).read_bytes(), (out / name).read_bytes(), (folder, name))

    def test_bars_theory_and_legend_are_in_the_script(self):
        self.undisturbed()
        self.plot(self.folder / "undisturbed")
        script = (self.folder / "undisturbed/widths.gp").read_text()
        for words in ("set xlabel 'length n (digits)'", "set ylabel 'required width (bits)'", "set key outside",
                      "title 'log2(n)+2'", "$theory1 << EOD\n1 2\n2 3\n3 3.58496\n4 4\nEOD", "$stated1 << EOD"):
            self.assertIn(words, script)

    def test_a_changed_number_changes_the_picture(self):
        self.undisturbed()
        bare = self.folder / "bare"
        bare.mkdir()
        shutil.copy(self.study, bare / "study.toml")
        table = self.table("undisturbed")
        pictures = []
        for text in (table, table.replace(b",found,exhaustive,4,", b",found,sampled,4,").replace(b",wrong,", b",none,"),
                     table.replace(b"fixed:i2.f0,2,fixed:i1.f0", b"fixed:i2.f0,1,fixed:i1.f0")):
            (bare / "cells.csv").write_bytes(text)
            self.plot(bare)
            pictures.append((bare / "widths.svg").read_bytes())
        self.assertEqual(pictures[0], pictures[1])  # words that no figure shows
        self.assertNotEqual(pictures[0], pictures[2])  # a wider bracket has a bar

    def test_partial_while_a_sweep_runs(self):
        self.study.write_text(self.study.read_text().replace("sampled = 60", "sampled = 800"))
        process = self.begin("running", "--jobs", "1")
        self.wait_for_cells("running", 1)
        out = self.folder / "running"
        self.assert_one_line(run(["plot", str(out)]), 2, f"of {ROWS} rows")
        self.assert_one_line(run(["plot", str(out), "--partial"]), 2, "--partial needs --out")
        said = self.plot(out, "--partial", "--out", self.folder / "so-far")
        self.assertIn(f"of {ROWS} rows", said)
        self.assertTrue((self.folder / "so-far/cells.csv").exists())
        self.assertFalse((out / "cells.csv").exists())
        process.kill()
        process.communicate()

    def test_errors(self):
        self.assert_one_line(run(["plot", str(self.folder)]), 2, "has neither cells.sqlite nor cells.csv")
        (self.folder / "cells.csv").write_text("a,b\n1\n")
        self.assert_one_line(run(["plot", str(self.folder)]), 2, "cells.csv: row 2 has not the 2 columns")


if __name__ == "__main__":
    unittest.main()
