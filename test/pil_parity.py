"""The same pixels as Pillow: pil_parity.py PIXELS FOLDER...

Every picture of the folders, and a set of made-up ones of all kinds, decoded and resized by Pillow and by
this program (test/pixels.c), must be equal to the byte.
"""

import os
import random
import struct
import subprocess
import sys
import tempfile
import warnings

from PIL import Image

FILTERS = (Image.BILINEAR, Image.BICUBIC, Image.LANCZOS)
PICTURES = (".jpg", ".jpeg", ".png", ".webp")
MADE_UP = 150
MOST_SIDE = 700     # larger results are not asked for: this is a test of seconds


class Ours:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, path, size=(0, 0), method=0):
        self.process.stdin.write(b"%d %d %d %s\n" % (*size, method, path.encode()))
        self.process.stdin.flush()
        status, width, height = struct.unpack("<3i", self.process.stdout.read(12))
        return status, (width, height), self.process.stdout.read(3 * width * height)


def texture(chance, mode, size):
    """Ramps with noise on them, each channel its own."""
    bands = []
    for _ in Image.new(mode, (1, 1)).getbands():
        ramp = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180, 270))).resize(size)
        noise = Image.frombytes("L", size, chance.randbytes(size[0] * size[1]))
        bands.append(Image.blend(ramp, noise, chance.random() * 0.5))
    return Image.merge(mode, bands)


def make_up(chance, folder, number):
    size = chance.randint(1, 160), chance.randint(1, 160)
    mode = chance.choice(("RGB", "L", "CMYK", "P", "1", "LA", "RGBA", "I;16"))
    if mode == "I;16":
        high = chance.choices((0, 0, 0, 1, 200), k=size[0] * size[1])
        image = Image.frombytes(mode, size, b"".join(bytes((chance.randrange(256), byte)) for byte in high))
    elif mode in ("P", "1"):
        image = texture(chance, "L", size).convert(mode)
    else:
        image = texture(chance, mode, size)
    kind = chance.choice({"CMYK": ("jpg",), "RGB": ("jpg", "png", "webp"), "L": ("jpg", "png", "webp"),
                          "RGBA": ("png", "webp")}.get(mode, ("png",)))
    path = os.path.join(folder, "%d-%s.%s" % (number, mode.replace(";", ""), kind))
    exif = Image.Exif()
    exif[0x112] = chance.randint(1, 8)
    options = {"exif": exif.tobytes()} if mode in ("RGB", "L") else {}
    if kind == "jpg":
        options.update(quality=chance.randint(5, 100), progressive=chance.random() < 0.5)
        if mode == "RGB":
            options["subsampling"] = chance.randint(0, 2)
    elif kind == "webp":
        options.update(lossless=chance.random() < 0.5, quality=chance.randint(5, 100))
    elif mode in ("P", "L", "RGB") and chance.random() < 0.5:
        options["transparency"] = (1, 2, 3) if mode == "RGB" else 3
    image.save(path, **options)
    return path


def sizes(chance, size):
    """Down and up, keeping the sides' ratio and not, to odd sides, and to one pixel."""
    scaled = [tuple(max(1, int(side * scale)) for side in size) for scale in (0.31, 0.5, 1.7)]
    wanted = scaled + [(chance.randint(1, 299), chance.randint(1, 299)), (size[0], 7), (1, 1)]
    return [pair for pair in wanted if max(pair) <= MOST_SIDE]


def compare(ours, chance, path):
    with Image.open(path) as file:
        wanted = file.convert("RGB")
    differences = []
    if ours.ask(path) != (0, wanted.size, wanted.tobytes()):
        differences.append("decoded")
    for size in sizes(chance, wanted.size):
        for method, name in enumerate(FILTERS):
            if ours.ask(path, size, method) != (0, size, wanted.resize(size, name).tobytes()):
                differences.append("%dx%d filter %d" % (*size, method))
    if differences:
        print("FAIL %s (%s): %s" % (path, wanted.size, ", ".join(differences)))
    return not differences


def main(program, *folders):
    warnings.simplefilter("ignore")
    ours, chance, good, paths = Ours(program), random.Random(1), 0, []
    for folder in folders:
        names = sorted(os.listdir(folder))
        paths += [os.path.join(folder, name) for name in names if name.lower().endswith(PICTURES)]
    with tempfile.TemporaryDirectory() as folder:
        paths += [make_up(chance, folder, number) for number in range(MADE_UP)]
        good = sum(compare(ours, chance, path) for path in paths)
    print("Pillow %s: %d of %d pictures equal" % (Image.__version__, good, len(paths)))
    return good != len(paths)


sys.exit(main(*sys.argv[1:]))
