#!/usr/bin/env bash
# Every committed study, computed anew: the same bytes.
set -euo pipefail
: "${SOURCE_DIR:?}" "${CARRYBIT:?}"
command -v gnuplot >/dev/null && command -v rsvg-convert >/dev/null || { echo "skipped: no gnuplot or rsvg-convert"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARRYBIT
"$SOURCE_DIR/scripts/reproduce.sh" --out "$work" all
