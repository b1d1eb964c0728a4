#!/usr/bin/env bash
# Trains the models of models/ again, all of them or those named: the exact commands of their cards. Needs a carrybit built with
# LibTorch (`cmake --preset training`). The same machine, compiler and LibTorch give the same bytes; another machine, another model.
#   scripts/train_models.sh [--list] [NAME...]
set -euo pipefail
cd "$(dirname "$0")/.."
carrybit=${CARRYBIT:-build/training/carrybit}
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1

wanted=("$@")
model() {
  local name=$1
  shift
  if [ "${wanted[0]:-}" = --list ]; then
    echo "$name"
  elif [ ${#wanted[@]} -eq 0 ] || [[ " ${wanted[*]} " == *" $name "* ]]; then
    if [ -e "models/$name/checkpoint.safetensors" ]; then # a run that was interrupted
      set -- "$@" --resume
    fi
    "$carrybit" train "$@" --out "models/$name"
  fi
}

# --- ADD, most significant digit first; three sizes with a ladder of checkpoints
model add-b10-n5-msb-2x64 --task add --base 10 --length 1..5 --positions coupled --steps 4000 --batch 128 --target 0.995 --ladder
model add-b10-n5-msb-2x64-e8m2 --task add --base 10 --length 1..5 --from models/add-b10-n5-msb-2x64 --precision float:e8.m2 --steps 2000 --batch 128 --lr 0.0005 --target 0.995
model add-b10-n5-msb-2x64-e8m1 --task add --base 10 --length 1..5 --from models/add-b10-n5-msb-2x64 --precision float:e8.m1 --steps 2000 --batch 128 --lr 0.0005 --target 0.995
model add-b10-n5-msb-2x32 --task add --base 10 --length 1..5 --dim 32 --positions coupled --steps 4000 --batch 128 --target 0.995 --ladder
model add-b10-n5-msb-2x32-bf16 --task add --base 10 --length 1..5 --dim 32 --positions coupled --precision bf16 --steps 4000 --batch 128 --target 0.995
model add-b10-n5-msb-1x64 --task add --base 10 --length 1..5 --layers 1 --positions coupled --steps 4000 --batch 128 --target 0.995 --ladder
model add-b10-n10-msb-2x64 --task add --base 10 --length 1..10 --positions coupled --steps 13600 --batch 128 --target 0.995
model add-b2-n10-msb-2x64 --task add --base 2 --length 1..10 --positions both --steps 5000 --batch 128 --target 0.995
model add-b2-n10-msb-2x64-bf16 --task add --base 2 --length 1..10 --positions both --precision bf16 --steps 5000 --batch 128 --target 0.995

# --- ADD, least significant digit first
model add-b10-n20-lsb-2x64 --task add --base 10 --length 1..20 --answer-order lsb --positions coupled --steps 5000 --batch 128 --target 0.995
model add-b2-n32-lsb-2x32 --task add --base 2 --length 1..32 --answer-order lsb --dim 32 --positions coupled --steps 4000 --batch 128 --validate-every 100 --cooling 200 --target 0.995

# --- IterADD with three addends
model iter-add3-b2-n8-lsb-3x64 --task iter_add --addends 3 --base 2 --length 1..8 --answer-order lsb --layers 3 --steps 5000 --batch 128 --target 0.995
model iter-add3-b2-n8-lsb-3x64-bf16 --task iter_add --addends 3 --base 2 --length 1..8 --answer-order lsb --layers 3 --precision bf16 --steps 6000 --batch 128 --target 0.995
model iter-add3-b2-n8-lsb-2x64 --task iter_add --addends 3 --base 2 --length 1..8 --answer-order lsb --steps 6600 --batch 128 --target 0.995
model iter-add3-b2-n16-lsb-3x64 --task iter_add --addends 3 --base 2 --length 1..16 --answer-order lsb --layers 3 --steps 11400 --batch 128 --target 0.995
model iter-add3-b2-n5-msb-2x64 --task iter_add --addends 3 --base 2 --length 1..5 --steps 6000 --batch 128 --target 0.995
model iter-add3-b10-n3-msb-2x64 --task iter_add --addends 3 --base 10 --length 1..3 --activation swiglu --ffn 170 --schedule cosine --steps 6000 --batch 128 --target 0.995
model iter-add3-b10-n4-lsb-2x64 --task iter_add --addends 3 --base 10 --length 1..4 --answer-order lsb --steps 5000 --batch 128 --target 0.995
model iter-add3-b10-n4-lsb-2x64-bf16 --task iter_add --addends 3 --base 10 --length 1..4 --answer-order lsb --precision bf16 --steps 5000 --batch 128 --target 0.995
model iter-add3-b10-n4-lsb-2x64-s2 --task iter_add --addends 3 --base 10 --length 1..4 --answer-order lsb --steps 5000 --batch 128 --target 0.995 --seed 2
model iter-add3-b10-n4-lsb-2x64-bf16-s2 --task iter_add --addends 3 --base 10 --length 1..4 --answer-order lsb --precision bf16 --steps 5000 --batch 128 --target 0.995 --seed 2
model iter-add3-b10-n4-lsb-2x64-s3 --task iter_add --addends 3 --base 10 --length 1..4 --answer-order lsb --steps 5000 --batch 128 --target 0.995 --seed 3
model iter-add3-b10-n4-lsb-2x64-bf16-s3 --task iter_add --addends 3 --base 10 --length 1..4 --answer-order lsb --precision bf16 --steps 5000 --batch 128 --target 0.995 --seed 3
model iter-add3-b10-n8-lsb-3x64 --task iter_add --addends 3 --base 10 --length 1..8 --answer-order lsb --layers 3 --steps 8000 --batch 128 --target 0.995

# --- MUL; there are few pairs: a tenth of them is never trained on
model mul-b2-n6-lsb-2x64 --task mul --base 2 --length 1..6 --answer-order lsb --positions coupled --hold-out 0.1 --steps 5000 --batch 128 --target 0.995
model mul-b2-n6-lsb-2x64-bf16 --task mul --base 2 --length 1..6 --answer-order lsb --positions coupled --hold-out 0.1 --precision bf16 --steps 8000 --batch 128 --target 0.995
model mul-b10-n2-lsb-2x64 --task mul --base 10 --length 1..2 --answer-order lsb --positions coupled --hold-out 0.1 --steps 8000 --batch 128 --target 0.995
model mul-b10-n2-msb-2x96 --task mul --base 10 --length 1..2 --layers 2 --dim 96 --heads 8 --activation swiglu --ffn 256 --positions both --hold-out 0.1 --schedule cosine --steps 6000 --batch 128 --target 0.995
model mul-b10-n3-lsb-3x96 --task mul --base 10 --length 1..3 --answer-order lsb --layers 3 --dim 96 --heads 8 --activation swiglu --ffn 256 --positions both --hold-out 0.1 --schedule cosine --steps 30000 --batch 128 --target 0.995 --card-problems 5000
model mul-b10-n3-lsb-3x96-bf16 --task mul --base 10 --length 1..3 --answer-order lsb --from models/mul-b10-n3-lsb-3x96 --precision bf16 --hold-out 0.1 --steps 2500 --batch 128 --lr 0.0005 --schedule cosine --target 0.995 --card-problems 5000
model mul-b2-n8-lsb-3x96 --task mul --base 2 --length 1..8 --answer-order lsb --layers 3 --dim 96 --positions both --hold-out 0.1 --schedule cosine --steps 18000 --batch 128 --target 0.998
model mul-b2-n8-msb-3x96 --task mul --base 2 --length 1..8 --layers 3 --dim 96 --heads 8 --activation swiglu --ffn 256 --positions both --hold-out 0.1 --schedule cosine --steps 8000 --batch 128 --target 0.995
