#!/bin/sh
# Makes sure that what the build needs is there: silent when it is, else installs Debian's packages as root or
# through sudo, else prints the one command to run and stops.  Each line: what is needed, the package that has it.
# "install_dependencies.sh fuzz" wants clang and its libFuzzer too.
set -eu

needs="
command cc                 gcc
command cmake              cmake
command ninja              ninja-build
command pkg-config         pkg-config
command curl               curl
header  stdlib.h           libc6-dev
library libturbojpeg       libturbojpeg0-dev
library libpng             libpng-dev
library libwebp            libwebp-dev
library jansson            libjansson-dev
library libmd              libmd-dev
"
[ "${1-}" != fuzz ] || needs="$needs
command clang              clang
fuzzer  libclang_rt        libclang-rt-14-dev
"

present() {     # KIND NAME
    case $1 in
    command) command -v "$2" ;;
    header)  [ -e "/usr/include/$2" ] ;;
    library) pkg-config --exists "$2" ;;
    fuzzer)  ls "$(clang -print-resource-dir)"/lib/*/"$2".fuzzer-*.a ;;
    esac >/dev/null 2>&1
}

missing=$(echo "$needs" | while read -r kind name package; do
    [ -z "$kind" ] || present "$kind" "$name" || printf '%s ' "$package"
done)
missing=${missing% }
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends $missing"
if ! command -v apt-get >/dev/null; then
    echo "missing: what Debian calls $missing" >&2
    exit 1
elif [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=sudo
else
    echo "missing packages; run this as root, then try again:" >&2
    echo "    $install" >&2
    exit 1
fi
echo "installing $missing" >&2
# shellcheck disable=SC2086
{ $as_root apt-get update -q && $as_root env DEBIAN_FRONTEND=noninteractive $install; } >&2
