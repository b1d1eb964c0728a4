"""`carrybit list`: what it shows is what the other verbs accept."""

import json
import unittest

from carrybit_run import Refusals, good, one_object, run

SECTIONS = ["tasks", "constructions", "presets", "formats"]


class List(Refusals):
    def test_every_section_in_order(self):
        self.assertEqual(list(one_object("list")), SECTIONS)
        titles = [line for line in good("list").splitlines() if not line.startswith("  ")]
        self.assertEqual([title.split()[0] for title in titles], SECTIONS)

    def test_one_section(self):
        for section in SECTIONS:
            self.assertEqual(list(one_object("list", section)), [section])
            self.assertTrue(good("list", section).startswith(section))

    def test_the_table_and_the_object_say_the_same(self):
        for section in SECTIONS:
            entries = one_object("list", section)[section]
            rows = [row.split(maxsplit=1) for row in good("list", section).splitlines()[1:]]
            self.assertEqual([row[0] for row in rows], list(entries))
            for name, what in rows:
                self.assertEqual(what, entries[name].strip())

    def test_what_the_issue_asks_for_is_there(self):
        everything = one_object("list")
        self.assertEqual(list(everything["tasks"]), ["add", "iter_add", "mul", "majority", "parity"])
        self.assertLessEqual({"add_constant", "add_log", "iter_add_log", "mul_log", "add_prefix_sum", "majority_mean"},
                             set(everything["constructions"]))
        self.assertLessEqual({"feng2025", "li2024", "merrill2023", "park2026", "svete2026", "torch-bf16", "int8-int32"},
                             set(everything["presets"]))

    def test_constructions_name_their_theorem_task_width_and_options(self):
        for name, what in one_object("list", "constructions")["constructions"].items():
            for word in ("[add]", "[iter_add]", "[mul]", "[majority]"):
                if word in what:
                    break
            else:
                self.fail(f"{name}: no task in '{what}'")
            self.assertIn("width", what)
        self.assertIn("Theorem 5.1", one_object("list")["constructions"]["add_log"])

    def test_every_preset_and_format_named_is_accepted(self):
        everything = one_object("list")
        for preset in everything["presets"]:
            done = run(["run", "--task", "add", "--base", "2", "--construction", "add_constant", "--input", "1+1",
                        "--preset", preset, "--width", "9"])
            self.assertEqual(done.returncode, 0, (preset, done.stderr))
        aliases = [name for name in everything["formats"] if ":" not in name]
        for entry in json.loads(good("formats", "--json", *aliases)):
            self.assertEqual(everything["formats"][entry["alias"]], entry["format"])

    def test_errors(self):
        self.refuse("list", ["task"], "'task' is not one of tasks, constructions, presets, formats", "did you mean tasks?")
        self.refuse("list", ["--jsno"], "there is no option --jsno; did you mean --json?")
        self.refuse("list", ["tasks", "presets"], "'presets' was not expected")


if __name__ == "__main__":
    unittest.main()
