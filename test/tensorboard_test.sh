#!/bin/sh
# Event files as TensorBoard reads them: a training that is stopped and resumed gives one curve for each number,
# with the values of metrics.jsonl.  Skipped where Python has no tensorboard.
set -eu
resnet=$1
if ! python3 -c 'import tensorboard' 2>/dev/null; then
    echo "skipped: Python has no tensorboard here"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$resnet" data draw "$work/data" --count 120 --seed 3 >"$work/said" 2>&1
train() {
    "$resnet" train "$work/data" --model resnet8 --batch 12 --log-every 1 --tensorboard --no-report \
        --out "$work/run" "$@" >"$work/said" 2>&1 || { cat "$work/said"; exit 1; }
}
train --iterations 30 --save-every 4
cp "$work/run/prev.ckpt" "$work/run/last.ckpt"      # steps 28, 29 and 30 are taken again
sleep 1                                             # files are read in the order of their seconds
train --resume
python3 - "$work/run" <<'END'
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

run = sys.argv[1]
lines = [json.loads(line) for line in open(run + "/metrics.jsonl")]
events = EventAccumulator(run)
events.Reload()
compared = 0
for tag, kind, key in [("loss/train", "train", "loss"), ("error/train", "train", "error"), ("lr", "train", "lr"),
                       ("images_per_second", "train", "images_per_second"), ("loss/test", "test", "loss"),
                       ("error/test", "test", "error"), ("error/test_top5", "test", "top5_error"),
                       ("loss/train_epoch", "test", "train_loss"), ("error/train_epoch", "test", "train_error")]:
    wanted = [(line["step"], line[key]) for line in lines if line["kind"] == kind]
    found = [(event.step, event.value) for event in events.Scalars(tag)]
    if [step for step, _ in found] != [step for step, _ in wanted]:
        sys.exit(f"FAIL: {tag} at steps {found}, wanted {wanted}")
    for (step, value), (_, number) in zip(found, wanted):
        if abs(value - number) > 1e-6 * abs(number):
            sys.exit(f"FAIL: {tag} at step {step}: {value}, wanted {number}")
    compared += len(found)
if [event.step for event in events.Scalars("loss/train")] != list(range(1, 31)):
    sys.exit("FAIL: not one line a step")
print(f"{compared} numbers as TensorBoard reads them")
END
