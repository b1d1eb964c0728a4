#!/usr/bin/env bash
# docs/theorems.md shows what `carrybit prove` prints: all checks at their default sizes, about a minute.
set -euo pipefail
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "${CARRYBIT:?}" "$folder/carrybit"
PATH="$folder:$PATH" python3 "${SOURCE_DIR:?}/scripts/check_docs.py" "$SOURCE_DIR/docs/theorems.md"

# Every check has a section there.
for name in $("$CARRYBIT" prove --list | cut -d ' ' -f 1); do
  grep -q "^$name  " "$SOURCE_DIR/docs/theorems.md" || { echo "docs/theorems.md does not show $name"; exit 1; }
done
