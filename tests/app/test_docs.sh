#!/usr/bin/env bash
# Every command shown in the manual prints what the manual says; and the check itself sees a wrong number.
set -euo pipefail
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"
ln -s "${CARRYBIT:?}" "$folder/bin/carrybit"
export PATH="$folder/bin:$PATH"
check="${SOURCE_DIR:?}/scripts/check_docs.py"

python3 "$check" --codes "$SOURCE_DIR/docs/numbers.md"
for page in docs/cli-op.md docs/cli.md docs/training.md docs/certificates.md README.md; do
  python3 "$check" "$SOURCE_DIR/$page"
done

# must_fail NAME MESSAGE < FILE: the check finds that fault in the file.
must_fail() {
  cat >"$folder/$1.md"
  if python3 "$check" --codes "$folder/$1.md" >"$folder/$1.out"; then
    echo "planted fault not seen: $1"
    exit 1
  fi
  grep -qF -- "$2" "$folder/$1.out" || { echo "$1: '$2' is not in:"; cat "$folder/$1.out"; exit 1; }
}

printf '```console\n$ echo "add 3c00 4000" | carrybit op --format fp16\n4201\n```\n' | must_fail wrong-number '+4200'
printf '```console\n$ echo a; echo b\na\n```\n' | must_fail missing-line '+b'
printf '```console\n$ echo a\na\n\n```\n' | must_fail extra-line '-'
printf '```console\n$ false\n$ echo $?\n0\n```\n' | must_fail wrong-status '+1'
printf '```console\n$ exit 3\n$ echo a\na\n```\n' | must_fail early-exit 'the shell ended before this command'
printf '```console no-check\n$ echo a\nb\n```\n' | must_fail no-reason 'REASON'
printf '```console\n$ echo a\na\n' | must_fail open-block 'never closed'
printf '```console\na\n```\n' | must_fail no-command 'output before any command'
printf '```console\n$ echo 3c00\n3c00\n```\n`3c01` is one.\n' | must_fail stray-code '`3c01` is in no console block'

# ... and what it may accept.
printf '```console\n$ printf "a\\nb\\nc\\nd 123 e\\n"\na\n...\nd ... e\n$ cat <<X\n> one\n> X\none\n$ (exit 4)\n$ echo $?\n4\n```\n' \
  >"$folder/good.md"
printf '```console no-check: needs a GPU\n$ false\nnot this\n```\n```sh\n$ not a console\n```\n' >>"$folder/good.md"
python3 "$check" "$folder/good.md"
[ "$(python3 "$check" "$folder/none.md" 2>&1)" = "check_docs.py: no file $folder/none.md" ]
