"""Networks of torchvision with random weights, their files in every container, and their answers."""

import io
import pickle
import struct
import tarfile
import warnings

import torch
import torchvision
from PIL import Image
from torchvision import transforms

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
RESIZE = {"imagenet": 256, "imagenet-v2": 232}


def network(name, classes=1000, seed=1):
    """Random, but like a trained network: activations neither vanish nor explode, running statistics differ
    from 0 and 1."""
    torch.manual_seed(seed)
    more = {"init_weights": False} if name.startswith("vgg") or name == "googlenet" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = getattr(torchvision.models, name)(num_classes=classes, **more)
    for module in net.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            torch.nn.init.kaiming_normal_(module.weight)
            if module.bias is not None:
                torch.nn.init.uniform_(module.bias, -0.5, 0.5)
        elif isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.0)
            torch.nn.init.uniform_(module.bias, -0.3, 0.3)
            module.running_mean.uniform_(-0.3, 0.3)
            module.running_var.uniform_(0.5, 1.5)
    return net.eval()


def counts(net):
    """Learned numbers, and the multiply-adds of convolutions and linear layers for one picture of 224x224."""
    total = [0]

    def count(module, _, output):
        if isinstance(module, torch.nn.Conv2d):
            total[0] += output.numel() * module.weight[0].numel()
        elif isinstance(module, torch.nn.Linear):
            total[0] += output.numel() * module.in_features

    hooks = [module.register_forward_hook(count) for module in net.modules()]
    with torch.no_grad():
        net(torch.zeros(1, 3, 224, 224))
    for hook in hooks:
        hook.remove()
    helpers = sum(p.numel() for name, p in net.named_parameters() if name.startswith("aux"))
    return sum(p.numel() for p in net.parameters()) - helpers, total[0]


def pictures(paths, rule):
    """The numbers that torchvision makes of picture files."""
    view = transforms.Compose([transforms.Resize(RESIZE[rule]), transforms.CenterCrop(224),
                               transforms.ToTensor(), transforms.Normalize(MEAN, STD)])
    return torch.stack([view(Image.open(path).convert("RGB")) for path in paths])


def logits(net, paths, rule):
    with torch.no_grad():
        return torch.cat([net(pictures([path], rule)) for path in paths]).numpy()


# ---- Files ----------------------------------------------------------------------------------------


def write_zip(state, path):
    torch.save(state, path)


def write_stream(state, path):
    torch.save(state, path, _use_new_zipfile_serialization=False)


class TarPickler(pickle.Pickler):
    """Tensors are named by number; other parts of the archive hold them."""

    def __init__(self, file, numbers):
        super().__init__(file, protocol=2)
        self.numbers = numbers

    def persistent_id(self, thing):
        return self.numbers.get(id(thing))


def add_part(archive, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


def write_tar(state, path):
    """The container of 2016 and 2017: an archive of sys_info, storages, tensors and the pickle."""
    tensors = list(state.values())
    plain = pickle.dumps
    storages, heads = [plain(len(tensors), 2)], [plain(len(tensors), 2)]
    for number, tensor in enumerate(tensors):
        kind = "Float" if tensor.dtype == torch.float32 else "Long"
        storage, made = getattr(torch, kind + "Storage"), getattr(torch, kind + "Tensor")
        data = tensor.contiguous().numpy().tobytes()
        storages += [plain((number, "cpu", storage), 2), struct.pack("<q", tensor.numel()), data]
        size, stride = tensor.shape or (1,), tensor.contiguous().stride() or (1,)
        heads += [plain((number, number, made), 2), struct.pack("<i4x", len(size)),
                  struct.pack("<%dq" % len(size), *size), struct.pack("<%dq" % len(size), *stride),
                  struct.pack("<q", 0)]
    storages.append(plain([], 2))
    text = io.BytesIO()
    TarPickler(text, {id(tensor): number for number, tensor in enumerate(tensors)}).dump(state)
    with tarfile.open(path, "w") as archive:
        add_part(archive, "sys_info", plain({"protocol_version": 1000, "little_endian": True}, 2))
        add_part(archive, "pickle", text.getvalue())
        add_part(archive, "tensors", b"".join(heads))
        add_part(archive, "storages", b"".join(storages))


CONTAINERS = {"zip": write_zip, "stream": write_stream, "tar": write_tar}


def save(net, path, container="zip"):
    CONTAINERS[container](net.state_dict(), path)
