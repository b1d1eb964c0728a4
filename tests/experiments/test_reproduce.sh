#!/usr/bin/env bash
# The quick committed studies, computed anew: the same bytes. And a changed digit in a committed table is seen.
set -euo pipefail
: "${SOURCE_DIR:?}" "${CARRYBIT:?}"
command -v gnuplot >/dev/null && command -v rsvg-convert >/dev/null || { echo "skipped: no gnuplot or rsvg-convert"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARRYBIT
mkdir "$work/scripts"
cp "$SOURCE_DIR/scripts/reproduce.sh" "$work/scripts"
cp -r "$SOURCE_DIR/results" "$work/results"
[ ! -d "$SOURCE_DIR/models" ] || ln -s "$SOURCE_DIR/models" "$work/models"

for name in ${CARRYBIT_STUDIES:-radix}; do
  "$work/scripts/reproduce.sh" "$name"
  rm "$work/build/reproduce/$name/cells.csv" # its store stays, so that the table is only written again
  sed -i '3s/,found,/,fuond,/;3s/,right,/,rihgt,/' "$work/results/$name/cells.csv"
  if "$work/scripts/reproduce.sh" "$name" >"$work/said"; then
    echo "a changed table was not seen"
    exit 1
  fi
  grep -q "cells.csv differs" "$work/said"
done
