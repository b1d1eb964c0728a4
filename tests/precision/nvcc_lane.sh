#!/usr/bin/env bash
# The lane header means the same to nvcc: lane_vectors.cu, compiled for sm_80 and sm_90, prints from its host path what the
# host compiler's build of lane_vectors.cpp prints. Skipped (77) where there is no nvcc.
set -euo pipefail
: "${SOURCE_DIR:?}"
here=$SOURCE_DIR/tests/precision

skip() { echo "skipped: $*"; exit 77; }

[ -e "$here/lane_vectors.cu" ] || skip "no lane_vectors.cu"
nvcc=$(PATH=$PATH:/usr/local/cuda/bin command -v nvcc) || skip "no nvcc"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CXX:-g++}" -std=c++20 -O2 -ffp-contract=off -I "$SOURCE_DIR" "$here/lane_vectors.cpp" -o "$work/host"
"$nvcc" -std=c++20 -O2 --fmad=false -Xcompiler -ffp-contract=off -I "$SOURCE_DIR" \
  -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=sm_90 \
  "$here/lane_vectors.cu" -o "$work/cuda"
"$work/host" >"$work/host.txt"
"$work/cuda" >"$work/cuda.txt"
[ -s "$work/host.txt" ] || { echo "lane_vectors printed nothing"; exit 1; }
cmp "$work/host.txt" "$work/cuda.txt"
echo "nvcc and the host compiler agree on $(wc -l <"$work/host.txt") lines"
