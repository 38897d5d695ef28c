"""The same networks in PyTorch: torchvision's, and the paper's for CIFAR-10 with option A's shortcuts."""
import sys

import torch
from torch import nn
from torch.nn import functional


class Block(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.stride, self.extra = stride, filters - channels
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)

    def forward(self, x):
        y = functional.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        if self.stride > 1:
            x = functional.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, 0, self.extra))
        return functional.relu(y + x, inplace=True)


class CifarResNet(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        blocks, channels = [], 16
        for stage, filters in enumerate((16, 32, 64)):
            for block in range((layers - 2) // 6):
                blocks.append(Block(channels, filters, 2 if stage and not block else 1))
                channels = filters
        self.blocks, self.fc = nn.Sequential(*blocks), nn.Linear(64, 10)

    def forward(self, x):
        x = self.blocks(functional.relu(self.bn1(self.conv1(x)), inplace=True))
        return self.fc(x.mean((2, 3)))


def network(model):
    """A network and the side of its pictures."""
    layers = int(model.removeprefix("resnet"))
    torch.manual_seed(1)
    if layers in (18, 34, 50, 101, 152):
        import torchvision
        return getattr(torchvision.models, model)(), 224
    return CifarResNet(layers), 32


def pictures(batch, side):
    return torch.randn(batch, 3, side, side)


def export(model, batch, path):
    """To ONNX or, where the path says .pt, a TorchScript graph."""
    net, side = network(model)
    x = pictures(batch, side)
    if path.endswith(".pt"):
        torch.jit.trace(net.eval(), x).save(path)
        return
    options = {"dynamo": False} if tuple(map(int, torch.__version__.split(".")[:2])) >= (2, 5) else {}
    torch.onnx.export(net.eval(), x, path, input_names=["x"], **options)


if __name__ == "__main__":
    export(sys.argv[1], int(sys.argv[2]), sys.argv[3])
