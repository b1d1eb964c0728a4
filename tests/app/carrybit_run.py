"""What the tests of `run`, `width`, `export` and `list` share."""

import functools
import json
import os
import pathlib
import tempfile
import unittest

from carrybit_op import run

run = functools.partial(run, timeout=120)

ADD = ["--task", "add", "--construction", "add_log"]


def good(verb, *arguments):
    """The standard output of a call that must succeed."""
    done = run([verb, *arguments])
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"carrybit {verb} {' '.join(arguments)}: status {done.returncode}: {done.stderr}")
    return done.stdout


def one_object(verb, *arguments):
    """Its one JSON object, under --json; every line of it is one."""
    lines = good(verb, *arguments, "--json").splitlines()
    if len(lines) != 1:
        raise AssertionError(f"{len(lines)} lines: {lines}")
    return json.loads(lines[0])


def objects(verb, *arguments):
    return [json.loads(line) for line in good(verb, *arguments, "--json").splitlines()]


class Folder:
    """A folder that goes when the test ends."""

    def __init__(self, test):
        keeper = tempfile.TemporaryDirectory()
        test.addCleanup(keeper.cleanup)
        self.path = pathlib.Path(keeper.name)

    def __truediv__(self, name):
        return self.path / name


class Refusals(unittest.TestCase):
    """One line on standard error that begins with the verb, status 2, nothing on standard output."""

    def refuse(self, verb, arguments, *messages):
        done = run([verb, *map(str, arguments)])
        with self.subTest(verb=verb, arguments=arguments):
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(done.stdout, "")
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertTrue(done.stderr.startswith(f"carrybit {verb}: "), done.stderr)
            for message in messages:
                self.assertIn(message, done.stderr)


def is_root():
    """Permissions do not bind root."""
    return os.geteuid() == 0
