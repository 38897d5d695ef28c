#!/bin/sh
# Every header compiles alone, so that a reader may start at any of them.  The public one, and those that a device
# written in C++ would include, compile as C++ too.  The compiler is $CC.
set -eu
failed=0

compiles() {    # HEADER LANGUAGE
    echo "#include \"$1\"" | "${CC:-cc}" -x "$2" -fsyntax-only -Wall -Wno-unused -Wno-psabi -Werror \
        -D_GNU_SOURCE -DRN_VL=8 -DRN_ISA=baseline -Iinclude -Isrc -I. - ||
        { echo "FAIL $1 does not compile alone as $2"; failed=1; }
}

for header in include/*.h $(find src -name '*.h' | sort); do
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
