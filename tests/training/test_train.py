"""`carrybit train` from the command line: a run of seconds, paused, resumed and read back; and what is refused."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ.get("CARRYBIT") or str(pathlib.Path(__file__).parents[2] / "build/training/carrybit")
SMALL = ["--task", "add", "--base", "2", "--length", "2", "--answer-order", "lsb", "--layers", "1", "--dim", "16", "--heads", "2",
         "--steps", "30", "--batch", "16", "--warmup", "5", "--cooling", "10", "--validate-every", "10", "--validate-count", "16",
         "--card-problems", "20"]


def changed(option, value, given=SMALL):
    """The arguments given with another value of one of their options."""
    at = given.index(option) + 1
    return [*given[:at], str(value), *given[at + 1:]]


def call(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, encoding="utf-8", timeout=300, check=False)


class Train(unittest.TestCase):
    def setUp(self):
        keeper = tempfile.TemporaryDirectory()
        self.addCleanup(keeper.cleanup)
        self.folder = pathlib.Path(keeper.name)

    def good(self, *arguments):
        done = call("train", *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stderr)
        return done.stdout

    def refuse(self, message, *arguments):
        done = call("train", *arguments)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn(message, done.stderr)

    def test_paused_and_resumed_it_is_the_same_run(self):
        straight, resumed = self.folder / "a" / "model", self.folder / "b" / "model"
        lines = self.good(*SMALL, "--out", straight).splitlines()
        self.assertEqual([line.split()[1] for line in lines[:-1]], ["10", "20", "30"])
        self.assertIn("paused at step 15", self.good(*SMALL, "--pause-at", 15, "--out", resumed))
        self.assertEqual([path.name for path in resumed.iterdir()], ["checkpoint.safetensors"])
        self.refuse("--resume", *SMALL, "--out", resumed)
        self.refuse("'seed 1', not 'seed 2'", *SMALL, "--seed", 2, "--resume", "--out", resumed)
        rest = self.good(*SMALL, "--resume", "--out", resumed).splitlines()
        told = [line.rsplit("  ", 1)[0] for line in lines[1:-1]]  # without the seconds
        self.assertEqual([line.rsplit("  ", 1)[0] for line in rest[:-1]], told)
        for name in ("config.json", "model.safetensors"):
            self.assertEqual((straight / name).read_bytes(), (resumed / name).read_bytes())
        self.assertEqual(sorted(path.name for path in resumed.iterdir()), ["card.json", "config.json", "model.safetensors"])

    def test_the_card_is_what_run_finds(self):
        out = self.folder / "model"
        self.good(*SMALL, "--precision", "bf16", "--hold-out", "0.2", "--out", out)
        evaluation = json.loads((out / "card.json").read_text(encoding="utf-8"))["evaluation"]
        for kind, more in (("full", []), ("carry_heavy", ["--sampling", "carry_heavy"])):
            self.assertEqual(self.asked(out, 20, *more), evaluation[kind])
        self.assertEqual(self.asked(out, 20, "--preset", "torch-bf16"), evaluation["as_trained"]["full"])
        for row in evaluation["by_length"]:
            found = self.asked(out, row["problems"], "--operand-digits", row["length"])
            self.assertEqual({"length": row["length"], **found}, row)
        self.assertIn("held_out", evaluation)

    def test_it_goes_on_from_a_saved_model(self):
        first, second = self.folder / "first", self.folder / "second"
        self.good(*SMALL, "--out", first)
        at = SMALL.index("--layers")
        more = [*SMALL[:at], *SMALL[at + 6:], "--from", first]  # the shape is the saved model's
        self.good(*more, "--lr", "0", "--precision", "fixed:i3.f4", "--out", second)
        card = json.loads((second / "card.json").read_text(encoding="utf-8"))
        self.assertIn(f"--from {first} --precision fixed:i3.f4", card["command"])
        self.assertNotIn("--layers", card["command"])
        self.assertEqual((card["layers"], card["width"], card["heads"]), (1, 16, 2))
        out = self.folder / "third"
        self.refuse("--from", *more, "--layers", 1, "--out", out)
        self.refuse("a model of", *changed("--base", 3, more), "--out", out)
        self.refuse("reads at most", *changed("--length", 3, more), "--out", out)
        self.refuse("nowhere", *SMALL[:at], *SMALL[at + 6:], "--from", self.folder / "nowhere", "--out", out)
        self.assertFalse(out.exists())

    def asked(self, model, count, *arguments):
        done = call("run", "--weights", model, "--count", count, "--seed", 1, "--json", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        return {"problems": found["count"], "exact": found["exact"]}

    def test_what_is_refused(self):
        out = self.folder / "model"
        self.refuse("--task, --length and --out are needed", "--task", "add")
        self.refuse("--length", *changed("--length", "3..2"), "--out", out)
        self.refuse("--dim 15", *changed("--dim", 15), "--out", out)
        self.refuse("fp32 holds", *SMALL, "--precision", "fp64", "--out", out)
        self.refuse("--positions", *SMALL, "--positions", "couple", "--out", out)
        self.refuse("cpu, cuda", *SMALL, "--device", "tpu", "--out", out)
        self.refuse("--card-problems 0", *changed("--card-problems", 0), "--out", out)
        self.assertFalse(out.exists())

    def test_a_model_of_somebody_else_is_left_alone(self):
        config = self.folder / "config.json"
        config.write_text('{"model_type": "gpt2"}', encoding="utf-8")
        done = call("train", *SMALL, "--out", self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(config.read_text(encoding="utf-8"), '{"model_type": "gpt2"}')
        self.assertEqual(len(list(self.folder.iterdir())), 1)

    def test_a_loss_that_is_no_number_ends_the_run(self):
        self.refuse_late("the loss is", *SMALL, "--lr", "1e30", "--out", self.folder / "model")

    def refuse_late(self, message, *arguments):
        done = call("train", *arguments)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(message, done.stderr)
        self.assertFalse((self.folder / "model" / "model.safetensors").exists())


if __name__ == "__main__":
    sys.exit(unittest.main())
