"""From nothing to the first answer: this program on a picture, beside what others take before and for theirs."""
import os
import subprocess
import time

FOLDER = os.path.dirname(os.path.abspath(__file__))
WEIGHTS = os.path.join(FOLDER, "..", "models", "cifar10-resnet20.safetensors")

ONNX = """
import numpy, onnxruntime, sys
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
session.run(None, {session.get_inputs()[0].name: numpy.zeros((1, 3, 32, 32), "float32")})
"""


def turn(command):
    """What one run of a command takes, or why it failed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        return {"skip": f"exit {process.returncode}"}
    return {"wall_ms": (time.perf_counter() - start) * 1e3, "peak_mb": usage.ru_maxrss / 1024,
            "processor_ms": (usage.ru_utime + usage.ru_stime) * 1e3}


def commands(resnet, pythons, folder):
    """Name, configuration and command of each; ours is the first."""
    def run(*words):
        subprocess.run([resnet, *words], check=True, capture_output=True)

    run("data", "draw", folder, "--count", "1")
    picture = next(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names)
    graph = os.path.join(folder, "network.onnx")
    run("convert", WEIGHTS, graph)
    yield "resnet", "picture to answer", [resnet, "classify", picture, "-w", WEIGHTS]
    for python in pythons:
        yield f"PyTorch of {python}", "import alone", [python, "-c", "import torch"]
    for python in pythons:
        yield f"ONNX Runtime of {python}", "import, session, answer", [python, "-c", ONNX, graph]
