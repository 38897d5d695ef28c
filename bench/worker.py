"""
A contestant is a program of its own that compare asks for measurements in turn:

    worker MODEL MODE BATCH TYPE THREADS     answers a line {"name", "configuration"} or {"skip": why}
    "SECONDS\n" on standard input            answers {"wall_ms", "processor_ms": medians of a step, "peak_mb"}

A program that has several ways to run a network tries each for a moment and goes on with the fastest.
"""
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import time


class Skip(Exception):
    pass


def arguments():
    model, mode, batch, type_, threads = sys.argv[1:6]
    return model, mode, int(batch), type_, int(threads)


def answer(**fields):
    print(json.dumps(fields), flush=True)


def milliseconds(step):
    """On the wall, and of all processors together."""
    wall, processor = time.perf_counter(), time.process_time()
    step()
    return (time.perf_counter() - wall) * 1e3, (time.process_time() - processor) * 1e3


def fastest(ways):
    """`ways`: names and functions that prepare a step.  Those that fail are passed over."""
    best, trouble = None, ""
    for name, prepare in ways.items():
        try:
            step = prepare()
            slow = milliseconds(step)[0] > 1000
            for _ in range(0 if slow else 2):       # some optimize themselves while they run
                step()
        except Exception as error:
            trouble = f"{name}: {(str(error) or type(error).__name__).splitlines()[0]}"
            continue
        ms = min(milliseconds(step)[0] for _ in range(1 if slow else 3))
        if best is None or ms < best[0]:
            best = (ms, name, step)
    if not best:
        raise Skip(trouble)
    return best[1], best[2]


def run(*command):
    """Another program of this interpreter's surroundings; its memory is not ours."""
    folder = os.path.dirname(sys.executable)
    environment = {**os.environ, "PATH": folder + os.pathsep + os.environ["PATH"]}
    try:
        subprocess.run(command, check=True, capture_output=True, env=environment)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Skip(f"{command[0]} is needed to prepare the network: {error}") from error


def apart(work, *arguments):
    """Call `work` in a process of its own, whose memory is not ours."""
    process = multiprocessing.get_context("fork").Process(target=work, args=arguments)
    process.start()
    process.join()
    if process.exitcode != 0:
        raise Skip(f"{work.__name__} failed: exit {process.exitcode}")


def export(model, batch, path):
    """Have PyTorch write a network; the side of its pictures."""
    run(sys.executable, os.path.join(os.path.dirname(__file__), "torch_networks.py"), model, str(batch), path)
    return 32 if model in ("resnet20", "resnet32", "resnet44", "resnet56", "resnet110") else 224


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def serve(contestant):
    """`contestant(model, mode, batch, type, threads)` gives its name and its ways, or raises Skip."""
    try:
        name, ways = contestant(*arguments())
        configuration, step = fastest(ways)
    except (Skip, ImportError) as error:
        answer(skip=str(error))
        return
    answer(name=name, configuration=configuration)
    for line in sys.stdin:
        end = time.perf_counter() + float(line)
        taken = [milliseconds(step)]
        while time.perf_counter() < end or len(taken) < (3 if taken[0][0] < 1000 else 2):
            taken.append(milliseconds(step))
        wall, processor = map(statistics.median, zip(*taken))
        answer(wall_ms=wall, processor_ms=processor, peak_mb=peak_mb())
