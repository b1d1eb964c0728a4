"""One-way doors: which folder may include which.

    includes.py ROOT    exits with 1 and one line per fault if a file below ROOT includes what its folder may not use.

The table is the list of folders in the order of the house (CMakeLists.txt): a folder may use those before it. Includes name
their path from the repository's root; a test may also name a header that lies beside it.
"""

import pathlib
import re
import sys

ROOMS = ["precision", "sim", "arith_tasks", "proofs_check", "experiments"]
MAY_USE = {room: set(ROOMS[: i + 1]) for i, room in enumerate(ROOMS)}
MAY_USE["training"] = set(ROOMS) | {"training"}
MAY_USE["quantization"] = {"precision", "sim", "arith_tasks", "experiments", "quantization"}
MAY_USE["app"] = set(ROOMS) | {"training", "quantization", "app"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)
SUFFIXES = {".hpp", ".cpp", ".cu", ".cuh", ".h", ".inc"}


def allowed(path):
    """The folders that a file may include from; None where all are."""
    folder, *rest = path.parts
    if folder in MAY_USE:
        return MAY_USE[folder]
    if folder == "tests" and len(rest) > 1 and rest[0] in MAY_USE:
        return MAY_USE[rest[0]] | {"tests"}
    return None


def faults(root):
    """Yields 'file: what is wrong' for every include line that breaks a rule."""
    for folder in [*MAY_USE, "tests", "bench", "python"]:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix not in SUFFIXES or "package" in file.relative_to(root).parts:
                continue
            path = file.relative_to(root)
            doors = allowed(path)
            for quote, target in INCLUDE.findall(file.read_text(encoding="utf-8")):
                first = target.split("/")[0]
                beside = path.parts[0] == "tests" and (file.parent / target).is_file() and "/" not in target
                if quote == '"' and (".." in target.split("/") or "/" not in target) and not beside:
                    yield f'{path}: include "{target}" by its path from the repository\'s root'
                elif quote == "<" and first == "carrybit":
                    yield f'{path}: include <{target}> as "{target.removeprefix("carrybit/")}"'
                elif doors is not None and first in MAY_USE and first not in doors:
                    yield f'{path}: includes "{target}", but {"/".join(path.parts[:-1])} may not use {first}/'


if __name__ == "__main__":
    found = list(faults(pathlib.Path(sys.argv[1])))
    print("\n".join(found) if found else "every include goes one way")
    sys.exit(1 if found else 0)
