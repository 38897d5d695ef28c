"""Writes the small inputs from which the fuzz targets start: python3 fuzz/make_corpus.py build/resnet

The pictures of test/golden/image serve beside them.  PyTorch is not needed.
"""

import io
import json
import os
import pickle
import pickletools
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib

CORPUS = os.path.join(os.path.dirname(__file__), "corpus")


def put(target, name, content):
    folder = os.path.join(CORPUS, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, target + "-" + name), "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def safetensors(header, numbers=b""):
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + numbers


# ---- Pickles, byte by byte, since the classes that they name need not be here ----


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def storage(kind, key, count, tail=b""):
    return (b"(" + text("storage") + b"ctorch\n" + kind + b"\n" + text(key) + text("cpu")
            + b"K" + bytes([count]) + tail + b"tQ")


def tensor(kind, key, count, sizes, strides, tail=b""):
    numbers = lambda values: b"(" + b"".join(b"K" + bytes([v]) for v in values) + b"t"
    return (b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage(kind, key, count, tail) + b"K\x00"
            + numbers(sizes) + numbers(strides) + b"\x89ccollections\nOrderedDict\n)RtR")


def state_dict(tail=b""):
    """{"epoch": 3, "state_dict": {"module.w": 2x3 floats, transposed; "module.n": one integer}}"""
    floats = tensor(b"FloatStorage", "0", 6, (2, 3), (1, 2), tail)
    whole = tensor(b"LongStorage", "1", 1, (), (), tail)
    inner = (b"ccollections\nOrderedDict\n)R(" + text("module.w") + floats + text("module.n") + whole + b"u}("
             + text("_metadata") + b"}ub")
    return b"\x80\x02}(" + text("epoch") + b"K\x03" + text("state_dict") + inner + b"u."


FLOATS, WHOLE = struct.pack("<6f", 0, 1, 2, 3, 4, 5), struct.pack("<q", 1000)


def archive(method, **extra):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        parts = {"data.pkl": state_dict(), "data/0": FLOATS, "data/1": WHOLE, "version": b"3\n", **extra}
        for name, content in parts.items():
            z.writestr(zipfile.ZipInfo("archive/" + name), content, method)
    return out.getvalue()


def dumped(value):
    return pickle.dumps(value, 2)


def stream():
    magic = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
    sizes = {"short": 2, "int": 4, "long": 4}
    system = {"protocol_version": 1001, "little_endian": True, "type_sizes": sizes}
    return (magic + dumped(1001) + dumped(system) + state_dict(b"N") + dumped(["0", "1"])
            + struct.pack("<q", 6) + FLOATS + struct.pack("<q", 1) + WHOLE)


def tar_of(parts, form, folders=()):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as t:
        for name in folders:
            member = tarfile.TarInfo(name)
            member.type = tarfile.DIRTYPE
            t.addfile(member)
        for name, content in parts.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            t.addfile(member, io.BytesIO(content))
    whole = out.getvalue().rstrip(b"\0")
    return whole + bytes(512 + -len(whole) % 512)


def before_posix(whole):
    """The first header without what POSIX added, and with its new sum."""
    header = whole[:148] + 8 * b" " + whole[156:257] + bytes(255)
    return header[:148] + b"%06o\0 " % sum(header) + header[156:] + whole[512:]


def tar():
    def named(key, second, kind):
        return b"\x80\x02(" + text(key) + text(second) + b"ctorch\n" + kind + b"\nt."
    storages = (dumped(1) + named("10", "cpu", b"FloatStorage") + struct.pack("<q", 6) + FLOATS
                + dumped([("11", "10", 2, 4)]))
    tensors = (dumped(2) + named("20", "10", b"FloatTensor") + struct.pack("<ii2q2qq", 2, 0, 2, 3, 3, 1, 0)
               + named("21", "11", b"FloatTensor") + struct.pack("<iiqqq", 1, 0, 2, 1, 1))
    whole = b"\x80\x02}(" + text("w") + text("20") + b"Q" + text("b") + text("21") + b"Qu."
    parts = {"sys_info": dumped({}), "pickle": whole, "tensors": tensors, "storages": storages}
    return tar_of(parts, tarfile.USTAR_FORMAT)


def make_weights():
    small = {"__metadata__": {"epoch": "3"}, "w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
             "n": {"dtype": "I64", "shape": [], "data_offsets": [24, 32]}}
    put("safetensors", "two", safetensors(small, FLOATS + WHOLE))
    odd = {"a": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]},
           "b": {"dtype": "BOOL", "shape": [0, 7], "data_offsets": [4, 4]},
           "c": {"dtype": "F8_E4M3", "shape": [1, 1, 1, 4], "data_offsets": [4, 8]}}
    put("safetensors", "odd", safetensors(odd, bytes(8)))
    for name, method in ("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED):
        put("zip", name, archive(method))
        put("torch_zip", name, archive(method, byteorder=b"little"))
    put("torch_stream", "two", stream())
    put("torch_tar", "parts", tar())
    pictures = {"train/cat/1.jpg": b"one", "train/cat/" + 110 * "n" + ".png": b"two"}
    put("tar", "pax", tar_of(pictures, tarfile.PAX_FORMAT, ["train/cat"]))
    put("tar", "gnu", tar_of(pictures, tarfile.GNU_FORMAT, ["train/cat"]))
    put("tar", "old", before_posix(tar_of({"./cat//1.png": b"one"}, tarfile.GNU_FORMAT)))
    put("tar", "ustar", tar_of({70 * "a" + "/" + 60 * "b": b"three"}, tarfile.USTAR_FORMAT))


# ---- ONNX: fields of protocol buffers ----


def varint(number):
    low = number & 127
    return bytes([low]) if number == low else bytes([low | 128]) + varint(number >> 7)


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def constant(name, sizes, kind, numbers):
    return field(5, b"".join(field(1, size) for size in sizes) + field(2, kind) + field(8, name) + numbers)


def value(number, name, sizes):
    shape = b"".join(field(1, field(2, "N") if size is None else field(1, size)) for size in sizes)
    return field(number, field(1, name) + field(2, field(1, field(1, 1) + field(2, shape))))


def node(operator, inputs, output, *attributes):
    names = b"".join(field(1, name) for name in inputs) + field(2, output)
    return field(1, names + field(3, output + "_node") + field(4, operator) + b"".join(attributes))


def make_onnx():
    strides = field(5, field(1, "strides") + field(8, b"\x01\x01") + field(20, 7))
    transposed = field(5, field(1, "transB") + field(3, 1))
    graph = (node("Conv", ("input", "conv.weight"), "a", strides) + node("Relu", ("a",), "b")
             + node("GlobalAveragePool", ("b",), "c") + node("Flatten", ("c",), "d")
             + node("Gemm", ("d", "fc.weight", "fc.bias"), "output", transposed)
             + field(2, "graph") + constant("conv.weight", (2, 3, 1, 1), 1, field(9, FLOATS))
             + constant("fc.weight", (2, 2), 1, field(4, struct.pack("<4f", 1, 2, 3, 4)))
             + constant("fc.bias", (2,), 10, field(5, varint(0x3C00) + varint(0x4000)))
             + value(11, "input", (None, 3, 8, 8)) + value(12, "output", (None, 2)))
    opset, facts = field(8, field(1, "") + field(2, 13)), field(14, field(1, "key") + field(2, "text"))
    put("onnx", "small", field(1, 7) + field(2, "hand") + field(3, "1") + field(7, graph) + opset + facts)


def make_arrays():
    for name, kind, fortran, shape, content in (("floats", "<f4", False, (2, 3), FLOATS),
                                                ("fortran", "<f2", True, (2, 1, 2), bytes(8)),
                                                ("whole", "<i8", False, (), WHOLE)):
        text = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }" % (kind, fortran, shape)
        text += " " * (-(len(text) + 11) % 64) + "\n"
        put("npy", name, b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + content)


def make_pickles():
    value = {"list": [1, -1, 300, 70000, 2**40, 1.5, None, True], "text": "zwölf", "set": {1, 2},
             "tuple": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4))}
    value["again"] = value["list"]
    for protocol in range(5):
        put("pickle", "protocol%d" % protocol, pickletools.optimize(pickle.dumps(value, protocol)))
    put("pickle", "state_dict", state_dict())
    put("pickle", "code", b"cos\nsystem\n(S'true'\ntR.")


def make_deflated():
    plain = b"residual " * 20 + bytes(range(64))
    for level, name in (0, "stored"), (9, "dynamic"):
        packer = zlib.compressobj(level, zlib.DEFLATED, -15)
        put("inflate", name, struct.pack(">H", len(plain)) + packer.compress(plain) + packer.flush())
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_FIXED)
    put("inflate", "fixed", struct.pack(">H", len(plain)) + packer.compress(plain) + packer.flush())


def make_pictures():
    """Stray bytes before the pixels earn a warning; the second frame header behind them is an error."""
    with open(os.path.join(CORPUS, "../../test/golden/image/rgb444.jpg"), "rb") as file:
        picture = file.read()
    frame, scan = picture.index(b"\xff\xc0"), picture.index(b"\xff\xda")
    header = picture[frame:frame + 2 + picture[frame + 3]]
    put("picture", "error-after-warning", picture[:scan] + b"\0\0" + picture[scan:-2] + header + picture[-2:])


def header_of(path):
    """A safetensors file's header, without its sums, which would refuse zeros in place of the numbers."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    facts = header["__metadata__"]
    for name in [name for name in facts if name.startswith(("resnet.sha256", "resnet.crc32c"))]:
        del facts[name]
    return safetensors(header)


def make_runs(resnet):
    with tempfile.TemporaryDirectory() as folder:
        train = "train builtin --model resnet8 --out run --iterations 2 --batch 8 --quiet"
        subprocess.run([resnet, *train.split()], cwd=folder, check=True)
        put("bundle", "resnet8", header_of(os.path.join(folder, "run/last.safetensors")))
        quantize = "quantize run/last.safetensors bytes.safetensors --data builtin --pictures 8 --quiet"
        subprocess.run([resnet, *quantize.split()], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        put("bundle", "ranges", header_of(os.path.join(folder, "bytes.safetensors")))
        put("checkpoint", "resnet8", header_of(os.path.join(folder, "run/last.ckpt")))
        with open(os.path.join(folder, "run/args.json"), "rb") as file:
            put("json", "options", file.read())
        parts = []
        for name in ("args.json", "summary.json", "results.csv"):
            with open(os.path.join(folder, "run", name), "rb") as file:
                parts.append(file.read())
        put("past_run", "resnet8", b"\0".join(parts))


RULE = {"name": "imagenet", "resize": 256, "exact": False, "filter": "bilinear", "crop": [224, 224],
        "bgr": False, "scale": 1 / 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225],
        "mean_image": False}


def make_texts():
    put("json", "rule", json.dumps(RULE))
    put("json", "values", '[null,true,-1,1.5e300,"\\u00e9\\n\\"",{"a":{"b":[[]]}}]')
    words = lambda line: "\n".join(line.split()) + "\n"
    put("arguments", "train", words("train cifar10:data --model=resnet20 -b 64 --lr 0.1 --no-resume"))
    put("arguments", "config", words("train --config fuzzed")
        + "\n# a comment\nweight_decay = 1e-4 # more\nmodel=resnet110\n\nseed = 7\n")
    put("arguments", "words", words("-q data check -- -x --help"))
    put("arguments", "letters", words("classify -qv a.png - -wmodel --top=3 --json"))
    parts = "train/cat/1.png train/cat/2.jpg train/dog/a.webp train/.hidden/b.png val/cat/c.png"
    put("dataset", "parts", words(parts) + "\n\x89PNG")
    put("dataset", "classes", words("cat/1.png cat/2.png dog/1.png notes.txt empty/x"))
    packed = tar_of({"cat/1.png": b"\x89PNG", "dog/1.png": b"\x89PNG"}, tarfile.GNU_FORMAT, ["elk"])
    put("dataset", "packed", b"train-0.tar\nval-0.tar\n\n" + packed)
    around = tar_of({"a/b/cat/1.png": b"\x89PNG", "a/b/train/2.png": b"\x89PNG"}, tarfile.GNU_FORMAT, ["a/b/val"])
    put("dataset", "around", b"train.tar\nval.tar\n\n" + around)
    put("dataset", "cifar", "test_batch.bin\nbatches.meta.txt\n\ncat\ndog\n")
    put("dataset", "cifar-inside", "cifar-10-batches-bin/test_batch.bin\n\n\x0b")
    for i, content in enumerate((bytes(24), bytes(range(40)), bytes([7, 201, 3, 99] * 20))):
        put("resize", str(i), content)


make_weights()
make_onnx()
make_arrays()
make_pickles()
make_deflated()
make_pictures()
make_texts()
make_runs(os.path.abspath(sys.argv[1]))
