#!/usr/bin/env bash
# The lane header means the same to the browser: lane_vectors.cpp, compiled to WebAssembly and run by node, prints what the
# host compiler's build prints. Skipped (77) where em++ or node is missing.
set -euo pipefail
: "${SOURCE_DIR:?}"
here=$SOURCE_DIR/tests/precision

skip() { echo "skipped: $*"; exit 77; }

[ -e "$here/lane_vectors.cpp" ] || skip "no lane_vectors.cpp"
command -v em++ >/dev/null || skip "no em++ (scripts/setup.sh --with-wasm installs it)"
command -v node >/dev/null || skip "no node (scripts/setup.sh --with-wasm installs it)"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CXX:-g++}" -std=c++20 -O2 -ffp-contract=off -I "$SOURCE_DIR" "$here/lane_vectors.cpp" -o "$work/host"
# Debian's em++ wants Debian's node modules from any node; one file, because its loader mistakes a newer node for a browser.
NODE_PATH=/usr/share/nodejs em++ -sSINGLE_FILE=1 -std=c++20 -O2 -ffp-contract=off -I "$SOURCE_DIR" "$here/lane_vectors.cpp" -o "$work/wasm.js"
"$work/host" >"$work/host.txt"
node "$work/wasm.js" >"$work/wasm.txt" 2>"$work/log" || { tail -n 20 "$work/log" | cut -c1-200; exit 1; }
[ -s "$work/host.txt" ] || { echo "lane_vectors printed nothing"; exit 1; }
cmp "$work/host.txt" "$work/wasm.txt"
echo "WebAssembly and the host compiler agree on $(wc -l <"$work/host.txt") lines"
