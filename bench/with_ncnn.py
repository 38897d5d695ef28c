"""ncnn, on a network that pnnx has converted."""
import os
import tempfile

import numpy
import worker
from ncnn_int8 import quantize


def convert(model, folder):
    traced = os.path.join(folder, "network.pt")
    side = worker.export(model, 1, traced)
    worker.run("pnnx", traced, f"inputshape=[1,3,{side},{side}]", "fp16=0")
    return os.path.join(folder, "network.ncnn"), side


def load(ncnn, path, type_, threads):
    net = ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_bf16_storage = type_ == "bf16"
    if net.load_param(path + ".param") or net.load_model(path + ".bin"):
        raise worker.Skip("ncnn cannot load what was prepared for it")
    return net


def calibrate(ncnn, path, picture):
    quantize(load(ncnn, path, "fp32", 1), path, picture)


def contestant(model, mode, batch, type_, threads):
    import ncnn
    if mode == "train" or batch != 1:
        raise worker.Skip("ncnn: inference, one picture at a time")
    with tempfile.TemporaryDirectory() as folder:
        path, side = convert(model, folder)
        pixels = numpy.random.rand(3, side, side).astype("float32")
        picture = ncnn.Mat(pixels).clone()       # a Mat borrows the memory of an array
        if type_ == "int8":
            worker.apart(calibrate, ncnn, path, picture)
            path += ".int8"
        net = load(ncnn, path, type_, threads)

    def step():
        extractor = net.create_extractor()
        extractor.input("in0", picture)
        extractor.extract("out0")
    return f"ncnn {ncnn.__version__}", {type_: lambda: step}


worker.serve(contestant)
