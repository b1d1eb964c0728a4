#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
usage="usage: scripts/demo.sh [--no-setup] [ARGUMENT-OF-THE-STUDY...]
Installs what is missing, builds build/release/carrybit and runs the width study."

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

# The width study.
exec build/release/carrybit --help "$@"
