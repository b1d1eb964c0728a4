"""`carrybit op`, end to end: every kind of line, every kind of error, trapping formats, the options."""

import unittest

from carrybit_op import answers, run


class Lines(unittest.TestCase):
    def check(self, table, *arguments):
        self.assertEqual(answers(list(table), *arguments), list(table.values()))

    def test_every_operation(self):
        self.check({
            "add 3c00 4000": "4200",                  # 1 + 2
            "sub 3c00 4000": "bc00",                  # 1 - 2
            "mul 4200 4200": "4880",                  # 3 * 3
            "fma 4200 4200 bc00": "4800",             # 3 * 3 - 1
            "div 3c00 4200": "3555",                  # 1 / 3
            "sqrt 4400": "4000",                      # sqrt 4
            "exp 0000": "3c00",
            "log 3c00": "0000",
            "tanh 8000": "8000",
            "erf 7c00": "3c00",
            "sin 0000": "0000",
            "cos 0000": "3c00",
            "cvt fp8_e4m3 3555": "2b",                # 0.333 -> 0.34375
            "cvt fp32 3555": "3eaaa000",
            "value 3555": "0.333251953125",
            "value fbff": "-65504",
            "hexfloat 3555": "0x1.554p-2",
            "encode 0.1": "2e66",
            "encode 0x1.8p+1": "4200",
            "encode -inf": "fc00",
            "encode -0": "8000",
        }, "--format", "fp16")

    def test_comparisons(self):
        self.check({
            "eq 0000 8000": "1", "lt 8000 0000": "0", "le 8000 0000": "1", "cmp 8000 0000": "equal",
            "eq 3c00 3c01": "0", "lt 3c00 3c01": "1", "le 3c00 3c01": "1", "cmp 3c00 3c01": "less",
            "eq fc00 7c00": "0", "lt 7c00 fc00": "0", "le 7c00 fc00": "0", "cmp 7c00 fc00": "greater",
            "eq 7e00 7e00": "0", "lt 7e00 3c00": "0", "le 3c00 7e00": "0", "cmp 7e00 7e00": "unordered",
        }, "--format", "fp16")

    def test_operands_may_be_short_upper_case_or_prefixed(self):
        self.check({"add 1 0x0001": "0002", "add 3C00 0X3c00": "4000", "  add\t3c00   4000  ": "4200"},
                   "--format", "fp16")

    def test_nan_is_canonical(self):
        for name, quiet, made in (("fp16", "7e00", "add fd01 3c00"), ("fp32", "7fc00000", "sqrt bf800000"),
                                  ("fp64", "7ff8000000000000", "div 0 0"), ("fp8_e4m3", "7f", "add ff 00"),
                                  ("fp8_e5m2", "7e", "sub 7c 7c"), ("float:e4.m4", "0f8", "encode nan")):
            with self.subTest(name):
                self.assertEqual(answers([made], "--format", name), [quiet])

    def test_fp8_e4m3_ends_at_448(self):
        self.check({"encode 448": "7e", "value 7e": "448", "encode 464": "7e", "encode 464.1": "7f", "mul 7e 38": "7e"},
                   "--format", "fp8_e4m3")

    def test_padding(self):
        for name, line, answer in (("float:e4.m4", "encode 1", "070"),      # 9 bits
                                   ("fixed:i5.f6:twos", "encode -1", "fc0"),  # 12 bits
                                   ("fixed:i5.f7:twos", "encode -1", "1f80"),  # 13 bits
                                   ("fixed:i1.f0", "encode -1", "3"),         # 2 bits
                                   ("fp6_e3m2", "encode 0.0625", "01"),       # 6 bits
                                   ("float:e15.m240", "encode 1", "3fff" + 60 * "0"),
                                   ("float:e*.m3", "encode 1", "3fffffffffffffff8")):  # 68 bits
            with self.subTest(name):
                width = int(run(["formats", name]).stdout.splitlines()[1].split()[2])
                given = answers([line], "--format", name)[0]
                self.assertEqual(len(given), (width + 3) // 4)
                self.assertEqual(given, answer)

    def test_wide_formats(self):
        third = answers(["div " + "3fff" + 60 * "0" + " 4000" + "8" + 59 * "0"], "--format", "float:e15.m240")
        self.assertEqual(third, ["3ffd" + 60 * "5"])

    def test_fixed_point_is_twos_complement_of_m(self):
        self.check({"encode -1.5": "e8", "value e8": "-1.5", "add 7f 01": "7f", "sub 81 01": "81", "mul 10 e8": "e8"},
                   "--format", "fixed:i3.f4")
        self.check({"sub 80 01": "7f", "add 7f 01": "80"}, "--format", "fixed:i3.f4:twos:wrap")
        self.check({"sub 80 01": "80", "add 7f 01": "7f"}, "--format", "fixed:i3.f4:twos")

    def test_rounding_modes(self):
        tie = "add 3c00 1000"  # 1 + half an ulp
        for mode, answer in (("rne", "3c00"), ("rna", "3c01"), ("rnz", "3c00"), ("rz", "3c00"), ("ru", "3c01"),
                             ("rd", "3c00"), ("ro", "3c01")):
            self.assertEqual(answers([tie], "--format", "fp16", "--rounding", mode), [answer], mode)

    def test_blank_lines_and_comments_have_no_answer(self):
        done = run(["op", "--format", "fp16"], "# one and two\n\nadd 3c00 4000\r\n   \n  # end\nsub 3c00 4000")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "4200\nbc00\n", ""))

    def test_no_input_no_output(self):
        done = run(["op", "--format", "fp16"], "")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))


class Stochastic(unittest.TestCase):
    LINES = ["add 3c00 0c00"] * 4000  # 1 + a quarter of an ulp

    def test_same_seed_same_bits(self):
        once = answers(self.LINES, "--format", "fp16", "--rounding", "sr", "--seed", "7")
        self.assertEqual(once, answers(self.LINES, "--format", "fp16", "--rounding", "sr", "--seed", "7"))
        self.assertNotEqual(once, answers(self.LINES, "--format", "fp16", "--rounding", "sr", "--seed", "8"))

    def test_frequency_is_the_discarded_fraction(self):
        up = answers(self.LINES, "--format", "fp16", "--rounding", "sr").count("3c01")
        self.assertLess(abs(up - 1000), 110)  # four standard deviations

    def test_draws_are_numbered_by_operation_not_by_line(self):
        spread = [line for pair in zip(self.LINES[:50], ["# comment"] * 50) for line in pair]
        done = run(["op", "--format", "fp16", "--rounding", "sr"], "\n".join(spread) + "\n")
        self.assertEqual(done.stdout.splitlines(),
                         answers(self.LINES[:50], "--format", "fp16", "--rounding", "sr"))


class Errors(unittest.TestCase):
    def refuse(self, text, message, arguments=("--format", "fp16"), answered=""):
        done = run(["op", *arguments], text)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, answered)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("carrybit op: "), done.stderr)
        self.assertIn(message, done.stderr)

    def test_bad_lines_name_their_number(self):
        good = "add 3c00 4000\n"
        for line, message in (
                ("ad 1 2", "'ad' is no operation; did you mean add?"),
                ("frobnicate 1", "'frobnicate' is no operation; accepted: add, sub, mul, fma, div, sqrt"),
                ("add 1", "add takes 2 operands, not 1: add A B"),
                ("add 1 2 3", "add takes 2 operands, not 3: add A B"),
                ("sqrt", "sqrt takes 1 operand, not 0: sqrt A"),
                ("fma 1 2 3 4 5 6", "fma takes 3 operands, not more: fma A B C"),
                ("cvt fp32", "cvt takes 2 operands, not 1: cvt FORMAT A"),
                ("cvt fp31 1", "'fp31' is no number format"),
                ("value", "value takes 1 operand, not 0: value A"),
                ("value -1", "'-1' is no hexadecimal bit pattern"),
                ("add 1g 2", "'1g' is no hexadecimal bit pattern"),
                ("add 10000 2", "'10000' is no bit pattern of float:e5.m10: expected up to 4 hexadecimal digits"),
                ("encode", "encode takes 1 operand, not 0: encode TEXT"),
                ("encode 0..1", "'0..1' is no number"),
                ("encode 1e", "'1e' is no number"),
                ("cmp 1", "cmp takes 2 operands, not 1: cmp A B"),
                ("add 1 \x1b[2J", "'?[2J' is no hexadecimal bit pattern"),
                ("add 1 2\x00", "a zero byte is no text")):
            with self.subTest(line):
                self.refuse(good + "\n" + line + "\n" + good, "line 3: " + message, answered="4200\n")

    def test_codes_that_are_no_value(self):
        self.refuse("value 80\n", "line 1: 80 is no value of fixed:i7.f0", ("--format", "fixed:i7.f0"))
        self.refuse("value 2\n", "line 1: 2 is no value of fixed:i0.f1", ("--format", "fixed:i0.f1"))

    def test_a_long_line(self):
        self.refuse("encode " + "1" * (1 << 21), "line 1: longer than 1048576 bytes")

    def test_options(self):
        for arguments, message in (
                ([], "--format is required"),
                (["--format"], "--format needs a value"),
                (["--fromat", "fp16"], "there is no option --fromat; did you mean --format?"),
                (["--format=fp16", "--engin=exact"], "there is no option --engin; did you mean --engine?"),
                (["--format", "fp61"], "'fp61' is no number format"),
                (["--format", "fp16", "--rounding", "up"], "'up' is no rounding mode; accepted: rne, rna"),
                (["--format", "fp16", "--engine", "lanes"],
                 "--engine: 'lanes' is not one of exact, lane; did you mean lane?"),
                (["--format", "fp16", "--seed", "-1"], "--seed"),
                (["--format", "fp16", "--seed", "1.5"], "--seed: '1.5' is no whole number"),
                (["--format", "fp16", "--carrier", "float64"], "--carrier chooses a lane: it needs --engine lane"),
                (["--format", "fp16", "--engine", "lane", "--carrier", "float16"],
                 "--carrier: 'float16' is not one of float32, float64, int64"),
                (["--format", "fp16", "add"], "'add' was not expected")):
            with self.subTest(arguments):
                self.refuse("", message, arguments)


class Traps(unittest.TestCase):
    def test_overflow_saturates_and_fails(self):
        lines = "add 3 0\n# comment\nadd 3 1\nadd 1 1\nsub 5 3\nadd 2 2\n"
        done = run(["op", "--format", "fixed:i2.f0:trap"], lines)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.split(), ["3", "3", "2", "5", "3"])
        self.assertEqual(done.stderr, "carrybit op: line 3: add overflows fixed:i2.f0:trap; 3 faults in all\n")

    def test_invalid_is_a_fault(self):
        done = run(["op", "--format", "float:e4.m3:trap"], "div 38 38\ndiv 00 00\n")
        self.assertEqual((done.returncode, done.stdout), (1, "38\n00\n"))
        self.assertEqual(done.stderr, "carrybit op: line 2: div is invalid in float:e4.m3:trap; 1 fault in all\n")

    def test_the_target_of_a_conversion_traps(self):
        done = run(["op", "--format", "fp16"], "cvt fixed:i3.f0:trap 4900\n")  # 10
        self.assertEqual((done.returncode, done.stdout), (1, "7\n"))
        self.assertIn("line 1: cvt overflows fixed:i3.f0:trap; 1 fault in all", done.stderr)

    def test_no_fault_no_word(self):
        done = run(["op", "--format", "fixed:i2.f0:trap"], "add 1 1\n")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "2\n", ""))


class Lane(unittest.TestCase):
    FORMATS = {"fp16": ("float32", "float64"), "bf16": ("float32", "float64"), "float:e4.m9:trap": ("float32", "float64"),
               "float:e8.m7:sat:ftz": ("float32", "float64"), "fp32": ("float64",), "fixed:i7.f8:twos": ("float64", "int64"),
               "fixed:i9.f30:twos:wrap": ("int64",), "li:e5.s5": ("float32", "float64")}

    @staticmethod
    def lines(name):
        width = int(run(["formats", name]).stdout.splitlines()[1].split()[2])
        codes = [f"{(k * 0x9E3779B97F4A7C15 >> 3) % (1 << width - 1):x}" for k in range(400)]
        lines = [f"{op} {a} {b}" for op in ("add", "sub", "mul", "div") for a, b in zip(codes, codes[3:])]
        lines += [f"fma {a} {b} {c}" for a, b, c in zip(codes, codes[1:], codes[2:])]
        return lines + [f"{op} {a}" for op in ("sqrt", "exp", "log", "tanh", "erf", "sin", "cos") for a in codes[:60]]

    def test_same_answers_as_exact(self):
        """Every carrier of every kind of format, every mode: same bits, same faults."""
        for name, carriers in self.FORMATS.items():
            text = "\n".join(self.lines(name))
            for mode in ("rne", "rna", "rnz", "rz", "ru", "rd", "ro", "sr"):
                exact = run(["op", "--format", name, "--rounding", mode], text)
                for carrier in carriers:
                    lane = run(["op", "--format", name, "--rounding", mode, "--engine", "lane", "--carrier", carrier], text)
                    self.assertEqual((lane.returncode, lane.stderr), (exact.returncode, exact.stderr), (name, mode, carrier))
                    self.assertEqual(lane.stdout.split(), exact.stdout.split(), (name, mode, carrier))

    def test_conversion(self):
        lines = [f"cvt fp8_e4m3 {a:04x}" for a in range(0, 1 << 16, 17)]
        self.assertEqual(answers(lines, "--format", "fp16", "--engine", "lane"), answers(lines, "--format", "fp16"))

    def test_what_no_lane_carries(self):
        for arguments in (["--format", "fp64", "--engine", "lane"],
                          ["--format", "fixed:i7.f8", "--engine", "lane", "--carrier", "float32"]):
            done = run(["op", *arguments], "add 1 1\n")
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertEqual(done.stderr.count("\n"), 1)
            self.assertRegex(done.stderr, r"carrybit op: no lane( of the chosen carrier)? carries (float|fixed):.*: lanes carry")
        done = run(["op", "--format", "fp16", "--engine", "lane"], "add 1 1\ncvt fp64 1\n")
        self.assertEqual((done.returncode, done.stdout), (2, "0002\n"))
        self.assertIn("line 2: no lane carries both float:e5.m10 and float:e11.m52", done.stderr)


class Program(unittest.TestCase):
    def test_help_and_version(self):
        for arguments, words in ((["--help"], "op "), (["op", "--help"], "--rounding"), (["--version"], "carrybit 0.")):
            done = run(arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(words, done.stdout)

    def test_verbs(self):
        for arguments, message in (([], "a verb is missing"), (["opp"], "there is no verb 'opp'; did you mean op?"),
                                   (["wibble"], "there is no verb 'wibble'; accepted: op, "),
                                   (["--versio"], "there is no option --versio; did you mean --version?")):
            done = run(arguments)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1))
            self.assertTrue(done.stderr.startswith("carrybit: " + message), done.stderr)


if __name__ == "__main__":
    unittest.main()
