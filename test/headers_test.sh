#!/bin/sh
# Every header compiles alone, so that a reader may start at any of them.  The public one, and those that a device
# written in C++ would include, compile as C++ too.  The compiler is $CC.
set -eu
failed=0

# What a header says with instructions of one processor is compiled as cmake/isa.cmake compiles it.
amx="-march=skylake-avx512 -mamx-tile -mamx-bf16 -DRN_VL=16 -DRN_ISA=amx -DRN_CELLS_BF16 -DRN_NATIVE_BF16"

compiles() {    # HEADER LANGUAGE
    isa="-DRN_VL=8 -DRN_ISA=baseline"
    [ "$1" != src/backend/cpu/by_matrices.h ] || isa=$amx
    # shellcheck disable=SC2086
    echo "#include \"$1\"" | "${CC:-cc}" -x "$2" -fsyntax-only -Wall -Wno-unused -Wno-psabi -Werror \
        -D_GNU_SOURCE $isa -Iinclude -Isrc -I. - ||
        { echo "FAIL $1 does not compile alone as $2"; failed=1; }
}

for header in include/*.h $(find src -name '*.h' | sort); do
    [ "$header" != src/backend/cpu/by_matrices.h ] || [ "$(uname -m)" = x86_64 ] || continue
    compiles "$header" c
done
if echo | "${CC:-cc}" -x c++ -fsyntax-only - 2>/dev/null; then
    for header in include/*.h src/base/*.h src/tensor/*.h src/op/op.h; do
        compiles "$header" c++
    done
else
    echo "no C++ compiler here: tried as C only"
fi
exit $failed
