"""Studies and folders for the tests of sweep, merge and plot."""

import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from carrybit_op import PROGRAM, run

STUDY = """title = "Test"

[[sweep]]
kind = "accuracy"
model = ["add_log", "add_constant"]
base = 2
length = "4..9"
arithmetic = { width = [3, 4, 5], family = "fixed" }
inputs = { sampled = SAMPLED }

[[sweep]]
kind = "width"
model = "add_log"
base = 2
length = [1, 2, 4]
inputs = { up_to = 50 }
"""
ROWS = 39


class StudyCase(unittest.TestCase):
    """Each test has an empty folder with study.toml in it."""

    sampled = 60
    known = {}

    def setUp(self):
        # In memory where there is such a place: each cell is flushed to disk, and a busy disk would time the tests.
        memory = "/dev/shm"
        self._folder = tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None)
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)
        self.study = self.folder / "study.toml"
        self.study.write_text(STUDY.replace("SAMPLED", str(self.sampled)))

    def sweep(self, out, *arguments, **options):
        return run(["sweep", str(self.study), "--out", str(self.folder / out), "--no-figures", *arguments], **options)

    def begin(self, out, *arguments, **options):
        """A sweep that runs on its own."""
        command = [PROGRAM, "sweep", str(self.study), "--out", str(self.folder / out), "--no-figures", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", **options)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def table(self, out):
        return (self.folder / out / "cells.csv").read_bytes()

    def undisturbed(self):
        """The table of a sweep that nobody touched, in the folder of that name; run once for each study."""
        text = self.study.read_text()
        if text not in StudyCase.known:
            done = self.sweep("undisturbed")
            self.assertEqual(done.returncode, 0, done.stderr)
            StudyCase.known[text] = {path.name: path.read_bytes() for path in (self.folder / "undisturbed").iterdir()}
        (self.folder / "undisturbed").mkdir(exist_ok=True)
        for name, contents in StudyCase.known[text].items():
            (self.folder / "undisturbed" / name).write_bytes(contents)
        return self.table("undisturbed")

    def assert_one_line(self, done, status, *words):
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def wait_for_cells(self, out, count, patience=200):
        """Until the store holds so many results."""
        import sqlite3
        file = self.folder / out / "cells.sqlite"
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if os.path.exists(file):
                try:
                    with sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5) as db:
                        found = db.execute("SELECT count(*) FROM results").fetchone()[0]
                    if found >= count:
                        return found
                except sqlite3.OperationalError:
                    pass
            time.sleep(0.005)
        self.fail(f"{out} never held {count} cells")
