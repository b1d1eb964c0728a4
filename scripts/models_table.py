#!/usr/bin/env python3
"""The table of models in docs/training.md, from the cards.

    models_table.py            prints it
    models_table.py --write    puts it in the page, between the table's first line and the next blank one
    models_table.py --check    exits with 1 where the page has another
"""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "training.md"
HEAD = "| model | trained in | positions | steps | minutes | n digits | carry-heavy | held out | 99% at |"


def percent(count):
    share = 100 * count["exact"] / count["problems"]
    return f"{share:.1f}%" if share < 100 else "100%"


def lengths(numbers):
    """1, 2, 3, 5 as "1-3, 5"."""
    runs = []
    for n in numbers:
        if runs and runs[-1][1] == n - 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    return ", ".join(f"{a}-{b}" if a < b else str(a) for a, b in runs) or "none"


def row(card):
    evaluation = card["evaluation"]
    held_out = percent(evaluation["held_out"]) if "held_out" in evaluation else ""
    return (f"| `{card['name']}` | {card['precision']} | {card['positions']} | {card['steps']:,} | {card['minutes']:g} | "
            f"{percent(evaluation['full'])} | {percent(evaluation['carry_heavy'])} | {held_out} | "
            f"{lengths(evaluation['lengths_at_99_percent'])} |")


def table():
    cards = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "models").glob("*/card.json"))]
    return "\n".join([HEAD, "|" + " --- |" * 9, *map(row, cards)]) + "\n"


def main(arguments):
    if arguments not in ([], ["--write"], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    if not arguments:
        print(table(), end="")
        return 0
    text = PAGE.read_text(encoding="utf-8")
    start = text.index(HEAD)
    end = text.find("\n\n", start)
    end = len(text) if end < 0 else end + 1
    renewed = text[:start] + table() + text[end:]
    if arguments == ["--write"]:
        PAGE.write_text(renewed, encoding="utf-8")
    elif renewed != text:
        print("docs/training.md: the table of models is not that of the cards (scripts/models_table.py --write)")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
