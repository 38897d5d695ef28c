"""This program, by `resnet bench`: the command named by the environment variable RESNET."""
import json
import os
import subprocess
import sys

from worker import answer, arguments


def bench(model, mode, batch, type_, threads, steps):
    command = [os.environ["RESNET"], "bench", model, "--mode", mode, "--batch", str(batch), "--type", type_,
               "--threads", str(threads), "--steps", str(steps), "--json"]
    if model in ("resnet50", "resnet101", "resnet152"):
        command += ["--stride-in", "3x3"]       # as torchvision has it
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        out, error = process.stdout.read(), process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        return {"skip": error.strip().splitlines()[0] if error.strip() else f"exit {process.returncode}"}
    return {**json.loads(out), "peak_mb": usage.ru_maxrss / 1024}


def main():
    case = arguments()
    first = bench(*case, 1)
    if "skip" in first:
        answer(skip=first["skip"])
        return
    answer(name="resnet", configuration=first["isa"])
    for line in sys.stdin:
        steps = max(2, min(200, int(float(line) * 1e3 / first["ms_per_step"])))
        report = bench(*case, steps)
        answer(wall_ms=report["ms_per_step"], processor_ms=report["processor_ms"], peak_mb=report["peak_mb"])


if __name__ == "__main__":
    main()
