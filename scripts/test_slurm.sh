#!/usr/bin/env bash
# Runs a study on a Slurm cluster of one node on this machine's loopback (as root; installs slurm-wlm and munge where they are
# missing), kills a shard, and compares the merged table. Exit status 77: cannot be run here.
exec bash "$(dirname "${BASH_SOURCE[0]}")/../tests/experiments/slurm/cluster.sh" "$@"
