#!/bin/sh
# A training that is killed (SIGKILL) at random moments and resumed each time ends with the same bits as one
# that was left alone, and leaves no half-written file behind.
. test/say.sh
kills=${KILLS:-10}

# Milliseconds, different ones each time.
moment() {
    od -An -N2 -tu2 /dev/urandom | awk '{ printf "%.3f", 0.02 + $1 % 700 / 1000 }'
}

"$resnet" data draw "$work/data" --count 100 --seed 1 >"$work/said" 2>&1 || fail "no pictures"
set -- train "$work/data" --model resnet8 --iterations 120 --batch 16 --shards 4 --save-every 2 --seed 3 \
    --threads 1 --quiet --out
"$resnet" "$@" "$work/alone" >"$work/said" 2>&1 || fail "the run that is left alone"

killed=0
while [ "$killed" -lt "$kills" ]; do
    "$resnet" "$@" "$work/disturbed" --resume --workers $((killed % 3)) >"$work/said" 2>&1 &
    pid=$!
    sleep "$(moment)"
    kill -KILL $pid 2>/dev/null || true
    wait $pid || true
    killed=$((killed + 1))
    left=$(find "$work/disturbed" -name '*.tmp.*' 2>/dev/null | wc -l)
    [ "$left" -le 1 ] || fail "$left half-written files after kill $killed"
    for file in last.ckpt prev.ckpt last.safetensors best.safetensors; do
        [ ! -e "$work/disturbed/$file" ] || "$resnet" info "$work/disturbed/$file" >"$work/said" 2>&1 \
            || fail "$file cannot be read after kill $killed"
    done
done
"$resnet" "$@" "$work/disturbed" --resume >"$work/said" 2>&1 || fail "the last resume"

[ -z "$(find "$work/disturbed" -name '*.tmp.*')" ] || fail "half-written files are left"
[ "$(hash alone)" = "$(hash disturbed)" ] || fail "other weights: $(hash disturbed), left alone $(hash alone)"
[ -n "$(hash alone)" ] || fail "no hash"
cut -d, -f1-7 "$work/alone/results.csv" >"$work/a"
cut -d, -f1-7 "$work/disturbed/results.csv" >"$work/b"
cmp "$work/a" "$work/b" || fail "other results"
sed -n 's/.*"step": \([0-9]*\),.*"kind": "train".*/\1/p' "$work/disturbed/metrics.jsonl" >"$work/steps"
[ -z "$(uniq -d "$work/steps")" ] || fail "a step is told twice"
echo "killed $killed times; the weights are the same"
