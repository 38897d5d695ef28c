"""ncnn, on a network that pnnx has converted."""
import os
import tempfile

import numpy
import worker


def convert(model, folder):
    traced = os.path.join(folder, "network.pt")
    side = worker.export(model, 1, traced)
    worker.run("pnnx", traced, f"inputshape=[1,3,{side},{side}]")
    return os.path.join(folder, "network.ncnn"), side


def contestant(model, mode, batch, type_, threads):
    import ncnn
    if mode == "train" or batch != 1 or type_ == "int8":
        raise worker.Skip("ncnn: one picture at a time, inference, fp32 or bf16")
    net = ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_bf16_storage = type_ == "bf16"
    with tempfile.TemporaryDirectory() as folder:
        path, side = convert(model, folder)
        net.load_param(path + ".param")
        net.load_model(path + ".bin")
    picture = ncnn.Mat(numpy.random.rand(3, side, side).astype("float32"))

    def step():
        extractor = net.create_extractor()
        extractor.input("in0", picture)
        extractor.extract("out0")
    return f"ncnn {ncnn.__version__}", {type_: lambda: step}


worker.serve(contestant)
