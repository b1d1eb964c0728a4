#!/usr/bin/env bash
# Required width against length for five hand-made transformers: a table on the screen, and
# OUT/widths.csv, .svg and .png (OUT: build/first-look unless given).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=${1:-build/first-look}
carrybit=build/release/carrybit
mkdir -p "$out"

# construction, task and what else the command line says
studies=(
  "add_constant   --task add --base 2 --lengths 1,2,4,8,16,32,64"
  "add_log        --task add --base 2 --lengths 1,2,4,8,16,32,64,128,256,512,1024"
  "iter_add_log   --task iter_add --base 2 --addends 4 --lengths 1,2,4,8,16,32,64,128"
  "mul_log        --task mul --base 2 --lengths 1,2,4,8,12,16,24,32"
  "add_prefix_sum --task add --base 2 --lengths 1,2,4,8,12,16,20"
)
problems=${CARRYBIT_PROBLEMS:-300}

: > "$out/widths.csv.part"
number=0
for study in "${studies[@]}"; do
  number=$((number + 1))
  read -r construction options <<< "$study"
  echo "[$number/${#studies[@]}] required width of $construction" >&2
  # shellcheck disable=SC2086
  $carrybit width --construction "$construction" $options --problems "$problems" --csv > "$out/one.csv"
  if [ "$number" = 1 ]; then cat "$out/one.csv"; else tail -n +2 "$out/one.csv"; fi >> "$out/widths.csv.part"
done
rm "$out/one.csv"
mv "$out/widths.csv.part" "$out/widths.csv"

gnuplot -e "csv='$out/widths.csv'; svg='$out/widths.svg'; png='$out/widths.png'" scripts/widths.gp

echo
echo "Bits of the narrowest fixed-point format in which every input is answered right (sampled: every one tried):"
awk -F, 'NR > 1 { printf "  %-15s n = %4d   %3s bits  %-14s %-16s (%s)\n", $1, $4, ($7 == "" ? "-" : $7), $8,
                  ($9 == "" ? "none narrower" : "fails with " $9), $11 }' "$out/widths.csv"
echo
echo "picture: $out/widths.svg and $out/widths.png, table: $out/widths.csv"
