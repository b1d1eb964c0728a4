#!/usr/bin/env python3
"""Runs what the manual shows and compares what it prints, byte for byte.

    check_docs.py [--write] [--codes] FILE.md...     carrybit must be on PATH

A block that opens with ```console holds commands and their output:

    ```console
    $ echo "add 3c00 4000" | carrybit op --format fp16
    4200
    ```

A line "$ COMMAND" is run by bash; lines "> MORE" continue it; what follows, up to the next command, is its output, standard
error included. The commands of one file run one after the other in one folder, empty but for models/, the repository's; those
of one block in one shell (so `echo $?` shows the status of the command before). In the output a line `...` stands for any lines, and ... within a line
for anything. A block that cannot be checked says why: ```console no-check: needs a GPU

--write   replaces the outputs in the files by what was printed, and says which it replaced: read them before you commit
--codes   besides, every bit pattern in the running text (a code span of lower-case hexadecimal digits, one of 0-9 among
          them) must occur in a console block of the same section (from one heading to the next)

Exit status: 0 all agree, 1 something differs or is malformed, 2 no such file.
"""

import difflib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```(\S*) *(.*?)\s*$")
MARK = "\x1e"  # ASCII "record separator": ends the output of each command
SECONDS = 300  # per block


class Command:
    """One command of a block: its text, its shown output, and the lines of the file where that stands (from 0)."""

    def __init__(self, text, line):
        self.text, self.line = text, line
        self.shown = []
        self.end = line + 1


def blocks(lines, fault):
    """The console blocks of a file: lists of commands. `fault(line, message)` hears of malformed ones."""
    found, kind, opened = [], None, 0
    for number, line in enumerate(lines):
        match = FENCE.match(line)
        if kind is None and match:
            kind, opened = match[1] or "plain", number
            if kind == "console" and is_checked(match[2], number, fault):
                found.append([])
            elif kind == "console":
                kind = "skipped"
        elif kind is not None and line.rstrip() == "```":
            kind = None
        elif kind == "console":
            add_line(found[-1], line, number, fault)
    if kind is not None:
        fault(opened, "this block is never closed")
    return found


def is_checked(words, number, fault):
    if not words:
        return True
    reason = re.fullmatch(r"no-check: *(\S.*)", words)
    if not reason:
        fault(number, f"'{words}' is not understood: write ```console, or ```console no-check: REASON")
    return False


def add_line(commands, line, number, fault):
    if line.startswith("$ "):
        commands.append(Command(line[2:], number))
    elif not commands:
        fault(number, "output before any command")
    elif (line.startswith("> ") or line == ">") and not commands[-1].shown:
        commands[-1].text += "\n" + line[2:]
        commands[-1].end = number + 1
    else:
        commands[-1].shown.append(line)
        commands[-1].end = number + 1


def run_block(commands, folder):
    """What each command printed, as lists of lines; a block that runs too long raises TimeoutExpired."""
    script = ["exec 2>&1 </dev/null", "status=0"]
    for command in commands:
        script += ["(exit $status)", "eval " + quoted(command.text), "status=$?", "printf '\\036'"]
    done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=folder, stdout=subprocess.PIPE, timeout=SECONDS, check=False)
    printed = done.stdout.decode("utf-8", errors="replace").split(MARK)
    outputs = [text.splitlines() for text in printed[: len(commands)]]
    return outputs + [["(the shell ended before this command)"]] * (len(commands) - len(outputs))


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def agrees(shown, printed):
    pattern = ""
    for line in shown:
        if line == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(re.escape(part) for part in line.split("...")) + r"\n"
    return re.fullmatch(pattern, "".join(line + "\n" for line in printed)) is not None


def stray_codes(lines):
    """Bit patterns in the running text that no console block of their section shows: (line, pattern)."""
    sections, fence = [([], [])], None
    for number, line in enumerate(lines):
        match = FENCE.match(line)
        if match and (fence is None or line.rstrip() == "```"):
            fence = match[1] or "plain" if fence is None else None
        elif fence == "console":
            sections[-1][1].append(line)
        elif fence is None:
            if line.startswith("#"):
                sections.append(([], []))
            spans = re.findall(r"`([0-9a-f]+)`", line)
            sections[-1][0].extend((number, span) for span in spans if re.search("[0-9]", span))
    for spans, shown in sections:
        words = set(re.findall(r"[0-9a-z]+", " ".join(shown)))
        yield from ((number, span) for number, span in spans if span not in words)


def check(path, write, codes):
    """Checks one file; gives the number of commands and of faults."""
    lines = path.read_text(encoding="utf-8").split("\n")
    faults, commands, replaced = [], 0, []
    found = blocks(lines, lambda line, message: faults.append((line, message)))
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "models").symlink_to(pathlib.Path(__file__).resolve().parents[1] / "models")
        for block in found:
            try:
                outputs = run_block(block, folder) if block else []
            except subprocess.TimeoutExpired:
                faults.append((block[0].line, f"this block runs longer than {SECONDS} seconds"))
                continue
            for command, printed in zip(block, outputs):
                commands += 1
                if agrees(command.shown, printed):
                    continue
                if write:
                    replaced.append((command, printed))
                else:
                    diff = difflib.unified_diff(command.shown, printed, "shown", "printed", lineterm="", n=1)
                    faults.append((command.line, f"$ {command.text}\n" + "\n".join(diff)))
    for command, printed in reversed(replaced):
        print(f"{path}:{command.line + 1}: output replaced")
        lines[command.end - len(command.shown): command.end] = printed
    if replaced:
        path.write_text("\n".join(lines), encoding="utf-8")
    if codes:
        faults += [(number, f"`{span}` is in no console block of its section") for number, span in stray_codes(lines)]
    for line, message in sorted(faults):
        print(f"{path}:{line + 1}: {message}")
    return commands, len(faults)


def main(arguments):
    options = {word for word in arguments if word.startswith("-")}
    paths = [pathlib.Path(word) for word in arguments if not word.startswith("-")]
    unknown = options - {"--write", "--codes"}
    missing = [str(path) for path in paths if not path.is_file()]
    if unknown or missing or not paths:
        print(f"check_docs.py: {f'no file {missing[0]}' if missing else __doc__.splitlines()[2].strip()}", file=sys.stderr)
        return 2
    if not shutil.which("carrybit"):
        print("check_docs.py: carrybit is not on PATH (a build has it in build/release)", file=sys.stderr)
        return 2
    faults = 0
    for path in paths:
        commands, wrong = check(path, "--write" in options, "--codes" in options)
        faults += wrong
        print(f"{path}: {commands} commands, {'all as shown' if wrong == 0 else f'{wrong} faults'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
