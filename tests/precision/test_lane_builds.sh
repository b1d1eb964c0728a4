#!/usr/bin/env bash
# The lane header means the same to every build: lane_vectors.cpp prints the same bytes from g++ and clang++ at -O0, -O3 and
# for this machine's own instructions. Planted: a build with -ffast-math must be told apart.
set -euo pipefail
: "${SOURCE_DIR:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

builds=0
build() { # name compiler flag...
  local name=$1
  shift
  "$@" -std=c++20 -I "$SOURCE_DIR" "$SOURCE_DIR/tests/precision/lane_vectors.cpp" -o "$work/$name"
  "$work/$name" >"$work/$name.txt"
  [ -s "$work/$name.txt" ] || { echo "$name: lane_vectors printed nothing"; exit 1; }
}
agree() {
  build "$@" -ffp-contract=off
  cmp "$work/first.txt" "$work/$1.txt" || { echo "$*: differs from ${CXX:-g++} -O0"; exit 1; }
  builds=$((builds + 1))
}

build first "${CXX:-g++}" -O0 -ffp-contract=off
for compiler in g++ clang++; do
  if command -v "$compiler" >/dev/null; then
    agree "$compiler-O0" "$compiler" -O0
    agree "$compiler-O3" "$compiler" -O3
    agree "$compiler-native" "$compiler" -O3 -march=native
  else
    echo "no $compiler: not compared"
  fi
done
[ "$builds" -gt 0 ] || { echo "skipped: no compiler to compare"; exit 77; }

build planted "${CXX:-g++}" -O3 -ffast-math
if cmp -s "$work/first.txt" "$work/planted.txt"; then
  echo "-ffast-math changes nothing: the vectors see nothing"
  exit 1
fi
echo "$builds builds print the same $(wc -l <"$work/first.txt") lines; -ffast-math does not"
