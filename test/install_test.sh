#!/bin/sh
# The installed package is enough to build docs/example.c, which is the program at the head of resnet.h, and
# docs/embedded.c with a model in a C header; the programs give the answer of the command, without an error or a leak
# that valgrind could find.  The library has no name that could meet another of a program's own.
set -eu
command=$1
build=$(dirname "$command")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAIL $1"; exit 1; }

sed -n '/^ \*     #include <resnet.h>/,/^ \*     }$/s/^ \* \{0,5\}//p' include/resnet.h >"$work/head.c"
tail -n +2 docs/example.c | diff "$work/head.c" - || fail "docs/example.c is not the program in resnet.h"

cmake --install "$build" --prefix "$work/usr" >/dev/null
pc=$(find "$work/usr" -name resnet.pc)
export PKG_CONFIG_PATH="${pc%/*}"
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
export LD_LIBRARY_PATH
build_program()     # NAME
{
    # shellcheck disable=SC2046
    "${CC:-cc}" -Wall -Wextra -Wpedantic -Werror ${RN_SAN:+-fsanitize=$RN_SAN} -I"$work" "docs/$1.c" -o "$work/$1" \
        $(pkg-config --cflags --libs resnet) || fail "docs/$1.c does not build from the installed package"
}
build_program example

foreign=$(nm -g --defined-only "$(dirname "$PKG_CONFIG_PATH")"/libresnet.* 2>/dev/null |
    awk 'NF == 3 && $2 !~ /[wWuU]/ && $3 !~ /^(__odr_asan\.)?rn_/ { print $3 }')
[ -z "$foreign" ] || fail "the library has names that do not begin with rn_: $foreign"

resnet=$work/usr/bin/resnet
"$resnet" --version | grep -q "$(pkg-config --modversion resnet)" || fail "the command is of another version"
"$resnet" train builtin --model resnet8 --iterations 3 --batch 16 --threads 2 --quiet --out "$work/run" >/dev/null
"$resnet" data draw "$work/pictures" --count 1 --quiet >/dev/null
picture=$(find "$work/pictures" -name '*.png' | head -n 1)
[ -n "$picture" ] || fail "no picture was drawn"

answer=$("$work/example" "$work/run/last.safetensors" "$picture")
name=${answer% *}
"$resnet" classify "$picture" --weights "$work/run/last.safetensors" --json | grep -q "\"name\": *\"$name\"" ||
    fail "the example answers '$answer', the command does not know it"
"$resnet" convert "$work/run/last.safetensors" "$work/model.h" --quiet
build_program embedded
embedded=$(cd / && "$work/embedded" <"$picture")
[ "$embedded" = "$answer" ] || fail "the model in a header answers '$embedded', the file '$answer'"
if "$work/example" "$work/run/last.safetensors" "$work/absent.png" 2>/dev/null | grep -q .; then
    fail "an absent picture gets an answer"
fi

if [ -n "${RN_SAN:-}" ]; then
    echo "valgrind left out: this build has sanitizers"
elif ! command -v valgrind >/dev/null; then
    echo "valgrind left out: it is not here"
else
    RESNET_ISA=avx2 valgrind --quiet --error-exitcode=1 --leak-check=full --errors-for-leak-kinds=definite,possible \
        "$work/example" "$work/run/last.safetensors" "$picture" || fail "valgrind found something"
fi
