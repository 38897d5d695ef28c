#!/bin/sh
# The walls of the house stand, and the script that says so notices each way through them.
set -eu
scripts/check_floors.sh || exit 1

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

breach() {      # FILE INCLUDE: a tree where FILE includes INCLUDE must be refused with its line
    rm -rf "${tree:?}"/*
    mkdir -p "$tree/include" "$tree/$(dirname "$1")"
    printf '/* A file. */\n#include "%s"\n' "$2" >"$tree/$1"
    if said=$(scripts/check_floors.sh "$tree"); then
        echo "FAIL $1 may include $2"
        failed=1
    elif [ "${said#"$1:2: "}" = "$said" ]; then
        echo "FAIL $1 including $2 gives: $said"
        failed=1
    fi
}

breach src/base/a.c     tensor/tensor.h
breach src/op/a.c       net/net.h
breach src/op/a.h       tensor/device.h
breach src/net/a.c      backend/registry.h
breach src/backend/a.c  net/net.h
breach src/image/a.c    model/models.h
breach src/train/a.c    predict/model.h
breach src/train/a_test.c report/page.h
breach src/cli/a.c      base/text.h
breach src/net/a.c      op.h
breach include/a.h      base/error.h

rm -rf "${tree:?}"/*
mkdir -p "$tree/include" "$tree/src/op" "$tree/src/net"
touch "$tree/src/op/add.c" "$tree/src/net/add.c"
if scripts/check_floors.sh "$tree" >/dev/null; then
    echo "FAIL two files may have one name"
    failed=1
fi
exit $failed
