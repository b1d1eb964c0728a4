"""`carrybit formats`: the table and the JSON against the formats' definitions, worked out in Python's fractions."""

import json
import unittest
from fractions import Fraction

from carrybit_op import answers, run

ALIASES = ["fp128", "fp64", "fp32", "tf32", "bf16", "fp16", "fp8_e4m3", "fp8_e5m2", "fp6_e3m2", "fp6_e2m3", "fp4_e2m1",
           "int64", "int32", "int16", "int8", "int4", "int2"]


def two_to(k):
    return Fraction(2) ** k


def facts(*names):
    done = run(["formats", "--json", *names])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def rows(*names):
    return run(["formats", *names]).stdout.splitlines()


def value(entry):
    return None if entry is None else Fraction(entry["decimal"])


class Json(unittest.TestCase):
    def check(self, name, **wanted):
        given = facts(name)[0]
        for key, number in wanted.items():
            self.assertEqual(value(given[key]), number, (name, key))

    def test_every_alias_in_order(self):
        self.assertEqual([entry["alias"] for entry in facts()], ALIASES)

    def test_ieee_layouts(self):
        for e, m in ((5, 10), (8, 23), (11, 52), (8, 7), (4, 4), (2, 1), (3, 0)):
            bias = 2 ** (e - 1) - 1
            largest = (2 - two_to(-m)) * two_to(bias)
            self.check(f"float:e{e}.m{m}", largest=largest, lowest=-largest, smallest_normal=two_to(1 - bias),
                       smallest_subnormal=two_to(1 - bias - m) if m else None, smallest=two_to(1 - bias - m),
                       ulp_at_1=two_to(-m))

    def test_small_layouts(self):
        self.check("fp8_e4m3", largest=448, smallest_normal=two_to(-6), smallest=two_to(-9))
        self.check("float:e4.m3:finite", largest=480)
        self.check("fp6_e3m2", largest=28, smallest=two_to(-4))
        self.check("fp6_e2m3", largest=Fraction(15, 2), smallest=two_to(-3))
        self.check("fp4_e2m1", largest=6, smallest_normal=1, smallest=Fraction(1, 2), ulp_at_1=Fraction(1, 2))

    def test_one_exponent_bit_has_only_subnormals(self):
        self.check("float:e1.m2", largest=Fraction(3, 2), smallest_normal=None, smallest_subnormal=Fraction(1, 2),
                   ulp_at_1=Fraction(1, 2))

    def test_flushed(self):
        self.check("float:e5.m10:ftz", smallest=two_to(-14), smallest_normal=two_to(-14), smallest_subnormal=None)

    def test_fixed_point(self):
        self.check("fixed:i3.f4", largest=Fraction(127, 16), lowest=-Fraction(127, 16), smallest=Fraction(1, 16),
                   smallest_normal=None, smallest_subnormal=None, ulp_at_1=Fraction(1, 16))
        self.check("int8", largest=127, lowest=-128, smallest=1, ulp_at_1=1)
        self.check("fixed:i0.f4", largest=Fraction(15, 16), ulp_at_1=None)  # 1 is beyond its range

    def test_li(self):
        self.check("li:e0.s3", largest=8 - Fraction(1, 8), smallest=Fraction(1, 8), ulp_at_1=Fraction(1, 8))

    def test_unbounded(self):
        given = facts("float:e*.m3")[0]
        self.assertEqual((given["largest"], given["smallest"]), (None, None))
        self.assertEqual(value(given["ulp_at_1"]), Fraction(1, 8))

    def test_texts_and_codes_say_the_same(self):
        for name in [*ALIASES, "float:e4.m4", "float:e3.m3:fn:ftz", "fixed:i20.f30", "li:e3.s2", "float:e19.m236"]:
            given = facts(name)[0]
            for key in ("lowest", "largest", "smallest_normal", "smallest_subnormal", "smallest", "ulp_at_1"):
                entry = given[key]
                if entry and entry["code"]:
                    self.assertEqual(answers([f"hexfloat {entry['code']}"], "--format", name), [entry["hexfloat"]])
                if entry and entry["code"] and entry["decimal"]:
                    self.assertEqual(answers([f"encode {entry['decimal']}"], "--format", name), [entry["code"]])

    def test_decimals_too_long_to_read_are_null(self):
        given = facts("float:e32.m3")[0]["largest"]
        self.assertEqual(given, {"decimal": None, "hexfloat": "0x1.ep+2147483647", "code": "7fffffff7"})


class Table(unittest.TestCase):
    def test_every_alias_has_a_row(self):
        self.assertEqual([row.split()[0] for row in rows()], ["alias", *ALIASES])

    def test_columns_line_up(self):
        table = rows()
        for heading in ("format", "bits", "layout", "range", "smallest normal", "ulp at 1", "special", "lane"):
            at = table[0].index(heading)
            self.assertTrue(all(row[at - 2: at] == "  " and row[at] != " " for row in table), heading)

    def test_exact_where_short_rounded_where_long(self):
        for name, *words in (("fp16", "float:e5.m10", "s1 e5 m10", "+-65504 ", "~6.10352e-05", "~5.96046e-08", "~0.000976562",
                              "inf nan", "float32"),
                             ("fp8_e4m3", "+-448 ", " 0.015625 ", "~0.00195312", " 0.125 ", " nan "),
                             ("fp64", "~+-1.79769e+308", "~2.22507e-308", "~4.94066e-324", "~2.22045e-16"),
                             ("int8", "-128 .. 127 ", "s1 i7 f0"),
                             ("fixed:i7.f8", "~+-127.996 ", " 0.00390625 ", "float64"),
                             ("float:e*.m2", "unbounded", " 0.25 "),
                             ("float:e32.m3", "~+-2^2147483648", "2^-2147483646", "2^-2147483649")):
            for word in words:
                self.assertIn(word, rows(name)[1] + " ", name)

    def test_names_are_found_by_alias_and_by_meaning(self):
        self.assertEqual([row.split()[:2] for row in rows("float:e5.m10", "fixed:i3.f4:sat", "int4")[1:]],
                         [["fp16", "float:e5.m10"], ["-", "fixed:i3.f4"], ["int4", "fixed:i3.f0:twos"]])

    def test_errors(self):
        for arguments, message in ((["fp17"], "'fp17' is no number format"), (["fp17"], "did you mean fp"),
                                   (["fp16", "float:e40.m3"], "it has 40 exponent bits"),
                                   (["--jsn"], "there is no option --jsn; did you mean --json?")):
            done = run(["formats", *arguments])
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1))
            self.assertTrue(done.stderr.startswith("carrybit formats: "), done.stderr)
            self.assertIn(message, done.stderr)


if __name__ == "__main__":
    unittest.main()
