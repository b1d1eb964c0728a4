"""`carrybit export`: what it writes, and that an error writes nothing."""

import json
import os
import struct
import unittest

from carrybit_run import ADD, Folder, Refusals, good, is_root, one_object

SMALL = [*ADD, "--base", "2", "--length", "3"]


def files(folder):
    return sorted(str(path.relative_to(folder.path)) for path in folder.path.rglob("*"))


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = Folder(self)

    def test_two_files_and_one_line(self):
        said = good("export", *SMALL, "--out", str(self.folder / "a"))
        self.assertEqual(files(self.folder), ["a", "a/config.json", "a/model.safetensors"])
        self.assertEqual(said.count("\n"), 1)
        self.assertIn("add_log for add:p2.n3", said)
        self.assertIn("made for float:e11.m52", said)

    def test_the_configuration_says_what_it_is(self):
        good("export", *SMALL, "--radix", "1", "--precision", "fixed:i6.f0", "--out", str(self.folder / "a"))
        config = json.loads((self.folder / "a/config.json").read_text(encoding="utf-8"))
        self.assertEqual(config["architecture"], "carrybit")
        self.assertEqual((config["task"]["task"], config["task"]["base"], config["task"]["length"]), ("add", 2, 3))
        self.assertEqual((config["task"]["construction"], config["task"]["radix"]), ("add_log", 1))
        self.assertEqual(config["task"]["arithmetic"], "fixed:i6.f0")
        # What it was made for is what it runs in when nothing is said.
        self.assertIn("fixed:i6.f0", one_object("run", "--weights", str(self.folder / "a"), "--exhaustive")["arithmetic"])

    def test_the_tensors_are_float64_of_the_shapes_of_the_configuration(self):
        good("export", *SMALL, "--out", str(self.folder / "a"))
        config = json.loads((self.folder / "a/config.json").read_text(encoding="utf-8"))
        data = (self.folder / "a/model.safetensors").read_bytes()
        (length,) = struct.unpack_from("<Q", data)
        header = json.loads(data[8: 8 + length])
        header.pop("__metadata__", None)
        self.assertEqual({entry["dtype"] for entry in header.values()}, {"F64"})
        self.assertEqual(header["token_embedding.weight"]["shape"], [config["vocabulary"], config["width"]])
        self.assertEqual(header["layers.0.query.weight"]["shape"], [config["heads"] * config["head_dim"], config["width"]])
        self.assertEqual(max(entry["data_offsets"][1] for entry in header.values()), len(data) - 8 - length)

    def test_the_same_bytes_twice_and_over_what_was_there(self):
        for name in ("a", "b", "a"):
            good("export", *SMALL, "--out", str(self.folder / name))
        for file in ("config.json", "model.safetensors"):
            self.assertEqual((self.folder / "a" / file).read_bytes(), (self.folder / "b" / file).read_bytes())
        good("export", *ADD, "--base", "2", "--length", "5", "--out", str(self.folder / "a"))
        self.assertEqual(one_object("run", "--weights", str(self.folder / "a"), "--count", "5")["task"], "add:p2.n5")
        self.assertEqual(len(files(self.folder)), 6)

    def test_folders_above_are_made(self):
        good("export", *SMALL, "--out", str(self.folder / "x/y/z"))
        self.assertEqual(one_object("run", "--weights", str(self.folder / "x/y/z"), "--exhaustive")["exact"], 64)


class Errors(Refusals):
    def setUp(self):
        self.folder = Folder(self)

    def refuse_export(self, arguments, *messages):
        before = files(self.folder)
        self.refuse("export", arguments, *messages)
        self.assertEqual(files(self.folder), before)

    def test_nothing_is_written_on_bad_input(self):
        out = ["--out", self.folder / "a"]
        for arguments, *messages in (
                (SMALL, "--out"),
                ([*out, *ADD], "length 0"),
                (["--length", "3", *out], "--task, --construction, --length and --out are needed"),
                ([*ADD, "--length", "0", *out], "length 0"),
                ([*ADD, "--base", "1", "--length", "3", *out], "base 1"),
                (["--task", "add", "--construction", "add_lag", "--length", "3", *out], "did you mean add_log?"),
                (["--task", "mul", "--construction", "add_log", "--length", "3", *out], "add_log does 'add', not 'mul'"),
                ([*SMALL, "--precision", "fixed:i0.f3", *out], "attention cannot single out a token"),
                ([*SMALL, "--precision", "fp99", *out], "'fp99' is no number format"),
                ([*SMALL, "--options", "rounds=1", *out], "'rounds' is not one of its own"),
                (["--task", "mul", "--base", "2", "--construction", "mul_log", "--length", "20000", *out], "accepted: shorter lengths"),
                ([*ADD, "--length", "9", "--digits-per-token", "4", "--options", "code=onehot", *out], "accepted: shorter lengths"),
                (["--task", "add", "--construction", "add_constant", "--length", "1000000", *out], "accepted: shorter lengths")):
            self.refuse_export(arguments, *messages)

    def test_a_file_in_the_way(self):
        (self.folder / "file").write_text("mine", encoding="utf-8")
        self.refuse_export([*SMALL, "--out", self.folder / "file"], "file")
        self.refuse_export([*SMALL, "--out", self.folder / "file/below"], "file")
        self.assertEqual((self.folder / "file").read_text(encoding="utf-8"), "mine")

    @unittest.skipIf(is_root(), "permissions do not bind root")
    def test_a_folder_that_cannot_be_written(self):
        closed = self.folder / "closed"
        closed.mkdir()
        closed.chmod(0o500)
        self.addCleanup(closed.chmod, 0o700)
        self.refuse_export([*SMALL, "--out", closed], "closed")
        self.refuse_export([*SMALL, "--out", closed / "below"], "closed")

    @unittest.skipUnless(os.path.isdir("/proc/self"), "needs a file system that takes no files")
    def test_a_file_system_that_takes_no_files(self):
        self.refuse_export([*SMALL, "--out", "/proc/carrybit"], "/proc/carrybit")

    def test_what_was_there_stays_after_an_error(self):
        good("export", *SMALL, "--out", str(self.folder / "a"))
        before = (self.folder / "a/model.safetensors").read_bytes()
        self.refuse_export([*SMALL, "--precision", "fixed:i0.f3", "--out", self.folder / "a"], "accepted")
        self.assertEqual((self.folder / "a/model.safetensors").read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
