"""Import this before torch: a Python that has it (Debian: python3-torch, for /usr/bin/python3) goes on with the program, and where
there is none the test is skipped (77)."""

import importlib.util
import os
import sys

DEBIAN_PYTHON = "/usr/bin/python3"

if importlib.util.find_spec("torch") is None:
    if os.access(DEBIAN_PYTHON, os.X_OK) and "CARRYBIT_OTHER_PYTHON" not in os.environ:
        os.environ["CARRYBIT_OTHER_PYTHON"] = "1"
        os.execv(DEBIAN_PYTHON, [DEBIAN_PYTHON, *sys.argv])
    print("skipped: no PyTorch (scripts/setup.sh --with-torch installs Debian's)")
    sys.exit(77)
