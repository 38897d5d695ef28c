"""Compare scores: PyTorch's of a network with those of its ONNX export here, and those of our exports in ONNX
Runtime.  Called by onnx_test.sh: onnx_parity.py COMMAND PICTURES FOLDER."""
import os
import pathlib
import subprocess
import sys
import warnings

import numpy
import onnx
import PIL.Image
import torch
import torch.nn.functional as F
import torchvision

try:
    import onnxruntime
except ImportError:
    onnxruntime = None
    print("without ONNX Runtime: our exports are checked but not run")
try:
    import timm
except ImportError:
    timm = None

TOLERANCE = 1e-4            # of the largest score
PICTURES = 3
command, pictures, folder = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
slow = bool(os.environ.get("RESNET_SLOW"))
failures = comparisons = 0
warnings.filterwarnings("ignore")
torch.set_num_threads(1)


class OptionA(torch.nn.Module):
    """Residual blocks with identity shortcuts, in words that exporters turn into long chains of nodes."""

    def __init__(self, zeros, tail):
        super().__init__()
        self.tail, self.zeros = tail, zeros
        self.conv1, self.bn1 = torch.nn.Conv2d(3, 16, 3, padding=1, bias=False), torch.nn.BatchNorm2d(16)
        self.conv2, self.bn2 = torch.nn.Conv2d(16, 32, 3, 2, 1, bias=False), torch.nn.BatchNorm2d(32)
        self.prelu, self.linear = torch.nn.PReLU(32), torch.nn.Linear(32, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.prelu(self.bn2(self.conv2(x)) + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, *self.zeros)))
        if self.tail == "view":
            x = F.avg_pool2d(x, int(x.size(3)))
            return self.linear(x.view(x.size(0), -1))
        if self.tail == "mean":
            return F.softmax(self.linear(torch.flatten(x.mean([2, 3]), 1)), 1)
        x = F.adaptive_avg_pool2d(x, 1).squeeze(-1).squeeze(-1)
        return torch.matmul(x, self.linear.weight.t()) + self.linear.bias


def randomize(model):
    """Statistics and scales that matter."""
    torch.manual_seed(7)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean, 0, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.1)
    return model.eval()


def some_pictures():
    found = sorted(p for p in pictures.rglob("*") if p.suffix.lower() in (".png", ".jpg", ".jpeg"))
    return found[:PICTURES]


def load(size):
    """The rule "imagenet", for this size of the crop."""
    t = torchvision.transforms
    view = t.Compose([t.Resize(256 * size // 224), t.CenterCrop(size), t.ToTensor(),
                      t.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])
    return torch.stack([view(PIL.Image.open(p).convert("RGB")) for p in some_pictures()])


def run(*words):
    done = subprocess.run([command, *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"resnet {' '.join(map(str, words))}\n{done.stderr}")


def compare(what, got, wanted):
    global failures, comparisons
    comparisons += 1
    error = float(numpy.abs(got - wanted).max() / numpy.abs(wanted).max())
    if not error <= TOLERANCE:
        failures += 1
        print(f"FAIL {what}: {error:.1e}")
    elif slow:
        print(f"{what}: {error:.1e}")


def our_scores(path, *options):
    scores = folder / "scores.npy"
    run("classify", *some_pictures(), "--weights", path, *options, "--logits", scores, "--quiet")
    return numpy.load(scores)


def runtime_scores(path, x):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    if not onnxruntime:
        return None
    session = onnxruntime.InferenceSession(str(path))
    return session.run(None, {"input": x.numpy()})[0]


def export(model, path, size, opset, kept, dynamic):
    axes = {"input": {0: "batch"}, "out": {0: "batch"}} if dynamic else None
    mode = torch.onnx.TrainingMode.PRESERVE if kept else torch.onnx.TrainingMode.EVAL
    torch.onnx.export(model, torch.zeros(1, 3, size, size), path, opset_version=opset, training=mode,
                      do_constant_folding=not kept, input_names=["input"], output_names=["out"],
                      dynamic_axes=axes)


def check(name, model, size, opset, kept=False, dynamic=True, back=True):
    """PyTorch's scores = ours of its export = ONNX Runtime's of our export of that = ours of the same again."""
    path, x = folder / "theirs.onnx", load(size)
    export(model, path, size, opset, kept, dynamic)
    with torch.no_grad():
        wanted = model(x).numpy()
    what = f"{name}, opset {opset}{', kept' if kept else ''}{'' if dynamic else ', one picture'}"
    got = our_scores(path, "--preprocess", "imagenet")
    if name.endswith("mean"):           # ends in softmax; ours are the scores before it
        got = torch.softmax(torch.from_numpy(got), 1).numpy()
    compare(what, got, wanted)
    if not back:
        return
    ours, copy = folder / "ours.onnx", folder / "ours.safetensors"
    scores = our_scores(path, "--preprocess", "imagenet")
    run("convert", path, ours, "--preprocess", "imagenet", "--force", "--quiet")
    theirs = runtime_scores(ours, x)
    if theirs is not None:
        compare(f"{what}, our export", theirs, scores)
    run("convert", ours, copy, "--force", "--quiet")
    compare(f"{what}, and back", our_scores(copy), scores)


def check_fold(name, model):
    """A named network of ours, folded, in both formats."""
    state, kept, folded = folder / "state.pth", folder / "kept.safetensors", folder / "folded.onnx"
    torch.save(model.state_dict(), state)
    run("convert", state, kept, "--model", name, "--stride-in", "3x3", "--preprocess", "imagenet", "--force",
        "--quiet")
    scores = our_scores(kept)
    run("convert", kept, folded, "--fold", "--force", "--quiet")
    theirs = runtime_scores(folded, load(224))
    if theirs is not None:
        compare(f"{name} folded", theirs, scores)
    run("convert", kept, kept.with_name("folded.safetensors"), "--fold", "--force", "--quiet")
    compare(f"{name} folded, as safetensors", our_scores(kept.with_name("folded.safetensors")), scores)


def main():
    for opset in (9, 11, 13, 16):
        for kept in (False, True):
            check("resnet18", randomize(torchvision.models.resnet18(num_classes=10)), 64, opset, kept,
                  back=opset == 13)
    check("resnet50", randomize(torchvision.models.resnet50()), 224 if slow else 64, 13, kept=True)
    check("resnet50", randomize(torchvision.models.resnet50()), 224 if slow else 64, 13)
    check_fold("resnet50", randomize(torchvision.models.resnet50()))
    for opset in (11, 13, 16):
        for tail, zeros in (("view", (8, 8)), ("mean", (0, 16)), ("product", (8, 8))):
            for dynamic in (True, False):
                check(f"option A, {tail}", randomize(OptionA(zeros, tail)), 32, opset, dynamic=dynamic)
    if not slow:
        return
    for name in ("resnet34", "resnet101", "resnet152", "resnext50_32x4d", "wide_resnet50_2", "vgg16", "vgg16_bn"):
        check(name, randomize(getattr(torchvision.models, name)()), 224, 13)
    check("googlenet", randomize(torchvision.models.googlenet(init_weights=False)), 224, 13)
    for name in ("resnet18", "resnet26", "resnet50d", "resnet10t", "resnetv2_50") if timm else ():
        check(f"timm {name}", randomize(timm.create_model(name, num_classes=10)), 64, 13)


main()
print(f"{comparisons} comparisons, {failures} failures")
sys.exit(failures != 0)
