"""`carrybit op` against IEEE 754 worked out in Python's fractions, and against this machine's own double arithmetic."""

import math
import random
import struct
import unittest

from carrybit_op import answers
from ieee_oracle import Ieee

FORMATS = {"fp16": Ieee(5, 10), "bf16": Ieee(8, 7), "fp32": Ieee(8, 23), "fp64": Ieee(11, 52), "float:e4.m4": Ieee(4, 4)}
MODES = ("rne", "rna", "rnz", "rz", "ru", "rd", "ro")
OPERANDS = {"add": 2, "sub": 2, "mul": 2, "div": 2, "sqrt": 1, "fma": 3}


def special_codes(f):
    """Where roundings go wrong: zeros, the ends of the subnormals, one and its neighbours, the largest, infinities, NaNs."""
    one = f.bias << f.m
    positive = [0, 1, 2, 3, (1 << f.m) - 1, 1 << f.m, (1 << f.m) + 1, one - 1, one, one + 1, one + (1 << f.m),
                f.infinity - 1, f.infinity, f.nan, f.infinity + 1]
    return [code | sign for code in positive for sign in (0, f.sign_bit)]


def random_code(f, draw):
    """Uniform codes; codes near each other in exponent; few significant bits, so that ties are common."""
    kind = draw.randrange(3)
    if kind == 0:
        return draw.getrandbits(f.width)
    spread = f.bias // 8 + 2
    field = min(max(f.bias + draw.randint(-spread, spread), 0), 2 * f.bias)
    fraction = draw.getrandbits(f.m)
    if kind == 2:
        kept = draw.randint(0, min(4, f.m))
        fraction = fraction >> (f.m - kept) << (f.m - kept)
    return draw.getrandbits(1) << (f.width - 1) | field << f.m | fraction


class AgainstFractions(unittest.TestCase):
    def check(self, name, mode, operations):
        f = FORMATS[name]
        lines = [" ".join([op, *map(f.hex, codes)]) for op, codes in operations]
        for (op, codes), line, given in zip(operations, lines, answers(lines, "--format", name, "--rounding", mode)):
            self.assertEqual(given, f.hex(getattr(f, op)(*codes, mode)), f"{line} in {name}, {mode}")

    def test_random_operands(self):
        draw = random.Random(16)
        for name, f in FORMATS.items():
            for mode in MODES:
                self.check(name, mode, [(op, [random_code(f, draw) for _ in range(n)])
                                        for op, n in OPERANDS.items() for _ in range(150)])

    def test_special_operands(self):
        draw = random.Random(32)
        for name, f in FORMATS.items():
            codes = special_codes(f)
            pairs = [(a, b) for a in codes for b in codes]
            operations = [(op, list(pair)) for op in ("add", "sub", "mul", "div") for pair in draw.sample(pairs, 250)]
            operations += [("sqrt", [a]) for a in codes]
            operations += [("fma", [draw.choice(codes) for _ in range(3)]) for _ in range(250)]
            self.check(name, draw.choice(MODES), operations)
            self.check(name, "rne", operations)

    def test_conversions(self):
        draw = random.Random(64)
        for source_name, source in FORMATS.items():
            for target_name, target in FORMATS.items():
                mode = draw.choice(MODES)
                codes = special_codes(source) + [random_code(source, draw) for _ in range(100)]
                given = answers([f"cvt {target_name} {source.hex(c)}" for c in codes],
                                "--format", source_name, "--rounding", mode)
                for code, answer in zip(codes, given):
                    self.assertEqual(answer, target.hex(target.cvt(code, source, mode)),
                                     f"cvt {target_name} {source.hex(code)} from {source_name}, {mode}")

    def test_planted_fault_is_seen(self):
        """The oracle is not a mirror: asked for another mode, it disagrees."""
        f = FORMATS["fp16"]
        given = answers(["div 3c00 4200"], "--format", "fp16", "--rounding", "ru")
        self.assertNotEqual(given[0], f.hex(f.div(0x3C00, 0x4200, "rd")))


class AgainstThisMachine(unittest.TestCase):
    """Python's floats are the machine's doubles; struct converts to single and half precision as the C library does."""

    @staticmethod
    def code(value):
        return struct.unpack(">Q", struct.pack(">d", value))[0]

    @staticmethod
    def double(code):
        return struct.unpack(">d", struct.pack(">Q", code))[0]

    def test_double(self):
        draw = random.Random(128)
        f = FORMATS["fp64"]
        lines, wanted = [], []
        for _ in range(3000):
            a, b = random_code(f, draw), random_code(f, draw)
            x, y = self.double(a), self.double(b)
            for op, z in (("add", x + y), ("sub", x - y), ("mul", x * y), ("div", x / y if y else math.nan),
                          ("sqrt", math.sqrt(abs(x)))):
                if not math.isnan(z):
                    lines.append(f"{op} {f.hex(a & ~f.sign_bit)}" if op == "sqrt" else f"{op} {f.hex(a)} {f.hex(b)}")
                    wanted.append(f.hex(self.code(z)))
        self.assertEqual(answers(lines, "--format", "fp64"), wanted)

    def test_narrowing(self):
        draw = random.Random(256)
        f = FORMATS["fp64"]
        for name, letter, width in (("fp32", "f", 8), ("fp16", "e", 4)):
            lines, wanted = [], []
            for _ in range(3000):
                x = math.ldexp(draw.uniform(-2, 2), draw.randint(-30, 14))
                lines.append(f"cvt {name} {f.hex(self.code(x))}")
                wanted.append(f"{int.from_bytes(struct.pack('>' + letter, x), 'big'):0{width}x}")
            self.assertEqual(answers(lines, "--format", "fp64"), wanted)


if __name__ == "__main__":
    unittest.main()
