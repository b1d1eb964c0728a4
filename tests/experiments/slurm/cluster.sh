#!/usr/bin/env bash
# A study on a Slurm cluster of one node, this machine's loopback: 8 shards, one of them killed and put back into the queue by
# scripts/slurm/sweep.sbatch, the dependent merge, and the table byte for byte against that of one process.
# Exit status 77: cannot be run here (not root, no apt-get, no network); scripts/test_slurm.sh starts it.
set -euo pipefail
source_dir=${SOURCE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)}
export CARRYBIT=${CARRYBIT:-$source_dir/build/release/carrybit}

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "FAILED: $*" >&2; tail -n 20 "$work"/log/* "$work"/out/shards/*.log 2>/dev/null >&2; exit 1; }

[ "$(id -u)" -eq 0 ] || skip "Slurm's daemons need root"
for program in slurmctld slurmd munged sbatch; do
  if ! command -v "$program" >/dev/null; then
    command -v apt-get >/dev/null || skip "no $program and no apt-get"
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install slurm-wlm munge; } \
      >/dev/null 2>&1 || skip "apt-get cannot install slurm-wlm and munge"
  fi
done

work=$(mktemp -d /tmp/carrybit-slurm-XXXXXX)
daemons=()
stop() {
  [ ${#daemons[@]} -eq 0 ] || kill "${daemons[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  [ -n "${CARRYBIT_KEEP:-}" ] || rm -rf "$work"
}
trap stop EXIT
chmod 755 "$work"
mkdir -p "$work"/{log,state,spool,munge}
host=$(hostname -s)

# Our own munged, with a key and a socket of its own.
chmod 711 "$work/munge"
head -c 1024 /dev/urandom >"$work/munge/key"
chmod 600 "$work/munge/key"
munged --foreground --force --key-file="$work/munge/key" --socket="$work/munge/socket" --pid-file="$work/munge/pid" \
  --log-file="$work/log/munged" --seed-file="$work/munge/seed" >"$work/log/munged.out" 2>&1 &
daemons+=($!)

export SLURM_CONF=$work/slurm.conf
port=$((20000 + $$ % 20000))
cat >"$SLURM_CONF" <<EOF
ClusterName=carrybit
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket,cred_expire=5
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SchedulerType=sched/builtin
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/log/slurmctld
SlurmdLogFile=$work/log/slurmd
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=5
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
EOF

for _ in $(seq 100); do [ -S "$work/munge/socket" ] && break; sleep 0.1; done
[ -S "$work/munge/socket" ] || fail "munged did not start"
slurmctld -D -c >"$work/log/slurmctld.out" 2>&1 &
daemons+=($!)
slurmd -D -c >"$work/log/slurmd.out" 2>&1 &
daemons+=($!)
for _ in $(seq 300); do
  [ "$(sinfo -h -o %T 2>/dev/null)" = idle ] && break
  sleep 0.2
done
[ "$(sinfo -h -o %T 2>/dev/null)" = idle ] || fail "the node never became idle"
echo "slurm: $(sinfo --version), one node of 4 processors on 127.0.0.1"

study=$source_dir/tests/experiments/slurm/study.toml
jobs=$("$source_dir/scripts/slurm/submit.sh" "$study" "$work/out" 8 | tail -n 1)
read -r array merge <<<"$jobs"
echo "array $array, merge $merge"

# Kill one shard's program in the middle, as a node that runs out of memory would.
victim=
for _ in $(seq 2000); do
  victim=$(pgrep -f "^$CARRYBIT sweep .* --shard [0-9]+/8" 2>/dev/null | head -n 1) || true
  [ -n "$victim" ] && break
  sleep 0.02
done
[ -n "$victim" ] || fail "no shard was ever seen to run"
killed=$(tr '\0' ' ' <"/proc/$victim/cmdline" | sed -n 's/.*--shard \([0-9]*\).*/\1/p')
kill -KILL "$victim"
echo "killed shard $killed"

for _ in $(seq 1500); do
  state=$(squeue -h -j "$merge" -o %T 2>/dev/null || true)
  [ -z "$state" ] && break
  sleep 0.2
done
[ -z "$state" ] || fail "the merge is still $state"
grep -q "back into the queue" "$work/out/shards/$killed.log" || fail "shard $killed was not put back into the queue"
[ -f "$work/out/cells.csv" ] || fail "there is no merged table"

"$CARRYBIT" sweep "$study" --out "$work/whole" --no-figures >/dev/null
for file in cells.csv digits.csv; do
  cmp "$work/out/$file" "$work/whole/$file" || fail "$file differs from one machine's"
done
echo "8 shards, one killed and requeued: $(wc -l <"$work/out/cells.csv") lines, the same bytes as one machine's table"
