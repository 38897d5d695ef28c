"""ONNX Runtime or OpenVINO, by the first argument, on a network that PyTorch has exported."""
import os
import sys
import tempfile

import numpy
import worker


def quantize(path, small, x):
    """The network in int8, by ONNX Runtime: weights by channel, calibrated on one batch."""
    from onnxruntime import quantization

    class Reader(quantization.CalibrationDataReader):
        batches = iter([{"x": x}])

        def get_next(self):
            return next(self.batches, None)

    quantization.quant_pre_process(path, small, skip_symbolic_shape=True)
    quantization.quantize_static(small, small, Reader(), per_channel=True)


def with_onnxruntime(path, x, threads, type_):
    import onnxruntime
    if type_ == "bf16":
        raise worker.Skip("ONNX Runtime: no bf16 on a processor")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return f"ONNX Runtime {onnxruntime.__version__}", lambda: session.run(None, {"x": x})


def with_openvino(path, x, threads, type_):
    import openvino
    precision = "bf16" if type_ == "bf16" else "f32"
    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_PRECISION_HINT": precision}
    core = openvino.Core()
    request = core.compile_model(core.read_model(path), "CPU", settings).create_infer_request()
    return f"OpenVINO {openvino.__version__.split('-')[0]}", lambda: request.infer({"x": x})


def contestant(model, mode, batch, type_, threads):
    if mode == "train":
        raise worker.Skip(f"{kind} does not train")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "network.onnx")
        side = worker.export(model, batch, path)
        x = numpy.random.rand(batch, 3, side, side).astype("float32")
        if type_ == "int8":
            small = os.path.join(folder, "small.onnx")
            worker.apart(quantize, path, small, x)
            path = small
        name, step = runners[kind](path, x, threads, type_)
    return name, {type_: lambda: step}


runners = {"onnxruntime": with_onnxruntime, "openvino": with_openvino}
kind = sys.argv.pop(1)
worker.serve(contestant)
