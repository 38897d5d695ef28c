"""PyTorch: eager or a frozen graph, both memory layouts, bf16 by autocast."""
import contextlib
import copy
import warnings

import worker

warnings.filterwarnings("ignore")


def inference(torch, net, x, context, bf16):
    net.eval()

    def frozen():
        with torch.no_grad():
            graph = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))
        return stepping(graph, x)

    def frozen_bf16():
        layout, type_ = torch.channels_last, torch.bfloat16
        small, picture = copy.deepcopy(net).to(type_, memory_format=layout), x.to(type_, memory_format=layout)
        with torch.no_grad():
            graph = torch.jit.freeze(torch.jit.trace(small, picture))
        return stepping(graph, picture)

    def stepping(what, picture):
        def step():
            with torch.no_grad(), context():
                what(picture)
        return step

    def channels_last():
        layout = torch.channels_last
        return stepping(net.to(memory_format=layout), x.contiguous(memory_format=layout))

    if bf16:        # a graph traced under autocast cannot be frozen for good: autocast keeps its copies
        return {"autocast, channels_last": channels_last, "frozen graph of bf16 weights": frozen_bf16}
    return {"frozen graph": frozen, "channels_last": channels_last}


def quantized(torch, model, x):
    """torchvision's own network for int8, by PyTorch's static quantization, calibrated on one batch."""
    from torchvision.models import quantization as networks
    tools = torch.ao.quantization

    def prepare():
        net = getattr(networks, model)(quantize=False).eval()
        net.fuse_model()
        net.qconfig = tools.get_default_qconfig("fbgemm")
        tools.prepare(net, inplace=True)
        with torch.no_grad():
            net(x)
            graph = torch.jit.freeze(torch.jit.trace(tools.convert(net), x))

        def step():
            with torch.no_grad():
                graph(x)
        return step
    return {"static quantization": prepare}


def training(torch, net, x, context):
    labels = torch.randint(0, 10, (x.shape[0],))

    def prepare(layout):
        picture, moved = x.contiguous(memory_format=layout), net.to(memory_format=layout).train()
        descent = torch.optim.SGD(moved.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4)

        def step():
            descent.zero_grad()
            with context():
                loss = torch.nn.functional.cross_entropy(moved(picture).float(), labels)
            loss.backward()
            descent.step()
        return step

    return {"channels_last": lambda: prepare(torch.channels_last),
            "contiguous": lambda: prepare(torch.contiguous_format)}


def contestant(model, mode, batch, type_, threads):
    import torch
    from torch_networks import network, pictures
    torch.set_num_threads(threads)
    net, side = network(model)
    x, bf16 = pictures(batch, side), type_ == "bf16"
    context = (lambda: torch.autocast("cpu", torch.bfloat16)) if bf16 else contextlib.nullcontext
    ways = (quantized(torch, model, x) if type_ == "int8" else training(torch, net, x, context)
            if mode == "train" else inference(torch, net, x, context, bf16))
    return f"PyTorch {torch.__version__.split('+')[0]}", ways


worker.serve(contestant)
