#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
usage="usage: scripts/reproduce.sh [--write] [--out FOLDER] NAME...
Computes the studies results/NAME/study.toml anew, from nothing, and compares every file that is committed of them (cells.csv,
widths.csv, fits.csv, the figures' SVG) byte for byte. Exit status 1 where one differs. The fresh results, with
PNG, PDF and the gnuplot scripts, stay in FOLDER/NAME (default build/reproduce). NAME may be 'all'. A run that was stopped
goes on where it was.
  --write    put the fresh files into results/NAME in place of the committed ones
CARRYBIT is the program (default build/release/carrybit)."

write=no
out=build/reproduce
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) echo "$usage"; exit 0 ;;
    --write) write=yes ;;
    --out) out=${2:?--out needs a folder}; shift ;;
    -*) echo "reproduce.sh: unknown option $1" >&2; echo "$usage" >&2; exit 2 ;;
    *) break ;;
  esac
  shift
done
[ $# -gt 0 ] || { echo "$usage" >&2; exit 2; }
carrybit=${CARRYBIT:-build/release/carrybit}

names=("$@")
if [ "$1" = all ]; then
  names=()
  for study in results/*/study.toml; do names+=("$(basename "$(dirname "$study")")"); done
fi
different=0
for name in "${names[@]}"; do
  folder=results/$name
  if [ ! -f "$folder/study.toml" ]; then
    echo "reproduce.sh: there is no study $name; accepted: all, $(cd results && printf '%s ' */ | tr -d /)" >&2
    exit 2
  fi
  # Finished results would only be looked up: begin from nothing.
  [ ! -f "$out/$name/cells.csv" ] || rm -rf "${out:?}/$name"
  "$carrybit" sweep "$folder/study.toml" --out "$out/$name"
  for fresh in "$out/$name"/{cells,widths,fits}.csv "$out/$name"/*.svg; do
    [ -f "$fresh" ] || continue
    file=$(basename "$fresh")
    if [ "$write" = yes ]; then
      cp "$fresh" "$folder/$file"
    elif ! cmp -s "$fresh" "$folder/$file"; then
      echo "$folder/$file differs from $fresh"
      different=1
    fi
  done
  for committed in "$folder"/*.csv "$folder"/*.svg; do
    if [ -f "$committed" ] && [ ! -f "$out/$name/$(basename "$committed")" ]; then
      echo "$committed is not among the study's results"
      different=1
    fi
  done
  [ "$different" = 1 ] || echo "$name: the same bytes"
done
exit $different
