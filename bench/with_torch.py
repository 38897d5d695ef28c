"""PyTorch: eager or a frozen graph, both memory layouts, bf16 by autocast."""
import contextlib
import warnings

import worker

warnings.filterwarnings("ignore")


def inference(torch, net, x, context):
    net.eval()

    def frozen():
        with torch.no_grad(), context():
            graph = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))
        return stepping(graph, x)

    def stepping(what, picture):
        def step():
            with torch.no_grad(), context():
                what(picture)
        return step

    def channels_last():
        layout = torch.channels_last
        return stepping(net.to(memory_format=layout), x.contiguous(memory_format=layout))

    return {"frozen graph": frozen, "channels_last": channels_last}


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
    if type_ == "int8":
        raise worker.Skip("PyTorch: int8 needs a quantized network of its own")
    torch.set_num_threads(threads)
    net, side = network(model)
    bf16 = type_ == "bf16"
    context = (lambda: torch.autocast("cpu", torch.bfloat16)) if bf16 else contextlib.nullcontext
    ways = (training if mode == "train" else inference)(torch, net, pictures(batch, side), context)
    return f"PyTorch {torch.__version__.split('+')[0]}", ways


worker.serve(contestant)
