"""`carrybit run`, end to end: one problem and many, the arithmetic's options, saved models, traces, every kind of error."""

import itertools
import json
import unittest

from carrybit_run import ADD, Folder, Refusals, good, one_object, run

BINARY = [*ADD, "--base", "2"]
LONG = "1111111111111111+0000000000000001"


class OneProblem(unittest.TestCase):
    def test_the_issues_first_line(self):
        text = good("run", *ADD, "--base", "10", "--precision", "fixed:i8.f0", "--input", "314159265358+271828182845")
        self.assertIn("answer    0585987448203\n", text)
        self.assertIn("right: 13 of 13 digits right\n", text)
        self.assertIn("add_log", text)
        self.assertIn("fixed:i8.f0", text)

    def test_wrong_digits_are_marked(self):
        lines = good("run", *BINARY, "--precision", "fixed:i3.f0", "--input", LONG).splitlines()
        answer, expected, marks = (line.split()[-1] for line in lines[1:4])
        self.assertEqual(expected, "1" + 16 * "0")
        self.assertEqual(marks, "".join("." if a == e else "^" for a, e in zip(answer, expected)))
        self.assertEqual(lines[4], f"wrong: {marks.count('.')} of 17 digits right")

    def test_json(self):
        given = one_object("run", *BINARY, "--precision", "fixed:i3.f0", "--input", LONG)
        self.assertEqual(list(given), ["task", "model", "arithmetic", "engine", "input", "answer", "expected", "exact",
                                       "right", "first_wrong"])
        self.assertEqual((given["task"], given["model"], given["input"]), ("add:p2.n16", "add_log", LONG))
        self.assertEqual(given["right"], [a == e for a, e in zip(given["answer"], given["expected"])])
        self.assertEqual((given["exact"], given["first_wrong"]), (False, given["right"].index(False)))

    def test_every_task_and_construction(self):
        for task, options, problem, answer in (
                ("add", ["--construction", "add_constant", "--base", "36"], "zz+1", "100"),
                ("add", ["--construction", "add_prefix_sum"], "99+1", "100"),
                ("iter_add", ["--construction", "iter_add_log"], "7+8+9", "24"),
                ("mul", ["--construction", "mul_log"], "12*34", "0408"),
                ("mul", ["--construction", "mul_log", "--answer-digits", "2"], "12*34", "08"),
                ("majority", ["--construction", "majority_mean"], "10110", "1"),
                ("majority", ["--construction", "majority_mean"], "10010", "0")):
            with self.subTest(options):
                given = one_object("run", "--task", task, *options, "--input", problem)
                self.assertEqual((given["answer"], given["exact"], given["first_wrong"]), (answer, True, None))

    def test_length_pads_the_input(self):
        given = one_object("run", *ADD, "--length", "5", "--input", "9+1")
        self.assertEqual((given["input"], given["answer"]), ("00009+00001", "000010"))

    def test_tokens_of_several_digits(self):
        given = one_object("run", *ADD, "--digits-per-token", "2", "--input", "9999+1")
        self.assertEqual((given["answer"], given["exact"]), ("10000", True))

    def test_trace_of_a_wrong_answer_names_where_it_parts(self):
        text = good("run", *BINARY, "--precision", "fixed:i3.f0", "--input", LONG, "--trace")
        self.assertIn("compared with fixed:i4.f0", text)
        self.assertIn("rank_b = 7 instead of 9", text)
        self.assertIn("rank_b = 7 instead of 9", one_object("run", *BINARY, "--precision", "fixed:i3.f0", "--input", LONG,
                                                            "--trace")["trace"])

    def test_trace_of_a_right_answer(self):
        self.assertIn("nothing to explain", good("run", *BINARY, "--input", "1+1", "--trace"))

    def test_expect_correct(self):
        wrong = run(["run", *BINARY, "--precision", "fixed:i3.f0", "--input", LONG, "--expect-correct"])
        self.assertEqual((wrong.returncode, wrong.stderr), (1, ""))
        self.assertIn("wrong:", wrong.stdout)
        self.assertIn("right:", good("run", *BINARY, "--input", LONG, "--expect-correct"))


class ManyProblems(unittest.TestCase):
    def test_exhaustive(self):
        text = good("run", *BINARY, "--length", "3", "--exhaustive")
        self.assertIn("add:p2.n3, 64 problems (exhaustive)", text)
        self.assertIn("exact match  64 of 64 = 100.0000%\n", text)
        self.assertIn("every input of this size is answered right", text)

    def test_exhaustive_json_and_the_first_failure(self):
        given = one_object("run", *BINARY, "--length", "3", "--exhaustive", "--precision", "fixed:i1.f0")
        self.assertEqual(list(given), ["task", "model", "arithmetic", "engine", "evidence", "inputs", "count", "exact",
                                       "exact_match", "exact_match_low", "exact_match_high", "digit_accuracy", "reading",
                                       "by_position", "first_failure"])
        self.assertEqual((given["evidence"], given["inputs"], given["count"]), ("exhaustive", "exhaustive", 64))
        self.assertLess(given["exact"], 64)
        self.assertEqual(given["exact_match"], given["exact"] / 64)
        failure = given["first_failure"]
        self.assertEqual(list(failure), ["input", "family", "position", "expected", "got"])
        # All problems before it are answered right, and it fails by itself as it did among the others.
        right = 0
        for a, b in itertools.product(range(8), repeat=2):
            problem = f"{a:03b}+{b:03b}"
            alone = one_object("run", *BINARY, "--precision", "fixed:i1.f0", "--input", problem)
            if problem == failure["input"]:
                at = failure["position"]
                self.assertEqual(alone["first_wrong"], at)
                self.assertEqual((alone["answer"][at], alone["expected"][at]), (failure["got"], failure["expected"]))
                break
            self.assertTrue(alone["exact"], problem)
            right += 1
        else:
            self.fail("the first failure is no problem of the set")

    def test_random_problems_are_a_function_of_the_seed(self):
        asked = ["run", *ADD, "--length", "6", "--count", "40"]
        first = good(*asked, "--seed", "7")
        self.assertEqual(first, good(*asked, "--seed", "7"))
        given = one_object(*asked, "--precision", "fixed:i3.f0", "--seed", "7")
        other = one_object(*asked, "--precision", "fixed:i3.f0", "--seed", "8")
        self.assertNotEqual(given["first_failure"], other["first_failure"])
        self.assertEqual((given["count"], given["evidence"], given["inputs"]), (40, "sampled", "random, uniform"))
        self.assertLessEqual(given["exact_match_low"], given["exact_match"])
        self.assertLessEqual(given["exact_match"], given["exact_match_high"])

    def test_a_hundred_without_a_count(self):
        self.assertEqual(one_object("run", *ADD, "--length", "3")["count"], 100)

    def test_sampling(self):
        for sampling in ("uniform", "lengths", "carry_heavy"):
            given = one_object("run", *ADD, "--length", "4", "--count", "5", "--sampling", sampling)
            self.assertEqual(given["inputs"], f"random, {sampling}")

    def test_operands_of_exactly_so_many_digits(self):
        given = one_object("run", *BINARY, "--length", "5", "--exhaustive", "--operand-digits", "3")
        self.assertEqual((given["inputs"], given["count"]), ("exhaustive, operands of exactly 3 digits", 16))
        given = one_object("run", *BINARY, "--length", "5", "--count", "9", "--operand-digits", "1", "--sampling", "carry_heavy")
        self.assertEqual((given["inputs"], given["count"]), ("random, carry_heavy, operands of exactly 1 digit", 9))
        failing = one_object("run", *ADD, "--length", "12", "--count", "50", "--operand-digits", "7", "--precision", "fixed:i2.f0")
        self.assertRegex(failing["first_failure"]["input"], r"^00000[1-9]\d{6}\+00000[1-9]\d{6}$")
        for arguments, message in ((["--count", "5", "--operand-digits", "6"], "from 1 to 5 are accepted"),
                                   (["--adversarial", "--operand-digits", "2"], "goes with --count or --exhaustive"),
                                   (["--count", "5", "--operand-digits", "2", "--sampling", "lengths"], "the operands' length")):
            Refusals.refuse(self, "run", [*BINARY, "--length", "5", *arguments], message)

    def test_adversarial(self):
        given = one_object("run", *BINARY, "--length", "12", "--adversarial")
        self.assertEqual((given["inputs"], given["exact"]), ("adversarial", given["count"]))
        given = one_object("run", *BINARY, "--length", "12", "--adversarial", "--precision", "fixed:i2.f0")
        self.assertLess(given["exact"], given["count"])
        self.assertNotEqual(given["first_failure"]["family"], "uniform")

    def test_generated_and_teacher_forced_agree_on_exactness(self):
        asked = ["run", *BINARY, "--length", "4", "--exhaustive", "--precision", "fixed:i1.f0"]
        forced, generated = one_object(*asked), one_object(*asked, "--generate")
        self.assertEqual((forced["reading"], generated["reading"]), ("teacher_forced", "generated"))
        for key in ("exact", "count", "first_failure"):
            self.assertEqual(forced[key], generated[key])

    def test_trace_explains_the_first_failure(self):
        text = good("run", *BINARY, "--length", "9", "--adversarial", "--precision", "fixed:i2.f0", "--trace")
        self.assertIn("first failure: ", text)
        self.assertIn("compared with fixed:", text)

    def test_expect_correct(self):
        asked = ["run", *BINARY, "--length", "3", "--exhaustive", "--expect-correct"]
        self.assertEqual(run(asked).returncode, 0)
        wrong = run([*asked, "--precision", "fixed:i1.f0"])
        self.assertEqual((wrong.returncode, wrong.stderr), (1, ""))


class TheArithmetic(unittest.TestCase):
    def described(self, *options):
        return one_object("run", *BINARY, "--input", "11+01", *options)["arithmetic"]

    def test_presets(self):
        given = one_object("run", *ADD, "--length", "2", "--count", "20", "--preset", "park2026")
        self.assertIn("float:e5.m10 rne", given["arithmetic"])
        self.assertEqual(given["exact"], 20)
        self.assertIn("shift none", self.described("--preset", "li2024", "--precision", "fixed:i12.f6"))

    def test_single_options(self):
        self.assertIn("fixed:i5.f1 rz", self.described("--precision", "fixed:i5.f1", "--rounding", "rz"))
        self.assertIn("products fused", self.described("--product", "fused"))
        self.assertIn("sums pairwise", self.described("--sum", "pairwise"))
        self.assertIn("normalise weights", self.described("--normalise", "weights"))
        self.assertIn("float:e5.m10", self.described("--precision", "fp16"))

    def test_a_width_may_be_a_law(self):
        self.assertIn("fixed:i8.f0", self.described("--width", "9"))
        self.assertIn("fixed:i4.f0", self.described("--width", "2*log2(n)+3"))
        self.assertIn("float:e8.m3", self.described("--width", "12", "--family", "float"))

    def test_engines_give_the_same_answers(self):
        asked = ["run", *BINARY, "--length", "2", "--exhaustive", "--precision", "fixed:i1.f0"]
        exact, lane = (one_object(*asked, "--engine", engine) for engine in ("exact", "lane"))
        self.assertEqual(exact.pop("engine"), "exact")
        self.assertNotEqual(lane.pop("engine"), "exact")
        self.assertEqual(exact, lane)

    def test_a_trapping_format_says_where_it_faulted(self):
        done = run(["run", *BINARY, "--input", "11+01", "--precision", "fixed:i1.f0:trap"])
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn("faulted in a :trap format, the first in ", done.stderr)


class SavedModels(Refusals):
    def setUp(self):
        self.folder = Folder(self)
        self.model = str(self.folder / "adder")
        good("export", *BINARY, "--length", "3", "--out", self.model)

    def test_a_saved_model_answers_as_its_construction_does(self):
        given = one_object("run", "--weights", self.model, "--exhaustive")
        self.assertEqual((given["task"], given["count"], given["exact"]), ("add:p2.n3", 64, 64))
        self.assertEqual(one_object("run", "--weights", self.model, "--input", "111+1")["answer"], "1000")

    def test_in_a_narrower_arithmetic_it_may_fail(self):
        given = one_object("run", "--weights", self.model, "--exhaustive", "--precision", "fixed:i4.f0")
        self.assertEqual(given["count"], 64)
        done = run(["run", "--weights", self.model, "--exhaustive", "--precision", "fixed:i1.f0", "--expect-correct"])
        self.assertEqual((done.returncode, done.stderr), (1, ""))

    def test_truncated_weights(self):
        file = self.folder / "adder" / "model.safetensors"
        whole = file.read_bytes()
        for size in (0, 4, 8, 100, len(whole) // 2, len(whole) - 1):
            file.write_bytes(whole[:size])
            self.refuse("run", ["--weights", self.model, "--input", "1+1"], "model.safetensors")
            self.assertEqual(file.read_bytes(), whole[:size])

    def test_weights_that_are_not_there(self):
        self.refuse("run", ["--weights", self.folder / "none", "--input", "1+1"], "none: no such folder")
        self.refuse("run", ["--weights", self.folder.path, "--input", "1+1"], "no config.json")
        (self.folder / "adder" / "model.safetensors").unlink()
        self.refuse("run", ["--weights", self.model, "--input", "1+1"], "model.safetensors")

    def test_a_broken_configuration(self):
        file = self.folder / "adder" / "config.json"
        config = json.loads(file.read_text(encoding="utf-8"))
        for text in ("", "{", "[]", json.dumps({**config, "heads": -1}), json.dumps({**config, "width": 10 ** 30}),
                     json.dumps({**config, "layers": config["layers"] + 1})):
            file.write_text(text, encoding="utf-8")
            self.refuse("run", ["--weights", self.model, "--input", "1+1"], "adder")

    def test_both_or_neither(self):
        self.refuse("run", ["--weights", self.model, *BINARY, "--input", "1+1"], "give --construction NAME", "or --weights")
        self.refuse("run", ["--input", "1+1"], "give --construction NAME")

    def test_another_length_or_task(self):
        self.refuse("run", ["--weights", self.model, "--length", "4", "--exhaustive"], "padded to 3 digits")
        self.refuse("run", ["--weights", self.model, "--input", "1111+1"], "operand 1 has 4 digits")
        self.refuse("run", ["--weights", self.model, "--task", "add", "--length", "40", "--count", "2"], "tokens")


class Errors(Refusals):
    def test_one_line_each(self):
        for arguments, *messages in (
                ([*ADD, "--length", "0"], "length 0: a length from 1 to"),
                ([*ADD], "length 0: a length from 1 to"),
                ([*ADD, "--length", "-1"], "length -1: a length from 1 to"),
                ([*ADD, "--length", "99999999"], "99999999"),
                ([*ADD, "--length", "abc"], "--length"),
                ([*ADD, "--base", "1", "--length", "3"], "base 1", "2 to 36"),
                ([*ADD, "--base", "37", "--length", "3"], "base 37", "2 to 36"),
                ([*ADD, "--base", "37", "--input", "1+1"], "base 37"),
                (["--construction", "add_log", "--length", "3"], "--task is missing"),
                (["--task", "ad", "--construction", "add_log", "--length", "3"], "ad", "add"),
                (["--task", "add", "--construction", "add_lag", "--length", "3"], "'add_lag'", "did you mean add_log?"),
                (["--task", "mul", "--construction", "add_log", "--length", "3"], "add_log does 'add', not 'mul'"),
                (["--task", "iter_add", "--construction", "iter_add_log", "--length", "3"], "0 addends: from 2"),
                (["--task", "iter_add", "--construction", "iter_add_log", "--length", "3", "--addends", "1"], "1 addends: from 2"),
                (["--task", "mul", "--construction", "mul_log", "--length", "3", "--answer-digits", "7"], "7", "6"),
                ([*ADD, "--length", "3", "--answer-order", "lsb"], "add_log", "most significant first"),
                ([*ADD, "--length", "3", "--answer-order", "up"], "--answer-order", "msb, lsb"),
                ([*ADD, "--length", "3", "--radix", "-1"], "--radix"),
                ([*ADD, "--length", "3", "--options", "colour=red"], "colour", "accepted"),
                ([*ADD, "--length", "3", "--options", "radix=2,"], "NAME=VALUE"),
                ([*ADD, "--length", "3", "--options", "radix=1", "--radix", "2"], "different radices"),
                ([*ADD, "--length", "3", "--digits-per-token", "0"], "0"),
                ([*ADD, "--length", "3", "--digits-per-token", "9"], "9"),
                # Inputs.
                ([*BINARY, "--input", "12+1"], "'2' at position 2", "base 2 digits 0-1 and '+'"),
                ([*ADD, "--input", "1-1"], "'-' at position 2"),
                ([*ADD, "--input", "1+"], "operand 2 has no digits"),
                ([*ADD, "--input", "1+1+1"], "3 operands"),
                ([*ADD, "--input", "1234+1", "--length", "3"], "operand 1 has 4 digits"),
                ([*ADD, "--input", "1+1", "--exhaustive"], "one of --input, --exhaustive, --adversarial and --count"),
                ([*ADD, "--length", "3", "--count", "-5"], "--count", "-5"),
                ([*ADD, "--length", "3", "--count", "many"], "--count", "many"),
                ([*ADD, "--length", "3", "--count", "0"], "--count: 0 problems"),
                ([*ADD, "--length", "3", "--seed", "-1"], "--seed"),
                ([*ADD, "--length", "3", "--sampling", "all"], "uniform, lengths, carry_heavy"),
                ([*ADD, "--length", "99", "--exhaustive"], "10^198", "cannot be enumerated"),
                # The arithmetic.
                ([*ADD, "--length", "3", "--precision", "fixd:i3.f0"], "'fixd:i3.f0' is no number format"),
                ([*ADD, "--length", "3", "--precision", "fp17"], "did you mean fp"),
                ([*ADD, "--length", "3", "--precision", "fixed:i0.f4"], "attention cannot single out a token"),
                ([*ADD, "--length", "3", "--precision", "fp16", "--width", "9"], "--precision and --width"),
                ([*ADD, "--length", "3", "--width", "log2(x)"], "x"),
                ([*ADD, "--length", "3", "--width", "1"], "too few"),
                ([*ADD, "--length", "3", "--preset", "li2025"], "'li2025' is no preset", "li2024"),
                ([*ADD, "--length", "3", "--rounding", "up"], "rounding"),
                ([*ADD, "--length", "3", "--sum", "kahan"], "kahan", "pairwise"),
                ([*ADD, "--length", "3", "--shift", "min"], "min"),
                ([*ADD, "--length", "3", "--engine", "gpu"], "--engine", "auto, exact, lane"),
                ([*ADD, "--length", "3", "--lenght", "3"], "there is no option --lenght; did you mean --length?"),
                ([*ADD, "--length", "3", "--precision", "fixed:i70.f0", "--engine", "lane"], "fixed:i70.f0")):
            self.refuse("run", arguments, *messages)

    def test_control_characters_do_not_reach_the_terminal(self):
        self.refuse("run", [*ADD, "--input", "1\x1b[2J+1"], "at position 2")


if __name__ == "__main__":
    unittest.main()
