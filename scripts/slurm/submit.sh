#!/usr/bin/env bash
set -euo pipefail
usage="usage: scripts/slurm/submit.sh STUDY OUT SHARDS [SBATCH-OPTION...]
Runs a study on a Slurm cluster: an array of SHARDS jobs, each with its part in OUT/shards/I, and a job that joins them in OUT
when all are done. OUT must be a file system that every node sees; each part's store is used by one node at a time.
Further options go to the array's sbatch, e.g. --time=2:00:00 --cpus-per-task=16 --partition=long. CARRYBIT is the program
(default: carrybit on PATH). The same command again goes on where the last one stopped. Prints both job numbers."

case "${1:-}" in
  -h | --help) echo "$usage"; exit 0 ;;
esac
if [ $# -lt 3 ] || ! [[ $3 =~ ^[1-9][0-9]*$ ]]; then
  echo "submit.sh: STUDY, OUT and a number of shards are needed" >&2
  echo "$usage" >&2
  exit 2
fi
study=$1 out=$2 shards=$3
shift 3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"${CARRYBIT:-carrybit}" sweep "$study" --dry-run | tail -n 1 # a study that is wrong is refused here, not on the nodes
mkdir -p "$out/shards"
array=$(sbatch --parsable --array="1-$shards" --output="$out/shards/%a.log" "$@" "$here/sweep.sbatch" "$study" "$out")
merge=$(sbatch --parsable --dependency="afterok:$array" --kill-on-invalid-dep=yes --output="$out/merge.log" \
  "$here/merge.sbatch" "$out" "$shards")
echo "$array $merge"
