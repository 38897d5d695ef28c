#!/bin/sh
# Transcripts of the command: what is typed, the exit code, and patterns that standard output and standard
# error must match ("" : nothing at all may be written there).
set -u
resnet=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail()
{
    failures=$((failures + 1))
    echo "FAIL resnet $*"
    sed 's/^/    stdout: /' "$work/out" | head -5
    sed 's/^/    stderr: /' "$work/err" | head -5
}

matches()   # FILE PATTERN
{
    if [ -z "$2" ]; then [ ! -s "$1" ]; else grep -q -e "$2" "$1"; fi
}

try()       # CODE STDOUT STDERR ARGUMENT...
{
    code=$1 out=$2 err=$3
    shift 3
    "$resnet" "$@" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    [ $got -eq "$code" ] || fail "$* : exit code $got, wanted $code"
    matches "$work/out" "$out" || fail "$* : standard output does not match '$out'"
    matches "$work/err" "$err" || fail "$* : standard error does not match '$err'"
}

# The latest standard output is JSON, and the expression about it (Python, the document is d) holds.
json()
{
    if command -v python3 >/dev/null; then
        python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); assert eval(sys.argv[2])' \
            "$work/out" "$1" 2>"$work/err" ||
            fail "... : the JSON is not as wanted: $1"
    else
        grep -q '^[[{]' "$work/out" || fail "... : this is no JSON"
    fi
}

# Help and the ways to get it.
try 2 "" '^usage: resnet COMMAND'
try 0 '^usage: resnet COMMAND' "" --help
try 0 '^resnet [0-9]*\.[0-9]' "" --version
try 0 '^usage: resnet train \[DATA\]' "" train -h
try 0 '^EXIT STATUS' "" help train
try 0 '^usage: resnet data COMMAND' "" help data
try 2 "" '^usage: resnet data COMMAND' data
for name in train resume eval classify describe info features explain convert quantize bench report models version help completion; do
    try 0 '^examples:' "" $name --help
    awk 'length > 99 { bad = 1 } END { exit bad }' "$work/out" || fail "$name --help : lines over 99 columns"
done
try 0 'complete -o default -F _resnet resnet' "" completion bash
if command -v bash >/dev/null; then bash -n "$work/out" || fail "completion bash : bash refuses it"; fi

# Mistakes in what was typed.
try 2 "" '^resnet: error: unknown command tain; did you mean train?$' tain
try 2 "" 'unknown command data gte; did you mean data get?' data gte
try 2 "" '^resnet: error: unknown option --epoch; did you mean --epochs?$' train --epoch 3
try 2 "" '^resnet: error: --lr: "abc" is not a number$' train --lr abc
try 2 "" 'error: --lr: its value is missing' train --lr --epochs 3
try 2 "" 'error: --batch: "1.5" is not a whole number' describe resnet20 --batch 1.5
try 2 "" 'error: --batch: .* is out of range' describe resnet20 --batch -1
try 2 "" 'error: describe wants MODEL|FILE' describe
try 2 "" '^resnet: error: --layers lists one network, "resnet32" is one too many$' describe resnet20 resnet32 --layers
try 2 "" 'error: eval wants --weights FILE' eval
try 2 "" '"pink" is none of auto, always, never' version --color pink
try 2 "" 'resnet20' describe resnet21
try 2 "" 'error: unknown option -z' version -z
try 2 "" '^resnet: error: --json: "maybe" is neither yes nor no$' version --json=maybe

# Options in any order, letters, switches, other names.
try 0 '^total  *269,722  *40,551,040$' "" describe resnet20
try 0 '^total  *269,722  *40,551,040$' "" --batch=8 describe -t1 --model resnet20
try 0 '"training_bytes"' "" --json describe resnet20 --layers --no-layers --batch_size 4
try 0 '^layer3\.2\.conv2 ' "" describe resnet20 --layers
try 0 '3x3, 64; 3x3, 64\] x 2' "" summary resnet18 --imgsz 128
try 0 '^total  *269,722  *40,551,040$' "" describe models/cifar10-resnet20.safetensors
try 0 'figure3.svg' "" describe vgg19 plain34 resnet34 --graph "$work/figure3.svg"
grep -q '>resnet34<' "$work/figure3.svg" || fail "describe --graph : resnet34 is not in the picture"
try 0 . "" describe models/cifar10-resnet20.safetensors --folded --graph "$work/folded.svg"
grep -q '>batch norm, ReLU<' "$work/folded.svg" || fail "describe --folded : nothing is folded"
try 2 "" 'goes with --graph' describe resnet20 --folded
try 2 "" 'goes with --graph' describe resnet20 resnet32 --folded

# Several networks side by side: the lines of Table 1 and figure 3 without the blanks that align them.
squeezed()      # a line of the latest standard output
{
    tr -s ' ' <"$work/out" | grep -qxF -e "$1" || fail "describe side by side : no line '$1'"
}
try 0 . "" describe resnet18 resnet50 resnet152
squeezed 'stage output resnet18 resnet50 resnet152'
squeezed 'conv1 112x112 7x7, 64, stride 2 7x7, 64, stride 2 7x7, 64, stride 2'
squeezed 'conv2_x 56x56 3x3 max pool, stride 2 3x3 max pool, stride 2 3x3 max pool, stride 2'
squeezed ' [3x3, 64; 3x3, 64] x 2 [1x1, 64; 3x3, 64; 1x1, 256] x 3 [1x1, 64; 3x3, 64; 1x1, 256] x 3'
squeezed 'conv4_x 14x14 [3x3, 256; 3x3, 256] x 2 [1x1, 256; 3x3, 256; 1x1, 1024] x 6 [1x1, 256; 3x3, 256; 1x1, 1024] x 36'
squeezed ' 1x1 global average pool global average pool global average pool'
squeezed 'multiply-adds 1,814,073,344 3,857,973,248 11,282,415,616'
for order in "vgg19 resnet34" "resnet34 vgg19"; do
    # shellcheck disable=SC2086
    try 0 '^ *224x224 *3x3, 64 x 2$' "" describe $order
    grep -q '^conv3_x *28x28 .*2x2 max pool' "$work/out" || fail "describe $order : VGG's 28x28 stands elsewhere"
    [ "$(grep -c x224 "$work/out")" -eq 1 ] || fail "describe $order : several rows for one size"
done
try 0 '^conv2_x *32x32 .*x 3  .*x 5$' "" describe resnet20 resnet32 --batch 8
squeezed 'conv1 32x32 3x3, 16 3x3, 16'
squeezed 'parameters 269,722 464,154'
grep -q '^memory to train  *[0-9]' "$work/out" || fail "describe --batch 8 : no memory"
try 0 '^conv1 *32x32 *3x3, 64 x 2 *3x3, 16$' "" describe vgg19 resnet20 --size 32
try 2 "" 'no network of depth 21' describe resnet20 resnet21
try 4 "" 'No such file' describe none.safetensors
try 4 "" 'No such file' describe resnet20 --graph "$work/none/x.svg"

# One JSON document on standard output.
try 0 . "" describe resnet50 --json
json "d['model'] == 'resnet50' and d['parameters'] == 25557032 and d['multiply_adds'] == 3857973248"
json "sum(l['parameters'] for l in d['layers']) == d['parameters']"
try 0 . "" describe resnet20 plain34 --json
json "d['schema'] == 1 and [(n['model'], n['depth']) for n in d['networks']] == [('resnet20', 20), ('plain34', 34)]"
json "all(sum(l['parameters'] for l in n['layers']) == n['parameters'] for n in d['networks'])"
try 0 . "" models --json
json "'resnet110' in [m['model'] for m in d['models']]"
try 0 . "" version --json
json "d['schema'] == 1 and d['isa'] and d['threads'] >= 1"

# The paper's tables and figures.
try 0 '^report  *all that is finished' "" paper
try 0 '"schema": 1' "" paper --json
try 0 '"schema": 1' "" paper table1 --json
try 0 '^VGG-19  *143,667,240  *19,632,062,464  *19,600,000,000$' 'figure3.html$' paper figure3 -o "$work/figure3.html"
grep -q '<h2>Figure 3</h2>' "$work/figure3.html" || fail "paper figure3: no page"
try 2 "" 'did you mean report?' paper repotr
try 2 "" 'figure1 has no network "resnet21"' paper figure1 --only plain20,resnet21
try 2 "" 'a page is written as .html or .md' paper figure1 -o "$work/figure1.pdf"
# Of two runs side by side one has its steps shown; the other is named when it is tested or has ended.
try 0 '^ResNet-20 ' 'x0.0005-seed1: .*32 iterations' paper figure6 --only plain20,resnet20 --scale 0.0005 --jobs 2 \
    --runs "$work/paper"
[ "$(grep -c "^$work/paper/[^:]*$" "$work/err")" -lt 20 ] || fail "paper --jobs 2: a run is named at every step"

# Where a value comes from: command line, environment, configuration file, recipe.
printf '# a comment\nlr = 0.02   # and another\nweight_decay = 2e-4\nepochs = 7\n' >"$work/paper.conf"
export RESNET_LR=0.03 RESNET_EPOCHS=8
try 0 "^lr  *= 0.03  *# RESNET_LR$" "" train --config "$work/paper.conf" --print-config
grep -q "^weight-decay  *= 0.0002  *# .*paper.conf:3$" "$work/out" || fail "... : no weight-decay of the file"
try 0 "^epochs  *= 9  *# command line$" "" train --config "$work/paper.conf" --print-config --epochs 9
try 0 . "" train --print-config --json
json "d['options']['lr'] == {'value': '0.03', 'from': 'RESNET_LR'}"
RESNET_LR=much
try 2 "" '^resnet: error: RESNET_LR: lr: "much" is not a number$' train
unset RESNET_LR RESNET_EPOCHS
printf 'lr = 0.1\nepoch = 3\n' >"$work/bad.conf"
try 3 "" 'bad.conf:2: unknown option --epoch; did you mean --epochs?' train --config "$work/bad.conf"
printf 'lr 0.1\n' >"$work/bad.conf"
try 3 "" 'bad.conf:1: "lr 0.1" is no line of the form name = value' train --config "$work/bad.conf"
try 4 "" 'none.conf: No such file or directory' train --config "$work/none.conf"

# Files that are not there, output that cannot be written.
try 4 "" 'error: .*none.safetensors: No such file or directory' info "$work/none.safetensors"
try 4 "" 'No such file or directory' classify a.png --weights "$work/none.safetensors"
if [ -w /dev/full ]; then
    "$resnet" models >/dev/full 2>"$work/err"
    [ $? -eq 4 ] || fail "models >/dev/full : exit code $?, wanted 4"
fi
"$resnet" version >&- 2>"$work/err"
[ $? -eq 4 ] || fail "version >&- : exit code is not 4"

# A small training, its model file, and what can be asked of it.
run=$work/run
train="train --model resnet8 --iterations 6 --batch 16 --threads 2"
try 0 . "" $train --out "$run" --quiet --json
json "d['iterations'] == 6 and d['test_images'] > 0"
weights=$run/last.safetensors
try 2 "" 'exists' $train --out "$run"
grep -q 'hint: .*--resume' "$work/err" || fail "train --out : no hint at --resume"
try 2 "" 'was begun with --type fp32, not bf16' train --resume --out "$run" --iterations 7 --type bf16
try 0 . "" info "$weights" --json
json "len(d['sha256']) == 64 and d['parameters'] == 75290 and d['network'] == 'resnet8' and not d['questions']"
try 0 '^  to use it   resnet classify PICTURE --weights .*last.safetensors$' "" info "$weights"
try 0 'F32   \[10\] fc.bias$' "" info "$weights" --tensors
try 0 "" 'run.pth is written$' convert "$weights" "$work/run.pth"
try 2 "" 'run.pth exists$' convert "$weights" "$work/run.pth"
try 0 "" "" convert "$work/run.pth" "$work/run.safetensors" --quiet
cmp -s "$weights" "$work/run.safetensors" || fail "convert : by way of .pth the model file has changed"
"$resnet" data draw "$work/drawn" --count 6 --quiet >/dev/null && mkdir "$work/flat" &&
    for picture in "$work"/drawn/*/*.png; do cp "$picture" "$work/flat/$(echo "$picture" | tr / _)"; done
try 2 "" 'quantize wants --data DATA' quantize "$weights" "$work/int8.safetensors"
try 2 "" 'int8.pth: a quantized model is written as .safetensors' quantize "$weights" "$work/int8.pth" -d builtin
try 0 '^top-1 error .*% in fp32, .*% in int8, the same answer for .*% of 1000 pictures$' "" \
    quantize "$weights" "$work/int8.safetensors" --data builtin --pictures 20 --threads 1
try 2 "" 'int8.safetensors exists$' quantize "$weights" "$work/int8.safetensors" --data builtin
try 0 . "" quantize "$weights" "$work/int8.safetensors" -d "$work/flat" --force --json
json "d['calibrated'] == d['tested'] == 6 and d['agreement'] > 50 and d['int8_ms'] > 0 and 'fp32_error' not in d"
try 0 '^top-1 error' "" eval -w "$work/int8.safetensors" --type int8
try 2 "" 'hint: did you mean .safetensors' convert "$weights" "$work/run.bin" --to safetensor
try 0 . "" eval --weights "$weights" --json
json "d['images'] >= d['wrong'] > 0 and 0 <= d['top5_error'] <= d['top1_error'] <= 100 and d['loss'] > 0"
try 2 "" 'there is only one view' eval --weights "$weights" --views 10-crop
try 2 "" "unknown views 'dens'" eval --weights "$weights" --views dens
try 0 . "" eval -w "$weights" -w "$weights" --views dense --scales 36 --json
json "len(d['members']) == 2 and d['members'][1]['wrong'] == d['wrong'] and d['images'] == 1000"
try 0 '^ensemble of 2: top-1 error' "" eval -w "$weights" --logits "$work/a.npy" --csv "$work/a.csv" \
    --confusion "$work/a.svg" --per-class "$work/classes.csv" -w "$weights"
try 0 '^top-1 error' "" eval --logits-from "$work/a.npy" --confusion "$work/b.svg"
cmp -s "$work/a.svg" "$work/b.svg" || fail "eval --logits-from : another confusion matrix"
[ "$(wc -l <"$work/a.csv")" -eq 1001 ] || fail "eval --csv : $(wc -l <"$work/a.csv") lines"
[ "$(wc -l <"$work/classes.csv")" -eq 11 ] || fail "eval --per-class : $(wc -l <"$work/classes.csv") lines"
try 2 "" '"a.png" ends neither in .svg nor in .csv' eval --logits-from "$work/a.npy" --confusion a.png
try 0 . "" data draw "$work/pictures" --count 10
picture=$(find "$work/pictures" -name '*.png' | sort | head -1)
try 0 '%  ' "" classify "$picture" -w "$weights"
none=$work/none.png
try 4 "^$picture: .*%$" 'error: .*none.png: No such file' classify "$none" "$picture" --top 1 -w "$weights"
printf 'no picture' >"$work/text.png"
try 3 . 'text.png' classify "$picture" "$work/text.png" "$none" --json --weights "$weights"
json "len(d) == 3 and 'text.png' in d[1]['error'] and 'none.png' in d[2]['file']"
json "len(d[0]['guesses']) == 5 and all(g['name'] for g in d[0]['guesses'])"
json "0 <= d[0]['guesses'][4]['probability'] <= d[0]['guesses'][0]['probability'] <= 1"
odd=$(printf 'a"b\\c\t\377.png')
try 4 . 'No such file' classify "$odd" -w "$weights" --json
json "d[0]['file'] == 'a\\\"b\\\\c\\t\\ufffd.png'"
"$resnet" classify - -w "$weights" <"$picture" >"$work/out" 2>"$work/err" || fail "classify - : failed"
try 0 . "" bench resnet8 --mode train --batch 8 --steps 3 --json
json "d['ms_per_step'] > 0 and d['images_per_second'] > 0 and d['gflops'] > 0"
RESNET_KERNELS=$work/kernels
export RESNET_KERNELS
try 0 . "" bench resnet8 --batch 2 --steps 3 --tune --json
json "d['tuning']['uses'] == 3 and d['tuning']['file'].endswith('/kernels')"
try 0 'kinds of layers measured' "" bench resnet8 --batch 2 --steps 3 --tune
RESNET_KERNELS=none
try 2 "" 'no file to keep' bench resnet8 --tune
try 0 . "" bench resnet8 --type bf16 --steps 3 --json
json "d['type'] == 'bf16' and d['bytes'] > 0"
try 0 . "" bench resnet8 --type int8 --steps 3 --json
json "d['type'] == 'int8' and sum(layer['kernel'] == 'int8' for layer in d['layers']) == 7"
try 0 'train, bf16' "" bench resnet8 --mode train --type bf16 --steps 2
try 2 "" 'int8 has no gradients' bench resnet8 --mode train --type int8
try 2 "" 'int8 has no gradients' train --type int8 --iterations 1 --out "$work/int8"
try 0 '%  ' "" classify "$picture" -w "$weights" --type bf16
try 0 '%  ' "" classify "$picture" -w "$weights" --type int8

# Asked to stop, a training saves and can go on.
"$resnet" train --model resnet8 --iterations 100000 --out "$work/long" >"$work/out" 2>"$work/err" &
training=$!
for second in $(seq 60); do
    grep -q '  iteration ' "$work/err" && break
    sleep 1
done
kill -TERM $training
wait $training
code=$?
[ $code -eq 143 ] || fail "train, SIGTERM : exit code $code, wanted 143"
[ -s "$work/out" ] && fail "train, SIGTERM : something stands on standard output"
try 0 'iterations' . resume "$work/long" --time-limit 1
try 4 "" 'none: No such file or directory' resume "$work/none"

[ $failures -eq 0 ] && echo "all transcripts as wanted"
exit $((failures != 0))
