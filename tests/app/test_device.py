"""`--device`: another device gives the same answers; where there is none, one line says so."""

import csv
import io
import pathlib
import unittest

from carrybit_run import ADD, Folder, Refusals, objects, one_object, run

TRAINED = ["--weights", "models/add-b10-n5-msb-2x32"]
STUDY = """
[[sweep]]
kind = "accuracy"
model = {{ weights = "{models}/add-b10-n5-msb-2x32" }}
arithmetic = ["bf16", "fp64"]
inputs = {{ sampled = 20 }}
"""


def gpu():
    """Does this program on this machine have one?"""
    return run(["run", *TRAINED, "--count", "1", "--device", "cuda"]).returncode == 0


class NoDevice(Refusals):
    def test_an_unknown_device(self):
        self.refuse("run", [*TRAINED, "--device", "gpu"], "--device: 'gpu' is not one of cpu, cuda")
        self.refuse("sweep", ["none.toml", "--device", "tpu"], "--device: 'tpu' is not one of cpu, cuda")

    def test_width_asks_it_of_saved_weights(self):
        if gpu():
            self.refuse("width", [*ADD, "--lengths", "2", "--device", "cuda"], "--weights FOLDER")

    def test_no_gpu_is_one_line(self):
        if gpu():
            self.skipTest("there is a GPU")
        for verb, arguments in (("run", [*TRAINED, "--count", "1"]), ("run", [*ADD, "--input", "1+1"]),
                                ("width", TRAINED), ("sweep", ["none.toml", "--out", "none"])):
            self.refuse(verb, [*arguments, "--device", "cuda"], "--device cuda: ", "accepted here: cpu")
        self.assertFalse(pathlib.Path("none").exists())


class SameAnswers(unittest.TestCase):
    def setUp(self):
        if not gpu():
            self.skipTest("no GPU")

    def same(self, verb, *arguments):
        cpu = objects(verb, *arguments, "--device", "cpu")
        cuda = objects(verb, *arguments, "--device", "cuda")
        for one in (*cpu, *cuda):
            one.pop("engine", None)
        self.assertEqual(cpu, cuda)

    def test_run(self):
        for precision in ("bf16", "fp16", "fixed:i6.f6", "fp8_e4m3"):
            self.same("run", *TRAINED, "--count", "500", "--precision", precision)
            self.same("run", *TRAINED, "--count", "50", "--generate", "--precision", precision)
        self.same("run", *ADD, "--input", "271828+314159")
        self.assertEqual(one_object("run", *TRAINED, "--count", "1", "--device", "cuda")["engine"], "CUDA")

    def test_width(self):
        self.same("width", *TRAINED, "--problems", "100", "--family", "float")

    def test_sweep(self):
        folder = Folder(self)
        study = folder / "study.toml"
        study.write_text(STUDY.format(models=pathlib.Path("models").resolve()))
        tables = []
        for device in ("cpu", "cuda"):
            done = run(["sweep", str(study), "--out", str(folder / device), "--device", device, "--no-figures"])
            self.assertEqual(done.returncode, 0, done.stderr)
            tables.append((folder / device / "cells.csv").read_text())
        self.assertEqual(*tables)
        self.assertEqual(len(list(csv.DictReader(io.StringIO(tables[0])))), 2)


class NotCarried(Refusals):
    def test_what_a_gpu_does_not_carry(self):
        if not gpu():
            self.skipTest("no GPU")
        self.refuse("run", [*TRAINED, "--precision", "fp64", "--device", "cuda"], "too long", "accepted: ")
        self.refuse("run", [*TRAINED, "--rounding", "sr", "--device", "cuda"], "every rounding but sr")
        self.refuse("run", [*TRAINED, "--engine", "exact", "--device", "cuda"], "exact engine")


if __name__ == "__main__":
    unittest.main()
