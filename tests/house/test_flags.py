"""No file is compiled with flags that change floating-point results, and the build refuses such flags from outside."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(os.environ["SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["BUILD_DIR"])
HARMFUL = ["-ffast-math", "-Ofast", "-funsafe-math-optimizations", "-ffp-contract=fast", "-fassociative-math"]


def fault(command):
    """What is wrong with a compiler's command line, or None."""
    words = command.split()
    for flag in [*HARMFUL, "-march=native", "-mfpmath=387"]:
        if flag in words:
            return flag
    contraction = [word for word in words if word.startswith("-ffp-contract=")]
    if not contraction or contraction[-1] != "-ffp-contract=off":
        return "no -ffp-contract=off"
    return None


class Flags(unittest.TestCase):
    def test_every_file_is_compiled_without_contraction_or_fast_math(self):
        commands = json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8"))
        self.assertGreater(len(commands), 0)
        for entry in commands:
            if not entry["file"].endswith(".cu"):
                self.assertIsNone(fault(entry["command"]), entry["file"])

    def test_planted_flags_are_seen(self):
        good = "c++ -O3 -ffp-contract=off -c a.cpp"
        self.assertIsNone(fault(good))
        for bad in ["c++ -O3 -c a.cpp", good + " -ffp-contract=fast", good + " -march=native", good + " -Ofast"]:
            self.assertIsNotNone(fault(bad), bad)

    def test_configuring_with_a_harmful_flag_fails_in_one_line(self):
        for flag in HARMFUL:
            with self.subTest(flag), tempfile.TemporaryDirectory() as build:
                run = subprocess.run(
                    ["cmake", "-G", "Ninja", "-S", ROOT, "-B", build, f"-DCMAKE_CXX_FLAGS=-g {flag}"],
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
                self.assertNotEqual(run.returncode, 0)
                self.assertIn(f"CMAKE_CXX_FLAGS contains {flag}", " ".join(run.stderr.split()))


if __name__ == "__main__":
    unittest.main()
