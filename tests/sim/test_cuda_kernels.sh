#!/usr/bin/env bash
# The device's kernels compile for A100 and H100, without warnings. Skipped (77) where there is no nvcc.
set -euo pipefail
: "${SOURCE_DIR:?}"
nvcc=$(PATH=$PATH:/usr/local/cuda/bin command -v nvcc) || { echo "skipped: no nvcc"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for file in "$SOURCE_DIR"/precision/cuda/*.cu "$SOURCE_DIR"/sim/device/*.cu; do
  "$nvcc" -std=c++20 -O2 -Xptxas -O1 --fmad=false -Werror all-warnings -Xcompiler -ffp-contract=off -I "$SOURCE_DIR" \
    -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=sm_90 -c "$file" -o "$work/kernel.o"
  echo "$(basename "$file"): compiles for sm_80 and sm_90"
done
