#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
usage="usage: scripts/sanitize.sh [asan|tsan]... [-- CTEST-ARGUMENT...]
Builds with the sanitizers (asan: address and undefined behaviour; tsan: threads; by default both, one after the other)
and runs the fast tests under each."

presets=()
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) echo "$usage"; exit 0 ;;
    asan | tsan) presets+=("$1") ;;
    --) shift; break ;;
    *) echo "sanitize.sh: unknown argument $1" >&2; echo "$usage" >&2; exit 2 ;;
  esac
  shift
done
[ ${#presets[@]} -gt 0 ] || presets=(asan tsan)

jobs=${CARRYBIT_JOBS:-$(nproc)}
export UBSAN_OPTIONS=print_stacktrace=1
for preset in "${presets[@]}"; do
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" -j "$jobs"
  ctest --preset "$preset" -j "$jobs" "$@"
done
