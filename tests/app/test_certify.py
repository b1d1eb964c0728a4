#!/usr/bin/env python3
"""carrybit certify and verify, end to end: a record made, read, doubted."""

import json
import os
import subprocess
import tempfile

CARRYBIT = os.environ["CARRYBIT"]
TASK = ["--task", "add", "--base", "2", "--construction", "add_log", "--length", "16"]


def run(*arguments):
    return subprocess.run([CARRYBIT, *arguments], capture_output=True, text=True)


def refused(status, *arguments):
    done = run(*arguments)
    assert done.returncode == status, (arguments, done)
    assert done.stdout == "", done.stdout
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "r.json")
        done = run("certify", *TASK, "--precision", "fixed:i4.f0", "--out", path)
        assert done.returncode == 0, done
        assert "answers every input of add:p2.n16 right in fixed:i4.f0" in done.stdout
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        assert record["kind"] == "carrybit certificate"
        assert record["cases"] == sum(step["cases"] for step in record["steps"])
        shown = run("certify", *TASK, "--precision", "fixed:i4.f0", "--json")
        assert json.loads(shown.stdout) == record

        assert run("verify", path).returncode == 0
        # The exported weights are the ones that were certified; a changed file is not.
        model = os.path.join(folder, "model")
        assert run("export", *TASK, "--precision", "fixed:i4.f0", "--out", model).returncode == 0
        assert run("verify", path, "--weights", model).returncode == 0
        other = os.path.join(folder, "other")
        assert run("export", *TASK, "--precision", "fixed:i5.f1", "--out", other).returncode == 0
        assert "weights" in refused(1, "verify", path, "--weights", other)

        record["steps"][0]["cases"] += 1
        record["cases"] += 1
        with open(path, "w", encoding="utf-8") as file:
            json.dump(record, file)
        assert "step 1" in refused(1, "verify", path)
        with open(path, "w", encoding="utf-8") as file:
            file.write('{"kind": 3}')
        refused(2, "verify", path)
        refused(2, "verify", os.path.join(folder, "nothing.json"))
        refused(2, "verify")

        # One bit too few; nothing is written.
        missing = os.path.join(folder, "missing.json")
        line = refused(1, "certify", *TASK, "--precision", "fixed:i3.f0", "--out", missing)
        assert "not certified" in line
        assert not os.path.exists(missing)
        assert "wrap around" in refused(1, "certify", *TASK, "--precision", "fixed:i4.f0:twos:wrap")
        refused(2, "certify", "--task", "add")
        refused(2, "certify", *TASK, "--precision", "fixed:x4")
        refused(2, "certify", *TASK, "--precision", "fixed:i4.f0", "--out", "/nowhere/at/all.json")


main()
