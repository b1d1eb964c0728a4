"""PyTorch's models load here and give PyTorch's logits; ours load in PyTorch and give ours; a planted fault is seen.

Skipped (77) where no Python with torch is found (Debian: python3-torch, for /usr/bin/python3). About ten seconds.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent

import torch_or_skip  # noqa: F401, I001
import torch
import torch_load_export

TOLERANCE = 1e-12


def tests(case, **environment):
    """Runs one of the C++ cases of test_reference.cpp that are skipped without its variable."""
    program = pathlib.Path(os.environ["BUILD_DIR"], "tests", "carrybit_tests_sim")
    run = subprocess.run(
        [program, f"--test-case={case}"],
        env={**os.environ, **{k: str(v) for k, v in environment.items()}},
        capture_output=True,
        text=True,
    )
    if not re.search(r"test cases: +1 \|", run.stdout):
        sys.exit(f"the case '{case}' did not run:\n{run.stdout}{run.stderr}")
    return run


def expect(condition, message):
    if not condition:
        sys.exit(message)


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        reference = [sys.executable, HERE / "torch_reference.py"]

        subprocess.run([*reference, folder / "from"], check=True)
        run = tests("PyTorch's models give PyTorch's logits", CARRYBIT_FROM_TORCH=folder / "from")
        expect(run.returncode == 0, run.stdout)

        subprocess.run([*reference, folder / "planted", "--plant"], check=True)
        run = tests("PyTorch's models give PyTorch's logits", CARRYBIT_FROM_TORCH=folder / "planted")
        expect(run.returncode != 0, "transposed c_attn blocks went unnoticed")

        run = tests("models for PyTorch are written", CARRYBIT_TO_TORCH=folder / "to")
        expect(run.returncode == 0, run.stdout)
        models = sorted((folder / "to").iterdir())
        worst = 0.0
        for model in models:
            decoder = torch_load_export.load(model)
            for sequence in json.loads((model / "expected.json").read_text(encoding="utf-8")):
                ours = torch.tensor(sequence["logits"])
                with torch.no_grad():
                    theirs = decoder(torch.tensor(sequence["tokens"]))
                error = ((ours - theirs).abs().max() / theirs.abs().max()).item()
                expect(error < TOLERANCE, f"{model}: {decoder.config}: logits differ by {error}, relative")
                worst = max(worst, error)
        expect(len(models) > 60, f"only {len(models)} models were written")
        print(f"{len(models)} models of ours agree in PyTorch {torch.__version__}, largest relative difference {worst:.1e}")

        # The script by itself, as one would call it.
        (folder / "tokens.json").write_text("[[1, 2, 3], [0]]", encoding="utf-8")
        command = [sys.executable, HERE / "torch_load_export.py", models[0], folder / "tokens.json"]
        printed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        expect([len(row) for row in printed["argmax"]] == [3, 1] and len(printed["logits"][0]) == 3, str(printed))


if __name__ == "__main__":
    main()
