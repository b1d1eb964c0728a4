"""The models that ship: every card is complete, claims no more than was measured, and is met by `carrybit run --weights`."""

import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import unittest

from carrybit_run import Folder, one_object

ROOT = pathlib.Path(os.environ.get("SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
MODELS = ROOT / "models"
MOST_BYTES = 40 << 20
ASKED = 20  # the first problems of a card's thousand
FIELDS = {
    "version": int, "name": str, "task": str, "command": str, "seed": int, "steps": int, "minutes": (int, float),
    "last_loss": float, "precision": str, "positions": str, "layers": int, "width": int, "heads": int, "ffn": int,
    "parameters": int, "data": dict, "evaluation": dict,
}
DATA = {"problems", "lengths", "carry_heavy", "hold_out", "problems_there_are"}


def folders():
    return sorted(path.parent for path in MODELS.glob("*/card.json"))


def card_of(folder):
    return json.loads((folder / "card.json").read_text(encoding="utf-8"))


def run_model(folder, sampling, count, *arguments):
    return one_object("run", "--weights", folder, "--sampling", sampling, "--count", str(count), *arguments)


def misses(folder, kind, asked=ASKED):
    """What is wrong with the card's count of a kind of problems, asking the first of them; '' where nothing is."""
    count = card_of(folder)["evaluation"][kind]
    asked = min(asked, count["problems"])
    found = run_model(folder, {"full": "uniform", "carry_heavy": "carry_heavy"}[kind], asked)
    wrong = asked - found["exact"]
    if wrong > count["problems"] - count["exact"] or found["exact"] > count["exact"]:
        return f"{folder.name}: {kind}: the card has {count}; of the first {asked}, {found['exact']} are right"
    return ""


class Cards(unittest.TestCase):
    def test_there_are_models(self):
        self.assertGreater(len(folders()), 0)

    def test_no_folder_without_its_three_files(self):
        for folder in sorted(path for path in MODELS.iterdir() if path.is_dir()):
            if (folder / "checkpoint.safetensors").exists():
                continue  # in training
            for name in ("config.json", "model.safetensors", "card.json"):
                self.assertTrue((folder / name).is_file(), f"{folder.name}: no {name}")

    def test_together_they_are_small(self):
        tracked = [path for path in MODELS.rglob("*.safetensors") if "checkpoint" not in path.name]
        self.assertLess(sum(path.stat().st_size for path in tracked), MOST_BYTES)

    def test_every_field_is_there(self):
        for folder in folders():
            with self.subTest(folder.name):
                card = card_of(folder)
                self.assertEqual(set(card), set(FIELDS))
                for key, kind in FIELDS.items():
                    self.assertIsInstance(card[key], kind, key)
                self.assertEqual(card["name"], folder.name)
                self.assertEqual(set(card["data"]), DATA)
                self.assertTrue(card["command"].endswith(f" --out models/{folder.name}"))

    def test_config_and_card_agree(self):
        for folder in folders():
            with self.subTest(folder.name):
                card = card_of(folder)
                config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
                for key in ("layers", "width", "heads", "ffn", "name"):
                    self.assertEqual(card[key], config[key], key)
                task = config["task"]
                self.assertTrue(card["task"].startswith(f"{task['task']}:p{task['base']}.n{task['length']}"))
                self.assertEqual(":answer_lsb" in card["task"], task["answer_order"] == "lsb_first")
                self.assertEqual(card["data"]["lengths"][1], task["length"])
                with open(folder / "model.safetensors", "rb") as file:
                    header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
                numbers = 0
                for name, tensor in header.items():
                    if name != "__metadata__":
                        self.assertEqual(tensor["dtype"], "F32")
                        size = 1
                        for extent in tensor["shape"]:
                            size *= extent
                        numbers += size
                self.assertEqual(card["parameters"], numbers)

    def test_lengths_and_claims_follow_from_the_counts(self):
        for folder in folders():
            with self.subTest(folder.name):
                card = card_of(folder)
                evaluation = card["evaluation"]
                first, last = card["data"]["lengths"]
                rows = evaluation["by_length"]
                self.assertEqual([row["length"] for row in rows], list(range(first, last + 1)))
                for count in [*rows, evaluation["full"], evaluation["carry_heavy"]]:
                    self.assertLessEqual(count["exact"], count["problems"])
                    self.assertGreater(count["problems"], 0)
                at_99 = [row["length"] for row in rows if row["exact"] >= 0.99 * row["problems"]
                         and (row["length"] < last or evaluation["full"]["exact"] >= 0.99 * evaluation["full"]["problems"])]
                self.assertEqual(evaluation["lengths_at_99_percent"], at_99)
                self.assertEqual("as_trained" in evaluation, card["precision"] != "fp32")
                self.assertEqual("held_out" in evaluation, card["data"]["hold_out"] > 0)

    def test_the_script_trains_every_model_by_its_command(self):
        script = ROOT / "scripts" / "train_models.sh"
        names = subprocess.run([script, "--list"], capture_output=True, text=True, check=True).stdout.split()
        self.assertEqual(len(names), len(set(names)))
        text = script.read_text(encoding="utf-8")
        for folder in folders():
            with self.subTest(folder.name):
                self.assertIn(folder.name, names)
                line = re.search(rf"^model {re.escape(folder.name)} (.*)$", text, re.MULTILINE).group(1)
                self.assertLessEqual(set(line.split()) - {"--"}, set(card_of(folder)["command"].split())
                                     | {"4", "2", "64", "256", "fp32", "absolute"})


    def test_the_manual_has_their_table(self):
        script = ROOT / "scripts" / "models_table.py"
        done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


class Answers(unittest.TestCase):
    def test_every_model_meets_its_card(self):
        for folder in folders():
            for kind in ("full", "carry_heavy"):
                with self.subTest(f"{folder.name} {kind}"):
                    self.assertEqual(misses(folder, kind), "")

    def test_a_length_of_every_card_and_the_arithmetic_it_was_trained_in(self):
        for folder in folders():
            evaluation = card_of(folder)["evaluation"]
            middle = evaluation["by_length"][len(evaluation["by_length"]) // 2]
            asked = min(ASKED, middle["problems"])
            found = run_model(folder, "uniform", asked, "--operand-digits", str(middle["length"]))
            with self.subTest(folder.name):
                self.assertLessEqual(asked - found["exact"], middle["problems"] - middle["exact"])
            if card_of(folder)["precision"] == "bf16":
                count = evaluation["as_trained"]["full"]
                found = run_model(folder, "uniform", ASKED, "--preset", "torch-bf16")
                with self.subTest(f"{folder.name} as trained"):
                    self.assertLessEqual(ASKED - found["exact"], count["problems"] - count["exact"])

    def test_the_model_says_what_it_answers(self):
        for folder in folders():
            with self.subTest(folder.name):
                self.assertEqual(run_model(folder, "uniform", 1)["task"], card_of(folder)["task"])

    def test_planted_a_wrong_weight_is_seen(self):
        def missed(folder):
            count = card_of(folder)["evaluation"]["full"]
            return count["problems"] - count["exact"]

        source = min(folders(), key=missed)
        folder = Folder(self) / source.name
        shutil.copytree(source, folder)
        self.assertEqual(misses(folder, "full"), "")
        path = folder / "model.safetensors"
        data = bytearray(path.read_bytes())
        start = 8 + struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:start])
        begin, end = header["head.weight"]["data_offsets"]
        count = (end - begin) // 4
        values = struct.unpack(f"<{count}f", data[start + begin:start + end])
        data[start + begin:start + end] = struct.pack(f"<{count}f", *values[::-1])
        path.write_bytes(data)
        self.assertIn("the card has", misses(folder, "full"))

    def test_planted_a_card_that_claims_too_much_is_seen(self):
        for source in folders():
            wrong = card_of(source)["evaluation"]["full"]
            if wrong["exact"] < wrong["problems"]:
                break
        else:
            self.skipTest("every model answers all its problems right")
        folder = Folder(self) / source.name
        shutil.copytree(source, folder)
        card = card_of(folder)
        card["evaluation"]["full"]["exact"] = wrong["problems"]
        (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
        self.assertNotEqual(misses(folder, "full", wrong["problems"]), "")


class Training(unittest.TestCase):
    def test_the_verb_is_there_in_every_build(self):
        carrybit = os.environ.get("CARRYBIT", str(ROOT / "build/release/carrybit"))
        done = subprocess.run([carrybit, "train", "--help"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0)
        self.assertIn("--positions", done.stdout)
        done = subprocess.run([carrybit, "train"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.count("\n"), 1)


if __name__ == "__main__":
    sys.exit(unittest.main())
