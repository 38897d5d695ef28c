#!/bin/sh
# A training that is killed (SIGKILL) at random moments and resumed each time ends with the same bits as one
# that was left alone, and leaves no half-written file behind.
set -eu
resnet=$1
kills=${KILLS:-10}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

hash() {        # RUN
    "$resnet" info "$folder/$1/last.safetensors" --json | sed -n 's/.*"sha256": *"\([0-9a-f]*\)".*/\1/p'
}

fail() {
    echo "FAIL: $1"
    cat "$folder/said"
    exit 1
}

# Milliseconds, different ones each time.
moment() {
    od -An -N2 -tu2 /dev/urandom | awk '{ printf "%.3f", 0.02 + $1 % 700 / 1000 }'
}

"$resnet" data draw "$folder/data" --count 100 --seed 1 >"$folder/said" 2>&1 || fail "no pictures"
set -- train "$folder/data" --model resnet8 --iterations 120 --batch 16 --shards 4 --save-every 2 --seed 3 \
    --threads 1 --quiet --out
"$resnet" "$@" "$folder/alone" >"$folder/said" 2>&1 || fail "the run that is left alone"

killed=0
while [ "$killed" -lt "$kills" ]; do
    "$resnet" "$@" "$folder/disturbed" --resume --workers $((killed % 3)) >"$folder/said" 2>&1 &
    pid=$!
    sleep "$(moment)"
    kill -KILL $pid 2>/dev/null || true
    wait $pid || true
    killed=$((killed + 1))
    left=$(find "$folder/disturbed" -name '*.tmp.*' 2>/dev/null | wc -l)
    [ "$left" -le 1 ] || fail "$left half-written files after kill $killed"
    for file in last.ckpt prev.ckpt last.safetensors best.safetensors; do
        [ ! -e "$folder/disturbed/$file" ] || "$resnet" info "$folder/disturbed/$file" >"$folder/said" 2>&1 \
            || fail "$file cannot be read after kill $killed"
    done
done
"$resnet" "$@" "$folder/disturbed" --resume >"$folder/said" 2>&1 || fail "the last resume"

[ -z "$(find "$folder/disturbed" -name '*.tmp.*')" ] || fail "half-written files are left"
[ "$(hash alone)" = "$(hash disturbed)" ] || fail "other weights: $(hash disturbed), left alone $(hash alone)"
[ -n "$(hash alone)" ] || fail "no hash"
cut -d, -f1-7 "$folder/alone/results.csv" >"$folder/a"
cut -d, -f1-7 "$folder/disturbed/results.csv" >"$folder/b"
cmp "$folder/a" "$folder/b" || fail "other results"
sed -n 's/.*"step": \([0-9]*\),.*"kind": "train".*/\1/p' "$folder/disturbed/metrics.jsonl" >"$folder/steps"
[ -z "$(uniq -d "$folder/steps")" ] || fail "a step is told twice"
echo "killed $killed times; the weights are the same"
