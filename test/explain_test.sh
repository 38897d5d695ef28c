#!/bin/sh
# The commands that look inside a model: explain, features.  Where python3 has torch, their numbers are compared
# with PyTorch's.
set -u
resnet=$1
model=models/cifar10-resnet20.safetensors
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail()
{
    failures=$((failures + 1))
    echo "FAIL $*"
    sed 's/^/    /' "$work/out" "$work/err" | head -8
}

try()       # CODE PATTERN ARGUMENT...: the pattern is looked for in both outputs
{
    code=$1 pattern=$2
    shift 2
    "$resnet" "$@" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    [ $got -eq "$code" ] || fail "resnet $* : exit code $got, wanted $code"
    cat "$work/out" "$work/err" | grep -q -e "$pattern" || fail "resnet $* : '$pattern' is not said"
}

is_png()    # FILE
{
    head -c 4 "$1" 2>/dev/null | grep -q PNG || fail "$1 is no PNG"
}

try 0 . data draw "$work/pictures" --count 20
set -- $(find "$work/pictures" -name '*.png' | sort | head -4)
picture=$1

try 0 'cam.png: what speaks for .* in layer3.2.relu, 8x8' explain "$picture" -w $model -o "$work/cam.png"
is_png "$work/cam.png"
try 0 '"name": "cat"' explain "$picture" --class cat --layer layer2.0 --json -w $model -o "$work/cam.png"
try 0 'maps.png' explain "$picture" --maps --layer layer1 -w $model -o "$work/maps.png"
is_png "$work/maps.png"
try 0 'filters.png' explain --filters -w $model -o "$work/filters.png"
is_png "$work/filters.png"
try 2 "hint: did you mean 'cat'" explain "$picture" --class kat -w $model
try 2 'numbered from 0 to 9' explain "$picture" --class 10 -w $model
try 2 "no layer 'layer7'" explain "$picture" --layer layer7 -w $model
try 2 'no height and width' explain "$picture" --layer fc -w $model
try 2 'wants a PICTURE' explain -w $model
try 2 'leave out' explain "$picture" --filters -w $model
try 2 'convolutions have filters' explain --filters --layer fc -w $model
try 4 'none.png: No such file' explain "$work/none.png" -w $model
try 4 'No such file' explain "$picture" -w $model -o "$work/none/cam.png"

try 0 '20 pictures, 64 numbers each of avgpool' features "$work/pictures" -w $model -o "$work/f.npy"
[ "$(wc -l <"$work/f.csv")" -eq 21 ] || fail "f.csv has not 21 lines"
head -c 6 "$work/f.npy" | grep -q NUMPY || fail "f.npy is no .npy file"
try 0 '"channels": 32' features "$@" --layer layer2 --json -w $model -o "$work/f.npy"
try 0 . features "$@" --layer layer2 --pool -w $model -o "$work/g.csv"
[ "$(awk -F, 'NR == 2 { print NF }' "$work/g.csv")" -eq 34 ] || fail "g.csv has not 34 columns"
try 2 'hint: --pool' features "$@" --layer layer2 -w $model -o "$work/g.csv"
printf 'no picture' >"$work/text.png"
try 3 'text.png: not a picture' features "$picture" "$work/text.png" "$work/none.png" -w $model -o "$work/f.npy"
try 4 '2 files could not be read' features "$picture" "$work/none.png" "$work/text.png" -w $model -o "$work/f.npy"
try 4 'error: .*none.png: No such file' features "$work/none.png" -w $model -o "$work/f.npy"

if python3 -c 'import torch, numpy, PIL' 2>/dev/null; then
    python3 test/explain_parity.py "$resnet" $model "$@" >"$work/out" 2>"$work/err" || fail "PyTorch disagrees"
    cat "$work/out"
else
    echo "python3 has no torch: nothing is compared with PyTorch"
fi
[ $failures -eq 0 ] && echo "explain and features are as wanted"
exit $((failures != 0))
