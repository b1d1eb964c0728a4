#!/usr/bin/env bash
# Installs the build below a temporary prefix, then configures, builds and runs tests/package, a project that knows nothing of
# this tree but that prefix.
set -euo pipefail
: "${SOURCE_DIR:?}" "${BUILD_DIR:?}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$BUILD_DIR" --prefix "$work/prefix" >"$work/log"
cp -r "$SOURCE_DIR/tests/package" "$work/source"
cmake -G Ninja -S "$work/source" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_BUILD_TYPE=Release >"$work/log"
cmake --build "$work/build" >"$work/log" || { cat "$work/log"; exit 1; }
"$work/build/round"
