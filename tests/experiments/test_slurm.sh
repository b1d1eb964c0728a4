#!/usr/bin/env bash
# The cluster test among the others where CARRYBIT_SLURM is set, as .ci/run does: it installs packages, which a test that a
# developer runs should not.
set -euo pipefail
[ -n "${CARRYBIT_SLURM:-}" ] || { echo "skipped: scripts/test_slurm.sh runs it, and installs Slurm"; exit 77; }
exec bash "$(dirname "${BASH_SOURCE[0]}")/slurm/cluster.sh"
