#!/bin/sh
# What the paper is about, in about three minutes: of two networks of the same depth, size and cost, trained alike on
# pictures that the program draws itself, the one with shortcuts learns and the plain one hardly does.
#
# Every command is shown before it runs, so that it can be typed again.  All files go to demo/.
set -eu
resnet=${1:-build/resnet}
depth=32
plain=plain$depth
residual=resnet$depth

show() {
    printf '\n$ %s\n' "$*" >&2
    "$@"
}

train() {       # MODEL
    show "$resnet" train builtin --model "$1" --recipe quick --batch 64 --epochs 8 --out "demo/$1" --force
}

value() {       # MODEL KEY: a number of the run's summary
    sed -n 's/.*"'"$2"'": *\([-0-9.e]*\).*/\1/p' "demo/$1/summary.json"
}

train "$plain"
train "$residual"
show "$resnet" report "demo/$plain" "demo/$residual" --out demo/index.html

rm -rf demo/pictures
show "$resnet" data draw demo/pictures --count 10 --seed 7
show "$resnet" classify demo/pictures/*/*.png --top 1 --weights "demo/$residual/last.safetensors"

awk -v depth="$depth" -v plain="$(value "$plain" test_error)" -v residual="$(value "$residual" test_error)" 'BEGIN {
    printf "\n%-12s%10s\n", "", "test error"
    printf "%-12s%9.1f %%\n", "plain" depth, plain
    printf "%-12s%9.1f %%\n", "resnet" depth, residual
    if (residual < plain)
        printf "\nThe two networks differ in nothing but the shortcuts, which cost no parameter; with them, " \
               "the same training\nof %d layers leaves %.1f times fewer mistakes.\n", depth, plain / residual
    else
        printf "\nThis time the shortcuts did not help; the paper says that they should.\n"
}'
echo "The page with curves, mistakes and layers: demo/index.html"
