"""Runs the program for the tests of the command line. CTest sets CARRYBIT to its path."""

import os
import pathlib
import subprocess

PROGRAM = os.environ.get("CARRYBIT") or str(pathlib.Path(__file__).parents[2] / "build/release/carrybit")


def run(arguments, text="", **options):
    """The finished process; `text` goes to its standard input."""
    return subprocess.run([PROGRAM, *arguments], input=text, capture_output=True, encoding="utf-8", check=False,
                          **options)


def answers(lines, *arguments):
    """One answer a line; anything but success is an error."""
    done = run(["op", *arguments], "\n".join(lines) + "\n")
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"carrybit op {' '.join(arguments)}: status {done.returncode}: {done.stderr}")
    given = done.stdout.splitlines()
    if len(given) != len(lines):
        raise AssertionError(f"{len(lines)} operations, {len(given)} answers")
    return given
