"""`carrybit width`, end to end: widths and counterexamples that `run` confirms, the fit, the errors."""

import csv
import io
import itertools
import math
import unittest

from carrybit_run import ADD, Refusals, good, objects, one_object, run

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
