#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
usage="usage: scripts/demo.sh [--no-setup] [OUT]
Installs what is missing, builds build/release/carrybit, and measures required width against length: a table
on the screen, and OUT/widths.svg, .png and .csv (OUT: build/first-look)."

setup=yes
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) echo "$usage"; exit 0 ;;
    --no-setup) setup=no ;;
    *) break ;;
  esac
  shift
done

[ "$setup" = no ] || scripts/setup.sh
jobs=${CARRYBIT_JOBS:-$(nproc)}
cmake --preset release | sed -n '/[Ww]arning/p;/^-- Build files/p'
cmake --build --preset release -j "$jobs" --target carrybit

exec scripts/first_look.sh "$@"
