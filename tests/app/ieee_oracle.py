"""IEEE 754 arithmetic from its definition, over Python's fractions: shares no code and no idea with the program.

A number is a Fraction, or one of the strings "inf", "-inf", "nan"; zero carries its sign as the pair ("zero", negative).
"""

from fractions import Fraction
from math import isqrt


class Ieee:
    """The binary interchange format with E exponent bits and M fraction bits."""

    def __init__(self, exponent_bits, fraction_bits):
        self.e, self.m = exponent_bits, fraction_bits
        self.width = 1 + self.e + self.m
        self.bias = (1 << (self.e - 1)) - 1
        self.emin, self.emax = 1 - self.bias, self.bias
        self.largest = (2 - Fraction(1, 1 << self.m)) * Fraction(2) ** self.emax
        self.sign_bit = 1 << (self.width - 1)
        self.infinity = ((1 << self.e) - 1) << self.m
        self.nan = self.infinity | 1 << (self.m - 1)

    def hex(self, code):
        return f"{code:0{(self.width + 3) // 4}x}"

    def decode(self, code):
        negative = bool(code & self.sign_bit)
        field, fraction = code >> self.m & ((1 << self.e) - 1), code & ((1 << self.m) - 1)
        if field == (1 << self.e) - 1:
            return "nan" if fraction else "-inf" if negative else "inf"
        if field == 0 and fraction == 0:
            return ("zero", negative)
        significand = fraction if field == 0 else fraction + (1 << self.m)
        value = significand * Fraction(2) ** (max(field, 1) - self.bias - self.m)
        return -value if negative else value

    def round(self, value, mode):
        """The code of an exact value that is not zero."""
        negative, size = value < 0, abs(value)
        sign = self.sign_bit if negative else 0
        quantum = Fraction(2) ** (max(floor_log2(size), self.emin) - self.m)
        steps = size / quantum
        low = steps.numerator // steps.denominator
        steps = low + (1 if rounds_up(steps - low, low % 2 == 1, negative, mode) else 0)
        if steps * quantum > self.largest:
            stays = mode in ("rz", "ro") or mode == ("rd" if not negative else "ru")
            return sign | (self.infinity - 1 if stays else self.infinity)
        return sign | self.encode_exact(steps * quantum)

    def encode_exact(self, size):
        if size == 0:
            return 0
        exponent = max(floor_log2(size), self.emin)
        steps = int(size / Fraction(2) ** (exponent - self.m))
        hidden = 1 << self.m
        return steps if steps < hidden else (exponent + self.bias) << self.m | (steps - hidden)

    # --- operations on codes ----------------------------------------------------------------------

    def add(self, a, b, mode):
        return self.sum(self.decode(a), self.decode(b), mode)

    def sub(self, a, b, mode):
        return self.sum(self.decode(a), negated(self.decode(b)), mode)

    def mul(self, a, b, mode):
        return self.deliver(product(self.decode(a), self.decode(b)), mode)

    def fma(self, a, b, c, mode):
        return self.sum(product(self.decode(a), self.decode(b)), self.decode(c), mode)

    def div(self, a, b, mode):
        x, y = self.decode(a), self.decode(b)
        negative = is_negative(x) != is_negative(y)
        if "nan" in (x, y) or (is_infinite(x) and is_infinite(y)) or (is_zero(x) and is_zero(y)):
            return self.nan
        if is_infinite(x) or is_zero(y):
            return self.deliver("-inf" if negative else "inf", mode)
        if is_infinite(y) or is_zero(x):
            return self.deliver(("zero", negative), mode)
        return self.deliver(x / y, mode)

    def sqrt(self, a, mode):
        x = self.decode(a)
        if x == "nan" or is_zero(x) or x == "inf":
            return self.deliver(x, mode)
        if is_negative(x):
            return self.nan
        shift = 2 * (self.m + abs(self.emin) + 8)  # far more bits than any rounding looks at
        scaled = x * (1 << 2 * shift)
        root = isqrt(scaled.numerator // scaled.denominator)
        exact = root * root == scaled
        return self.round(Fraction(2 * root + (0 if exact else 1), 1 << (shift + 1)), mode)

    def cvt(self, a, source, mode):
        return self.deliver(source.decode(a), mode)

    def sum(self, x, y, mode):
        if "nan" in (x, y) or {x, y} == {"inf", "-inf"}:
            return self.nan
        if is_infinite(x) or is_infinite(y):
            return self.deliver(x if is_infinite(x) else y, mode)
        total = (0 if is_zero(x) else x) + (0 if is_zero(y) else y)
        if total != 0:
            return self.deliver(total, mode)
        if is_negative(x) == is_negative(y):
            return self.deliver(("zero", is_negative(x)), mode)
        return self.deliver(("zero", mode == "rd"), mode)

    def deliver(self, value, mode):
        if value == "nan":
            return self.nan
        if is_infinite(value):
            return self.infinity | (self.sign_bit if value == "-inf" else 0)
        if is_zero(value):
            return self.sign_bit if value[1] else 0
        return self.round(value, mode)


def is_zero(x):
    return isinstance(x, tuple)


def is_infinite(x):
    return x in ("inf", "-inf")


def is_negative(x):
    return x[1] if is_zero(x) else x == "-inf" if isinstance(x, str) else x < 0


def negated(x):
    if x == "nan":
        return x
    if is_infinite(x):
        return "inf" if x == "-inf" else "-inf"
    return ("zero", not x[1]) if is_zero(x) else -x


def product(x, y):
    negative = is_negative(x) != is_negative(y)
    if "nan" in (x, y) or (is_infinite(x) and is_zero(y)) or (is_zero(x) and is_infinite(y)):
        return "nan"
    if is_infinite(x) or is_infinite(y):
        return "-inf" if negative else "inf"
    if is_zero(x) or is_zero(y):
        return ("zero", negative)
    return x * y


def floor_log2(size):
    guess = size.numerator.bit_length() - size.denominator.bit_length()
    return guess if Fraction(2) ** guess <= size else guess - 1


def rounds_up(rest, odd, negative, mode):
    """Does a magnitude with the fraction `rest` of a step beyond a multiple go to the next one?"""
    if rest == 0:
        return False
    half = Fraction(1, 2)
    return {
        "rne": rest > half or (rest == half and odd),
        "rna": rest >= half,
        "rnz": rest > half,
        "rz": False,
        "ru": not negative,
        "rd": negative,
        "ro": not odd,
    }[mode]
