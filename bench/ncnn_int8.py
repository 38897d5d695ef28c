"""
A network for ncnn in int8, for which its package has no tool: weights scaled by channel, what layers read by blob.

Its file of numbers holds for each layer with weights a tag, the weights and the bias; in int8 the scales of the
weights and of the input follow, and that of the output where only a convolution reads it, which then reads int8.
"""
import struct
from dataclasses import dataclass

import numpy

FP32_TAG, INT8_TAG = 0, 0x000D4B38
WEIGHTS_AT = {"Convolution": 6, "InnerProduct": 2}      # the parameter that tells how many there are
LEAST = 1e-6


@dataclass
class Layer:
    """A line: kind, name, numbers of inputs and outputs, their blobs, parameters NUMBER=VALUE."""
    words: list

    @property
    def kind(self):
        return self.words[0]

    @property
    def inputs(self):
        return self.words[4:4 + int(self.words[2])]

    @property
    def output(self):
        return self.words[4 + int(self.words[2])]

    def parameter(self, number):
        first = 4 + int(self.words[2]) + int(self.words[3])
        return int(dict(word.split("=") for word in self.words[first:])[str(number)])


def input_scale(net, layer, picture):
    """127 for the greatest number that a layer reads."""
    extractor = net.create_extractor()
    extractor.input("in0", picture)
    values = numpy.array(extractor.extract(layer.inputs[0])[1])
    return 127 / max(float(numpy.abs(values).max()), LEAST)


def quantize_layer(layer, source, ends):
    """The bytes of a layer in int8; `ends`: the scales of its input and, if wanted, its output."""
    outputs, count = layer.parameter(0), layer.parameter(WEIGHTS_AT[layer.kind])
    tag, = struct.unpack("<I", source.read(4))
    if tag != FP32_TAG:
        raise ValueError(f"{layer.words[1]}: tag {tag:#x}, wanted floats")
    weights = numpy.fromfile(source, "<f4", count).reshape(outputs, -1)
    bias = numpy.fromfile(source, "<f4", outputs)
    scales = 127 / numpy.maximum(numpy.abs(weights).max(axis=1), LEAST)
    small = numpy.rint(weights * scales[:, None]).astype("i1").tobytes()
    return (struct.pack("<I", INT8_TAG) + small + b"\0" * (-len(small) % 4) + bias.tobytes()
            + numpy.array([*scales, *ends], "<f4").tobytes())


def quantize(net, path, picture):
    """From PATH.param and .bin, which `net` has loaded, to PATH.int8.param and .int8.bin."""
    with open(path + ".param", encoding="utf-8") as file:
        lines = [line.split() for line in file]
    layers = [Layer(words) for words in lines[2:]]
    readers = {blob: layer for layer in layers for blob in layer.inputs}
    scales = {id(layer): input_scale(net, layer, picture) for layer in layers if layer.kind in WEIGHTS_AT}
    with open(path + ".bin", "rb") as source, open(path + ".int8.bin", "wb") as target:
        for layer in layers:
            if layer.kind not in WEIGHTS_AT:
                continue
            ends, reader = [scales[id(layer)]], readers.get(layer.output)
            if reader and layer.kind == reader.kind == "Convolution":
                ends.append(scales[id(reader)])
            target.write(quantize_layer(layer, source, ends))
            layer.words.append("8=102" if len(ends) > 1 else "8=2")
    with open(path + ".int8.param", "w", encoding="utf-8") as file:
        file.writelines(" ".join(words) + "\n" for words in lines)
