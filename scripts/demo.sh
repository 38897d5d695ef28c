#!/bin/sh
# What the paper is about, in about three minutes: of two networks of the same depth, size and cost, trained alike on
# pictures that the program draws itself, the one with shortcuts learns and the plain one lags far behind.
#
# Every command is shown before it runs, so that it can be typed again.  All files go to demo/.
set -eu
resnet=${1:-build/resnet}
plain=plain32
residual=resnet32

show() {        # COMMAND
    printf '\n$ %s\n' "$1" >&2
    eval "$1"
}

train() {       # MODEL
    show "$resnet train builtin --model $1 --recipe quick --batch 64 --epochs 8 --out demo/$1 --force"
}

value() {       # MODEL KEY: a number of the run's summary
    sed -n 's/.*"'"$2"'": *\([-0-9.e]*\).*/\1/p' "demo/$1/summary.json"
}

train $plain
train $residual
show "$resnet report demo/$plain demo/$residual --out demo/index.html"

rm -rf demo/pictures
show "$resnet data draw demo/pictures --count 10 --seed 7"
show "$resnet classify demo/pictures/*/*.png --top 1 --weights demo/$residual/last.safetensors"

echo
printf '%-12s test error %5.1f %%\n' $plain "$(value $plain test_error)" $residual "$(value $residual test_error)"
wrong=$(value $plain test_wrong)
better=$(value $residual test_wrong)
if [ "$better" -lt "$wrong" ]; then
    echo "Same depth, same size, same pictures: of $(value $plain test_images), $wrong were wrong without shortcuts" \
        "and $better with them."
else
    echo "This time the shortcuts did not help: $better wrong with them, $wrong without."
fi
echo "The page with curves, mistakes and layers: demo/index.html"
