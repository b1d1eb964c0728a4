"""`carrybit width`, end to end: widths and counterexamples that `run` confirms, the fit, the errors."""

import csv
import io
import itertools
import math
import unittest

from carrybit_run import ADD, Folder, Refusals, good, objects, one_object, run

BINARY = [*ADD, "--base", "2"]
KEYS = ["length", "width", "format", "refuted_width", "refuted_format", "counterexample", "evidence"]


def rows_and_fit(*arguments):
    *rows, last = objects("width", *arguments)
    return rows, last["fit"]


class Rows(unittest.TestCase):
    def test_keys(self):
        rows, fit = rows_and_fit(*BINARY, "--lengths", "1,2,8", "--problems", "300")
        for row in rows:
            self.assertEqual(list(row)[:len(KEYS)], KEYS)
            self.assertEqual(list(row["counterexample"]), ["input", "position", "expected", "got"])
        self.assertEqual([row["length"] for row in rows], [1, 2, 8])
        self.assertEqual([row["evidence"] for row in rows], ["certified"] * 3)
        self.assertEqual([row["bracket"] for row in rows], [1] * 3)
        self.assertEqual([row["stated_width"] for row in rows], [row["width"] for row in rows])
        sampled, _ = rows_and_fit(*BINARY, "--lengths", "1,2,8", "--problems", "300", "--no-certificates")
        self.assertEqual([row["evidence"] for row in sampled], ["exhaustive", "exhaustive", "sampled"])
        self.assertEqual([row["bracket"] for row in sampled], [1, 1, None])
        self.assertEqual([row["width"] for row in sampled], [row["width"] for row in rows])
        self.assertEqual(list(fit), ["law", "slope", "intercept", "r_squared", "points"])

    def test_run_confirms_both_ends(self):
        for asked, family in ((BINARY, []), ([*ADD, "--base", "3"], ["--family", "float", "--exponent", "5"]),
                              (["--task", "mul", "--base", "2", "--construction", "mul_log"], [])):
            rows, _ = rows_and_fit(*asked, *family, "--lengths", "1..3", "--problems", "1000")
            for row in rows:
                with self.subTest(row):
                    if row["evidence"] != "sampled":
                        good("run", *asked, "--length", str(row["length"]), "--exhaustive", "--precision", row["format"],
                             "--expect-correct")
                    found = row["counterexample"]
                    if found is None:  # the family has nothing narrower
                        self.assertIsNone(row["refuted_width"])
                        continue
                    given = one_object("run", *asked, "--precision", row["refuted_format"], "--input", found["input"])
                    self.assertEqual(given["first_wrong"], found["position"])
                    self.assertEqual(given["answer"][found["position"]], found["got"])
                    self.assertEqual(given["expected"][found["position"]], found["expected"])

    def test_every_narrower_format_fails(self):
        """Brute force over all splits, by `run` alone."""
        for length in (1, 2):
            row = rows_and_fit(*BINARY, "--lengths", f"{length},4")[0][0]
            for width in range(2, row["width"]):
                for fraction in range(width):
                    done = run(["run", *BINARY, "--length", str(length), "--exhaustive", "--expect-correct",
                                "--precision", f"fixed:i{width - 1 - fraction}.f{fraction}"])
                    self.assertIn(done.returncode, (1, 2), done.stderr)  # wrong, or not to be compiled
            self.assertEqual(row["refuted_width"], row["width"] - 1)

    def test_add_constant_is_constant(self):
        rows, fit = rows_and_fit("--task", "add", "--base", "3", "--construction", "add_constant", "--lengths", "1,2,5",
                                 "--problems", "200")
        self.assertEqual([(row["width"], row["refuted_width"], row["counterexample"]) for row in rows], [(2, None, None)] * 3)
        self.assertEqual((fit["slope"], fit["intercept"]), (0, 2))

    def test_the_fit_is_least_squares_against_log2_n(self):
        rows, fit = rows_and_fit(*BINARY, "--lengths", "1,2,4,8,16", "--problems", "200")
        x = [math.log2(row["length"]) for row in rows]
        y = [row["width"] for row in rows]
        mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
        slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / sum((a - mean_x) ** 2 for a in x)
        self.assertAlmostEqual(fit["slope"], slope, places=5)
        self.assertAlmostEqual(fit["intercept"], mean_y - slope * mean_x, places=5)
        self.assertEqual(fit["points"], 5)

    def test_one_length_has_no_fit(self):
        self.assertEqual(len(objects("width", *BINARY, "--lengths", "3")), 1)

    def test_lengths_may_be_ranges(self):
        rows, _ = rows_and_fit(*BINARY, "--lengths", "1..3,2", "--problems", "300")
        self.assertEqual([row["length"] for row in rows], [1, 2, 3, 2])
        self.assertEqual(rows[1], rows[3])

    def test_giving_up(self):
        row = objects("width", *BINARY, "--lengths", "3", "--max-width", "2")[0]
        self.assertEqual((row["width"], row["format"], row["refuted_width"]), (None, None, 2))
        self.assertIsNotNone(row["counterexample"])

    def test_table_and_csv_say_what_the_objects_say(self):
        asked = [*BINARY, "--lengths", "1,2", "--problems", "300"]
        rows, fit = rows_and_fit(*asked)
        table = good("width", *asked).splitlines()
        for line, row in zip(table[2:], rows):
            self.assertEqual(line.split()[:6], [str(row["length"]), str(row["width"]), row["format"],
                                                str(row["refuted_width"]), str(row["stated_width"]), row["evidence"]])
        self.assertTrue(table[-1].startswith(f"width = {fit['slope']:.2f} log2(n) + {fit['intercept']:.2f}"))
        for line, row in itertools.zip_longest(csv.DictReader(io.StringIO(good("width", *asked, "--csv"))), rows):
            self.assertEqual((line["length"], line["width"], line["format"], line["refuted_width"], line["counterexample"]),
                             (str(row["length"]), str(row["width"]), row["format"], str(row["refuted_width"]),
                              row["counterexample"]["input"]))

    def test_the_same_twice(self):
        asked = ["width", *BINARY, "--lengths", "7,9", "--problems", "150", "--seed", "3", "--json"]
        self.assertEqual(good(*asked), good(*asked))

    def test_softmax_without_maximum(self):
        widths = {shift: objects("width", *BINARY, "--lengths", "2", "--shift", shift)[0]["width"] for shift in ("max", "none")}
        self.assertGreater(widths["none"], widths["max"] + 1)


class SavedWeights(unittest.TestCase):
    """`run` confirms what `width --weights` says."""

    def setUp(self):
        self.model = str(Folder(self) / "adder")
        good("export", *BINARY, "--length", "5", "--out", self.model)
        self.asked = ["width", "--weights", self.model, "--family", "float", "--max-width", "14", "--problems", "60", "--seed", "3"]

    def right(self, digits, option, format_name, problems):
        everything = ["--precision", "fp32", option, format_name] if option != "--precision" else [option, format_name]
        drawn = ["--exhaustive"] if problems < 60 else ["--count", "60", "--seed", "3"]
        return one_object("run", "--weights", self.model, "--operand-digits", str(digits), *drawn, *everything)["exact"]

    def test_run_confirms(self):
        rows = objects(*self.asked, "--role", "weights,all", "--lengths", "2,4,5", "--keep", "1")
        self.assertEqual([(row["digits"], row["role"]) for row in rows],
                         [(m, role) for m in (2, 4, 5) for role in ("weights", "all")])
        for row in rows:
            with self.subTest(row):
                option = "--precision" if row["role"] == "all" else "--weights-format"
                self.assertEqual(row["evidence"], "exhaustive" if row["problems"] < 60 else "sampled")
                self.assertEqual(self.right(row["digits"], "--precision", "fp32", row["problems"]), row["fp32_right"])
                self.assertEqual(row["needed"], row["fp32_right"])
                self.assertGreaterEqual(self.right(row["digits"], option, row["format"], row["problems"]), row["needed"])
                if row["refuted_width"] is not None:
                    self.assertEqual(row["refuted_width"], row["width"] - 1)
                    narrower = f"float:e8.m{row['refuted_width'] - 9}"
                    self.assertLess(self.right(row["digits"], option, narrower, row["problems"]), row["needed"])

    def test_text_and_csv_say_the_same(self):
        asked = [*self.asked, "--role", "kv,all", "--lengths", "3"]
        rows = objects(*asked)
        table = list(csv.DictReader(io.StringIO(good(*asked, "--csv"))))
        text = good(*asked).splitlines()[2:]
        for row, line, words in zip(rows, table, text):
            for key in ("digits", "role", "width", "format", "first_width", "fp32_right", "problems", "evidence"):
                self.assertEqual(line[key], str(row[key]))
            self.assertEqual(words.split()[:4], [str(row[key]) for key in ("digits", "role", "width", "format")])

    def test_each_role_and_the_models_own_length(self):
        rows = objects(*self.asked, "--role", "each")
        self.assertEqual([row["role"] for row in rows],
                         ["weights", "activations", "products", "accumulator", "probabilities", "kv", "all"])
        self.assertEqual({row["digits"] for row in rows}, {5})

    def test_errors(self):
        for arguments, *messages in (
                (["--role", "weight"], "--role: 'weight' is no role; accepted: all, weights"),
                (["--keep", "0"], "keep: a share above 0"), (["--keep", "1.5"], "at most 1"),
                (["--lengths", "6"], "operands of 6 digits: from 1 to 5 are accepted"),
                (["--max-width", "8"], "--max-width 8: the narrowest format of this family has 9 bits"),
                (["--sampling", "lengths", "--problems", "20"], "draws the operands' length itself"),
                (["--task", "add"], "--weights says model and task")):
            Refusals.refuse(self, "width", [*self.asked[1:5], *arguments], *messages)
        Refusals.refuse(self, "width", [*BINARY, "--lengths", "2", "--role", "kv"], "asked of saved weights")


class Errors(Refusals):
    def test_one_line_each(self):
        for arguments, *messages in (
                (BINARY, "--lengths"),
                ([*BINARY, "--lengths", "0"], "--lengths: 0 is not 1 to"),
                ([*BINARY, "--lengths", "1,,2"], "--lengths"),
                ([*BINARY, "--lengths", "a"], "--lengths", "a"),
                ([*BINARY, "--lengths", "-3"], "--lengths", "-3"),
                ([*BINARY, "--lengths", "3..1"], "3..1"),
                ([*BINARY, "--lengths", "4", "--family", "fixd"], "'fixd' is no family of formats", "fixed, float, float*"),
                ([*BINARY, "--lengths", "4", "--problems", "-1"], "--problems"),
                ([*BINARY, "--lengths", "4", "--seed", "x"], "--seed"),
                ([*BINARY, "--lengths", "4", "--max-width", "1"], "--max-width"),
                ([*BINARY, "--lengths", "4", "--exponent", "0"], "--exponent"),
                ([*BINARY, "--lengths", "4", "--precision", "fp16"], "--precision"),
                ([*BINARY, "--lengths", "4", "--options", "variant=x"], "variant"),
                (["--task", "add", "--construction", "add_log", "--base", "99", "--lengths", "4"], "base 99"),
                (["--task", "mul", "--construction", "add_log", "--lengths", "2"], "add_log does 'add', not 'mul'"),
                (["--task", "iter_add", "--construction", "iter_add_log", "--lengths", "2"], "0 addends: from 2"),
                (["--task", "add", "--construction", "adder", "--lengths", "2"], "'adder'"),
                # The second length is as bad as the first: nothing is measured before both are looked at.
                ([*BINARY, "--lengths", "1,9999999"], "9999999")):
            self.refuse("width", arguments, *messages)


if __name__ == "__main__":
    unittest.main()
