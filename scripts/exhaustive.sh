#!/usr/bin/env bash
# Holds the lane engine to the exact engine on every format of at most 8 bits: all operands of every unary operation, all
# pairs of add, sub, mul and div, all triples of fma up to 6 bits (above: all pairs with some 16 third operands), all eight
# rounding modes, every layout and overflow rule, every carrier, faults included; and conversions of every value of every such
# format into each of them. One line per format with its cases and mismatches; the last line sums them up.
# Exit status 0: no mismatch; 1: some; 2: bad arguments.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
usage="usage: scripts/exhaustive.sh [--bits N] [--no-build]
  --bits N      formats of at most N bits, 2 to 10 (default 8: TIME8; 6: TIME6; each bit more takes about four times as long)
  --no-build    use build/release as it is
CARRYBIT_JOBS sets the number of threads."

bits=8
build=yes
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) echo "$usage"; exit 0 ;;
    --bits) bits=${2:-}; shift ;;
    --no-build) build=no ;;
    *) echo "exhaustive.sh: unknown argument $1" >&2; echo "$usage" >&2; exit 2 ;;
  esac
  shift
done
case "$bits" in
  [2-9] | 10) ;;
  *) echo "exhaustive.sh: --bits takes 2 to 10, not '$bits'" >&2; exit 2 ;;
esac

if [ "$build" = yes ]; then
  cmake --preset release >/dev/null
  cmake --build --preset release --target carrybit_tests_precision -j "${CARRYBIT_JOBS:-$(nproc)}"
fi
program=${CARRYBIT_PRECISION_TESTS:-build/release/tests/carrybit_tests_precision}
CARRYBIT_EXHAUSTIVE_BITS=$bits "$program" '--source-file=*/test_exhaustive_slow.cpp' --no-intro=true
