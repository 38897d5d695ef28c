"""1-crop, 10-crop and dense answers of `resnet eval` beside a straightforward PyTorch script's.

    views_parity.py RESNET IMAGENETTE FOLDER

takes a few of imagenette-128's pictures, also cut to other shapes, and a resnet18 with random weights; the
scores, or the logarithms of the mean probabilities, must agree to 1e-4 of the largest.
"""
import os
import subprocess
import sys

import numpy as np
import torch
import torchvision
from PIL import Image
from torchvision.transforms import functional as F

CLASSES = 4
SHAPES = [(0, 0, 128, 128), (0, 10, 128, 106), (20, 0, 101, 128)]    # left, top, right, bottom
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def make_pictures(source, folder):
    """Some pictures of each class as FOLDER/val/CLASS/N.png, and their paths in the order of names."""
    paths = []
    for name in sorted(os.listdir(source))[:CLASSES]:
        os.makedirs(os.path.join(folder, "val", name))
        for i, file in enumerate(sorted(os.listdir(os.path.join(source, name)))[:len(SHAPES)]):
            path = os.path.join(folder, "val", name, "%d.png" % i)
            Image.open(os.path.join(source, name, file)).convert("RGB").crop(SHAPES[i]).save(path)
            paths.append(path)
    return paths


def make_network():
    torch.manual_seed(1)
    network = torchvision.models.resnet18(num_classes=CLASSES).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.2)
            torch.nn.init.normal_(module.running_mean, 0, 0.2)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    return network


def prepared(picture):
    return F.normalize(F.to_tensor(picture), MEAN, STD)


def one_crop(network, picture, size):
    return network(prepared(F.center_crop(F.resize(picture, size), 224))[None])


def ten_crops(network, picture, size):
    crops = F.ten_crop(F.resize(picture, size), 224)
    return network(torch.stack([prepared(crop) for crop in crops]))


def dense(network, picture, size):
    """The classifier at every place of the last feature map, averaged; of the picture and its mirror image."""
    x = prepared(F.resize(picture, size))
    x = torch.stack([x, torch.flip(x, [2])])
    for layer in list(network.children())[:-2]:
        x = layer(x)
    places = torch.einsum("nchw,kc->nkhw", x, network.fc.weight) + network.fc.bias[:, None, None]
    return places.mean([2, 3])


def answer(network, picture, views, sizes):
    """Scores of a single view, or the logarithm of the mean probability of many."""
    scores = torch.cat([views(network, picture, size) for size in sizes])
    return scores[0] if len(scores) == 1 else torch.softmax(scores.double(), 1).mean(0).log()


def main():
    resnet, source, folder = sys.argv[1:]
    data, weights, file = (os.path.join(folder, name) for name in ("data", "resnet18.pth", "scores.npy"))
    paths = make_pictures(source, data)
    network = make_network()
    torch.save(network.state_dict(), weights)
    cases = [(one_crop, [256], []), (one_crop, [224, 300], ["--scales", "224,300"]),
             (ten_crops, [256], ["--views", "10-crop"]),
             (ten_crops, [224, 256], ["--views", "10-crop", "--scales", "224,256"]),
             (dense, [256], ["--views", "dense"]),
             (dense, [160, 224, 320], ["--views", "dense", "--scales", "160,224,320"])]
    failures = 0
    for views, sizes, options in cases:
        subprocess.run([resnet, "eval", data, "--weights", weights, "--model", "resnet18", "--preprocess",
                        "imagenet", "--logits", file, "--quiet", *options], check=True)
        with torch.no_grad():
            wanted = torch.stack([answer(network, Image.open(path), views, sizes) for path in paths]).numpy()
        largest, spread = np.abs(wanted).max(), np.ptp(wanted, axis=0).max()
        difference = np.abs(np.load(file) - wanted).max() / largest
        print("%s at %s: %d pictures, scores up to %.3g, of one class %.3g apart, largest difference %.2g of it"
              % (views.__name__, sizes, len(paths), largest, spread, difference))
        failures += not difference < 1e-4 or not spread > 1e-2
    sys.exit(failures != 0)


main()
