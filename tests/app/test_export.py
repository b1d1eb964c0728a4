"""`carrybit export`: every construction, saved, loaded by PyTorch and run in float64, answers every problem of small sizes
and a sample of larger ones; a weight changed is seen.

Skipped (77) where no Python with torch is found (Debian: python3-torch, for /usr/bin/python3).
"""

import itertools
import pathlib
import random
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "sim"))

import torch_or_skip  # noqa: E402, F401, I001
import torch  # noqa: E402
import torch_load_export  # noqa: E402

from carrybit_run import good, one_object  # noqa: E402


class Case:
    """A task at one size, and a construction for it."""

    def __init__(self, construction, task, base, length, operands=2, answer=None, tokens=1, options=()):
        self.construction, self.task, self.base, self.length = construction, task, base, length
        self.operands, self.tokens, self.options = operands, tokens, list(options)
        self.sign = {"add": "+", "iter_add": "+", "mul": "*", "majority": ""}[task]
        carry = 1
        while task == "iter_add" and base**carry < operands:
            carry += 1
        whole = -(-length // tokens) * tokens  # digits of an operand's tokens
        self.answer = answer or {"add": whole + tokens, "iter_add": length + carry, "mul": 2 * length, "majority": 1}[task]

    def arguments(self):
        yield from ("--task", self.task, "--base", str(self.base), "--length", str(self.length))
        yield from ("--construction", self.construction, "--digits-per-token", str(self.tokens))
        if self.task == "iter_add":
            yield from ("--addends", str(self.operands))
        if self.task == "mul":
            yield from ("--answer-digits", str(self.answer))
        yield from self.options

    def problems(self, most=800):
        """All of them, or a seeded sample with carries that run through."""
        whole = self.base**self.length
        if whole**self.operands <= most:
            yield from itertools.product(range(whole), repeat=self.operands)
            return
        draws = random.Random(1)
        yield (whole - 1,) * self.operands
        yield (whole - 1,) + (0,) * (self.operands - 2) + (1,)
        for _ in range(80):
            first = [draws.randrange(whole) for _ in range(self.operands - 1)]
            yield (*first, draws.randrange(whole))
            yield (*first, (whole - 1 - sum(first) + draws.choice((0, 1))) % whole)

    def result(self, problem):
        if self.task == "mul":
            return problem[0] * problem[1] % self.base**self.answer
        if self.task == "majority":
            return int(2 * bin(problem[0]).count("1") > self.length)
        return sum(problem)

    def digits(self, number, length):
        """Tokens of a number, most significant first, `tokens` digits in each."""
        base = self.base**self.tokens
        return [number // base**i % base for i in reversed(range(-(-length // self.tokens)))]

    def encode(self, problem, vocabulary):
        prompt = []
        for i, number in enumerate(problem):
            prompt += [vocabulary.index(self.sign)] if i > 0 else []
            prompt += self.digits(number, self.length)
        return prompt + [vocabulary.index("=")], self.digits(self.result(problem), self.answer)


CASES = [
    Case("add_constant", "add", 2, 3),
    Case("add_constant", "add", 10, 1),
    Case("add_constant", "add", 3, 20, options=["--options", "variant=rel"]),
    Case("add_log", "add", 2, 4),
    Case("add_log", "add", 10, 40),
    Case("add_log", "add", 3, 3, options=["--radix", "1"]),
    Case("add_log", "add", 2, 9, options=["--options", "code=onehot,levels=2"]),
    Case("add_log", "add", 2, 7, tokens=3),
    Case("iter_add_log", "iter_add", 2, 3, operands=3),
    Case("iter_add_log", "iter_add", 10, 6, operands=7),
    Case("iter_add_log", "iter_add", 3, 5, operands=4, options=["--options", "variant=relu"]),
    Case("mul_log", "mul", 2, 4),
    Case("mul_log", "mul", 10, 5, answer=7),
    Case("mul_log", "mul", 3, 4, options=["--options", "variant=relu,rounds=1"]),
    Case("add_prefix_sum", "add", 10, 6),
    Case("add_prefix_sum", "add", 2, 4),
    Case("majority_mean", "majority", 2, 9, operands=1),
]


def wrong_answers(model, case):
    """How many of how many problems, every answer token predicted from the right ones before it."""
    vocabulary = model.config["vocabulary_text"]
    wrong = count = 0
    with torch.no_grad():
        for problem in case.problems():
            prompt, answer = case.encode(problem, vocabulary)
            predicted = model(torch.tensor(prompt + answer[:-1])).argmax(-1)[len(prompt) - 1:].tolist()
            count += 1
            wrong += predicted != answer
    return wrong, count


def expect(condition, message):
    if not condition:
        sys.exit(message)


def main():
    problems = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(CASES):
            out = f"{folder}/{number}"
            said = good("export", *case.arguments(), "--out", out)
            expect(said.startswith(f"{out}: {case.construction} for "), said)
            model = torch_load_export.load(out)
            wrong, count = wrong_answers(model, case)
            expect(wrong == 0, f"{said}{wrong} of {count} answers are wrong in PyTorch")
            problems += count
            # carrybit itself, in the same arithmetic, on the same files.
            given = one_object("run", "--weights", out, "--precision", "fp64", "--count", "3")
            expect(given["exact"] == 3, str(given))
        listed = set(one_object("list", "constructions")["constructions"])
        expect(listed == {case.construction for case in CASES}, f"constructions without a case: {listed}")

        # Planted: one key weight gone.
        case = CASES[3]
        model = torch_load_export.load(f"{folder}/3")
        with torch.no_grad():
            key = model.layers[1].key.weight
            row, column = key.nonzero()[0].tolist()
            key[row, column] = 0
        expect(wrong_answers(model, case)[0] > 0, "a missing weight went unnoticed")
    print(f"{len(CASES)} exports, {problems} problems, every answer right in PyTorch {torch.__version__}, float64")


if __name__ == "__main__":
    main()
