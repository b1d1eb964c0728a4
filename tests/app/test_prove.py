"""`carrybit prove`: names, limits, JSON, and what it says of a name that does not exist."""

import json
import unittest

from carrybit_op import run


class Prove(unittest.TestCase):
    def test_list_names_every_check(self):
        done = run(["prove", "--list"])
        self.assertEqual(done.returncode, 0)
        names = [line.split()[0] for line in done.stdout.splitlines()]
        self.assertEqual(len(names), len(set(names)))
        for name in ("feng-4.2", "feng-5.1", "li-aperiodic", "park-T2", "svete-B.5", "merrill-sum"):
            self.assertIn(name, names)
        listed = [json.loads(line)["theorem"] for line in run(["prove", "--list", "--json"]).stdout.splitlines()]
        self.assertEqual(listed, names)

    def test_verdicts_as_text(self):
        done = run(["prove", "feng-4.2", "--max-length", "6"])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("feng-4.2  Feng et al. 2025", done.stdout)
        self.assertIn("over     all strings of 1 to 6 bits, bases 2, 3 and 10", done.stdout)
        self.assertIn("cases    378\n", done.stdout)
        self.assertIn("verdict  holds for all\n", done.stdout)
        self.assertNotIn(" s)", done.stdout)  # no clock in what is not a terminal

    def test_json_is_one_object_a_line(self):
        done = run(["prove", "li-count", "velickovic-dispersion", "--max-bits", "9", "--json"])
        self.assertEqual(done.returncode, 0)
        objects = [json.loads(line) for line in done.stdout.splitlines()]
        verdicts = [o for o in objects if "verdict" in o]
        cells = [o for o in objects if "table" in o]
        self.assertEqual(len(verdicts) + len(cells), len(objects))
        self.assertEqual({o["theorem"] for o in verdicts}, {"li-count", "velickovic-dispersion"})
        self.assertTrue(all(o["as_expected"] for o in verdicts))
        self.assertIn({"theorem": "velickovic-dispersion", "table": "exact thresholds per format", "row": "fp16",
                       "column": "dispersion, equal", "value": "5568"}, cells)

    def test_the_same_twice(self):
        arguments = ["prove", "park-T5", "li-monotone", "--max-bits", "7"]
        self.assertEqual(run(arguments).stdout, run(arguments).stdout)

    def test_unknown_names(self):
        done = run(["prove", "park-T3"])
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(done.stderr, "carrybit prove: there is no check named 'park-T3'; did you mean park-T2?\n")
        done = run(["prove", "feng-4.2", "qqqqqqqq"])
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("accepted: feng-4.1, feng-4.2", done.stderr)

    def test_bad_limits(self):
        for arguments in (["--max-length", "0"], ["--max-bits", "x"], ["--max-length", "9999999999"]):
            done = run(["prove", "feng-4.2", *arguments])
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertEqual(done.stderr.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
