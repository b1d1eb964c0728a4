#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
usage="usage: scripts/format.sh [--check]
Formats every C++ and CUDA file with clang-format 14; --check changes nothing and fails if it would."

mode=(-i)
case "${1:-}" in
  "") ;;
  -h | --help) echo "$usage"; exit 0 ;;
  --check) mode=(--dry-run --Werror) ;;
  *) echo "format.sh: unknown argument $1" >&2; echo "$usage" >&2; exit 2 ;;
esac
command -v clang-format >/dev/null || { echo "format.sh: no clang-format; scripts/setup.sh --with-dev installs it" >&2; exit 1; }

git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp' '*.cu' '*.cuh' |
  xargs -0 -r clang-format "${mode[@]}"
