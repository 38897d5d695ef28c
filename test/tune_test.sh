#!/bin/sh
# Fine-tuning as a user meets it: pictures of three shapes, a network that was trained on others, one command;
# what lies in the run directory; the same weights after SIGKILL; what is refused.
. test/say.sh

say 0 . data draw "$work/old" --count 150 --seed 1
mkdir "$work/new" "$work/one"
for class in $(ls "$work/old" | head -4); do
    mv "$work/old/$class" "$work/new/"
done
mv "$work/new/$(ls "$work/new" | head -1)" "$work/one/"
say 0 "test error" train "$work/old" --model resnet8 --epochs 4 --batch 16 --warmup 4 --out "$work/source"
source=$work/source/last.safetensors

# One command: from the folder and the file alone.
say 0 "the classifier alone: test error" train "$work/new" --weights "$source" --out "$work/tuned"
grep -q "resnet8 at 32x32 pixels.*; a new classifier replaces its own" "$work/said" || fail "no note"
grep -q "new: 45 pictures of 3 classes, 13 of each" "$work/said" || fail "no look at the data"
for file in last.safetensors best.safetensors args.json log.txt results.csv index.html summary.json \
    confusion_matrix.svg confusion_matrix.csv per_class.csv; do
    [ -s "$work/tuned/$file" ] || fail "$file is missing"
done
grep -q "the classifier alone" "$work/tuned/log.txt" || fail "log.txt does not tell it"
grep -q "Confusion matrix" "$work/tuned/index.html" || fail "no confusion matrix"
say 0 "top-1 error" eval "$work/new" --weights "$work/tuned/last.safetensors"
say 0 "finished already" resume "$work/tuned"
say 0 '"head_error": [0-9]' train "$work/new" --weights "$source" --freeze --json --quiet --out "$work/head"
say 0 'recipe *= fine-tune ' train "$work/new" --weights "$source" --print-config

# Killed at any moment of either phase and resumed, the weights are the same.
set -- train "$work/new" -w "$source" --head-epochs 400 --save-every 1 --threads 1 --no-report --out
"$resnet" "$@" "$work/alone" >"$work/said" 2>&1 || fail "the run that is left alone"
for moment in 0.05 0.1 0.2 0.3 0.5 0.7; do
    "$resnet" "$@" "$work/killed" --resume >"$work/said" 2>&1 &
    pid=$!
    sleep $moment
    kill -KILL $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
done
"$resnet" "$@" "$work/killed" --resume >"$work/said" 2>&1 || fail "the last resume"
[ -n "$(hash alone)" ] && [ "$(hash alone)" = "$(hash killed)" ] || fail "other weights after SIGKILL"

say 2 "its classifier is for 6 classes, the data has 3" train "$work/new" -w "$source" --no-reset-head \
    --out "$work/no"
say 2 "--freeze: there is no trained network to begin from" train "$work/new" --freeze --out "$work/no"
say 3 "one class, .*: nothing to tell apart" train "$work/one" -w "$source" --out "$work/no"
say 4 "no.safetensors: No such file" train "$work/new" -w "$work/no.safetensors" --out "$work/no"
[ ! -e "$work/no" ] || fail "a refused training leaves a run directory"
echo "fine-tuned, killed and resumed, refused"
