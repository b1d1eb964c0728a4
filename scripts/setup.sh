#!/usr/bin/env bash
# Written for a bare Debian 12: needs nothing but bash, dpkg and apt.
set -euo pipefail

usage="usage: scripts/setup.sh [--with-wasm] [--with-torch] [--with-dev] [--check]
Installs the Debian packages that Carrybit builds and tests with; those already installed are left alone.
  --with-wasm    emscripten and node, for the WebAssembly tests and the browser page
  --with-torch   LibTorch and PyTorch, for training and for reading our files back in PyTorch
  --with-dev     ccache, clang-format, clang-tidy, shellcheck and the sanitizers' symbolizer
  --check        install nothing; say what is missing and exit with 1 if anything is"

packages=(
  build-essential cmake ninja-build pkg-config python3
  libboost-dev libfmt-dev libhwy-dev libtbb-dev nlohmann-json3-dev libgmp-dev libtomlplusplus-dev libsqlite3-dev libcli11-dev
  doctest-dev librapidcheck-dev libmpfr-dev libeigen3-dev libbenchmark-dev
  gnuplot-nox librsvg2-bin fonts-dejavu-core
)
check=no
for argument in "$@"; do
  case "$argument" in
    -h | --help) echo "$usage"; exit 0 ;;
    --with-wasm) packages+=(emscripten nodejs) ;;
    --with-torch) packages+=(libtorch-dev python3-torch) ;;
    --with-dev) packages+=(ccache clang-format clang-tidy shellcheck llvm) ;;
    --check) check=yes ;;
    *) echo "setup.sh: unknown argument $argument" >&2; echo "$usage" >&2; exit 2 ;;
  esac
done

fail() { echo "setup.sh: $*" >&2; exit 1; }

command -v dpkg-query >/dev/null || fail "this is not Debian (no dpkg-query); install by hand what docs/dependencies.md lists, and give the other scripts --no-setup"

installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null | sed -n 's/^installed //p' || true)
missing=()
for package in "${packages[@]}"; do
  grep -qxF "$package" <<<"$installed" || missing+=("$package")
done

if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: all ${#packages[@]} packages are installed"
  exit 0
fi
if [ "$check" = yes ]; then
  fail "missing: ${missing[*]}"
fi

command -v apt-get >/dev/null || fail "no apt-get here; missing: ${missing[*]}"
root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || fail "not root and no sudo; as root: apt-get install ${missing[*]}"
  root=(sudo)
fi
apt() { "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"; }

echo "setup: installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ apt update && apt install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || {
  tail -n 5 "$log" >&2
  fail "apt-get could not install (no network? another apt-get running?): ${missing[*]}"
}
echo "setup: installed ${#missing[@]} packages"
