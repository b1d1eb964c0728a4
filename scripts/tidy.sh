#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
usage="usage: scripts/tidy.sh [FOLDER-OR-FILE...]
Runs clang-tidy (checks: .clang-tidy) over the sources below the given folders, by default over all of ours but the tests."

case "${1:-}" in
  -h | --help) echo "$usage"; exit 0 ;;
esac
[ $# -gt 0 ] || set -- precision sim arith_tasks proofs_check experiments quantization app
command -v run-clang-tidy >/dev/null || { echo "tidy.sh: no clang-tidy; scripts/setup.sh --with-dev installs it" >&2; exit 1; }

jobs=${CARRYBIT_JOBS:-$(nproc)}
# A build folder of its own: clang-tidy cannot read GCC's precompiled headers.
cmake --preset release -B build/tidy -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
patterns=()
for path in "$@"; do
  patterns+=("^$PWD/${path%/}(/|\$)")
done
run-clang-tidy -quiet -j "$jobs" -p build/tidy -extra-arg=-Wno-unknown-warning-option "${patterns[@]}"
