#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
usage="usage: scripts/test.sh [--all] [--no-setup] [CTEST-ARGUMENT...]
Installs what is missing, builds build/release and runs its tests; --all runs the slow ones too.
CARRYBIT_WERROR=ON in the environment makes warnings errors; CARRYBIT_JOBS sets the number of parallel jobs."

preset=release
setup=yes
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) echo "$usage"; exit 0 ;;
    --all) preset=all ;;
    --no-setup) setup=no ;;
    *) break ;;
  esac
  shift
done

[ "$setup" = no ] || scripts/setup.sh
jobs=${CARRYBIT_JOBS:-$(nproc)}
cmake --preset release -DCARRYBIT_WERROR="${CARRYBIT_WERROR:-OFF}" | sed -n '/[Ww]arning/p;/^-- Build files/p'
cmake --build --preset release -j "$jobs"
exec ctest --preset "$preset" -j "$jobs" "$@"
