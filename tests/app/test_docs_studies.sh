#!/usr/bin/env bash
# Every command shown in docs/studies.md prints what the page says.
set -euo pipefail
: "${CARRYBIT:?}" "${SOURCE_DIR:?}"
for program in python3 gnuplot rsvg-convert; do
  command -v "$program" >/dev/null || { echo "skipped: no $program"; exit 77; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "$CARRYBIT" "$folder/carrybit"
PATH="$folder:$PATH" python3 "$SOURCE_DIR/scripts/check_docs.py" "$SOURCE_DIR/docs/studies.md"
