#!/usr/bin/python3
"""Writes test/golden/image: small pictures of every kind, and what Pillow and torchvision make of them.

    /usr/bin/python3 test/golden/make_image_golden.py [FOLDER OF PHOTOS]

Tables hold the first 16 hexadecimal digits of SHA-256 sums over 8-bit RGB pixels in h,w,3 order.
Made with Pillow 9.4 and torchvision 0.14.  Only photos.txt needs the photos.
"""
import hashlib
import io
import os
import struct
import sys
import zlib

import numpy
from PIL import Image, ImageOps
from torchvision import transforms

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "image")
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
FILTERS = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}


def digest(image):
    return hashlib.sha256(numpy.asarray(image).tobytes()).hexdigest()[:16]


def drawing(width, height, channels=3):
    """A smooth ramp, hard edges and fine texture."""
    y, x = numpy.mgrid[0:height, 0:width]
    planes = []
    for c in range(channels):
        ramp = 255 * x / max(width - 1, 1) if c % 2 == 0 else 255 * y / max(height - 1, 1)
        edge = 90 * ((x // 5 + y // 7 + c) % 2)
        texture = (x * 37 + y * 101 + x * y * 13 + c * 59) % 64
        planes.append(ramp * 0.5 + edge + texture * 0.5)
    return numpy.clip(numpy.stack(planes, -1), 0, 255).astype(numpy.uint8)


def save(name, data):
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(data)


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


# ---- PNG of any depth, colour type and interlacing --------------------------------------------------

def chunk(tag, data):
    return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))


def packed(samples, depth):
    """One row of samples as bytes."""
    if depth == 16:
        return samples.astype(">u2").tobytes()
    bits = "".join(format(int(s), "0%db" % depth) for s in samples.reshape(-1))
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def png(samples, depth, colour, interlaced=False, extra=b""):
    height, width = samples.shape[:2]
    adam7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    rows = b""
    for top, left, down, across in adam7 if interlaced else [(0, 0, 1, 1)]:
        part = samples[top::down, left::across]
        if part.size:
            rows += b"".join(b"\0" + packed(row, depth) for row in part)
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows, 9))
            + chunk(b"IEND", b""))


def make_pngs():
    kinds = {0: ("grey", 1), 2: ("rgb", 3), 3: ("palette", 1), 4: ("grey-alpha", 2), 6: ("rgb-alpha", 4)}
    depths = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
    palette = numpy.random.RandomState(1).randint(0, 256, 768).astype(numpy.uint8).tobytes()
    for colour, (kind, channels) in kinds.items():
        for depth in depths[colour]:
            picture = drawing(29, 23, channels).astype(numpy.uint16)
            fine = picture * 257 - (picture * 31) % 200 * (picture > 0)
            samples = (fine if depth == 16 else picture >> (8 - depth)).astype(numpy.uint16)
            extra = chunk(b"gAMA", struct.pack(">I", 100000))
            extra += chunk(b"PLTE", palette[:3 << depth]) if colour == 3 else b""
            for interlaced in (False, True):
                name = "%s%d%s.png" % (kind, depth, "-interlaced" if interlaced else "")
                save(name, png(samples, depth, colour, interlaced, extra))
    index = drawing(29, 23, 1) >> 4
    transparent = chunk(b"PLTE", palette[:48]) + chunk(b"tRNS", palette[:16])
    save("palette4-transparent.png", png(index, 4, 3, False, transparent))
    save("grey8-transparent.png", png(drawing(29, 23, 1), 8, 0, False, chunk(b"tRNS", b"\0\x40")))
    transparent = chunk(b"bKGD", b"\0\x40\0\x50\0\x60") + chunk(b"tRNS", b"\0\x40\0\x50\0\x60")
    save("rgb8-transparent.png", png(drawing(29, 23), 8, 2, False, transparent))
    save("big.png", encoded(Image.fromarray(drawing(61, 47)), "PNG"))
    save("tall.png", encoded(Image.fromarray(drawing(3, 211)), "PNG"))
    save("wide.png", encoded(Image.fromarray(drawing(150, 40)), "PNG"))


# ---- JPEG ---------------------------------------------------------------------------------------------

def without_adobe(data):
    at = data.index(b"\xff\xee")
    return data[:at] + data[at + 2 + struct.unpack(">H", data[at + 2:at + 4])[0]:]


def make_jpegs():
    rgb, grey = Image.fromarray(drawing(45, 35)), Image.fromarray(drawing(45, 35, 1)[..., 0])
    cmyk = encoded(Image.fromarray(drawing(45, 35, 4), "CMYK"), "JPEG", quality=80)
    save("rgb420.jpg", encoded(rgb, "JPEG", quality=80))
    save("rgb422.jpg", encoded(rgb, "JPEG", quality=80, subsampling=1))
    save("rgb444.jpg", encoded(rgb, "JPEG", quality=90, subsampling=0))
    save("progressive.jpg", encoded(rgb, "JPEG", quality=80, progressive=True))
    save("grey.jpg", encoded(grey, "JPEG", quality=80))
    save("cmyk.jpg", cmyk)
    save("cmyk-without-adobe.jpg", without_adobe(cmyk))
    at = cmyk.index(b"Adobe")
    save("ycck.jpg", cmyk[:at + 11] + b"\2" + cmyk[at + 12:])
    plain = encoded(rgb, "JPEG", quality=90, subsampling=0)
    save("adobe-rgb.jpg", plain[:2] + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0" + plain[20:])
    frame = plain.index(b"\xff\xc0")
    save("odd-sampling.jpg", plain[:frame + 14] + b"\x21" + plain[frame + 15:])


# ---- WebP ---------------------------------------------------------------------------------------------

def riff(data):
    return b"RIFF" + struct.pack("<I", 4 + len(data)) + b"WEBP" + data


def riff_chunk(tag, data):
    return tag + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def little24(n):
    return struct.pack("<I", n)[:3]


def make_webps():
    rgb, alpha = Image.fromarray(drawing(31, 27)), Image.fromarray(drawing(31, 27, 4), "RGBA")
    save("lossy.webp", encoded(rgb, "WEBP", quality=70))
    save("lossless.webp", encoded(rgb, "WEBP", lossless=True))
    save("lossy-alpha.webp", encoded(alpha, "WEBP", quality=70))
    save("lossless-alpha.webp", encoded(alpha, "WEBP", lossless=True, exact=True))
    save("animated.webp", encoded(rgb, "WEBP", quality=60, save_all=True,
                                  append_images=[ImageOps.mirror(rgb)]))
    for name, options in (("lossy", {"quality": 70}), ("lossless", {"lossless": True})):
        coded = encoded(Image.fromarray(drawing(20, 16, 4), "RGBA"), "WEBP", **options)
        coded = coded[30 if coded[12:16] == b"VP8X" else 12:]
        frame = little24(3) + little24(2) + little24(19) + little24(15) + little24(100) + b"\0" + coded
        canvas = riff_chunk(b"VP8X", b"\x12\0\0\0" + little24(39) + little24(29))
        save("animated-offset-%s.webp" % name,
             riff(canvas + riff_chunk(b"ANIM", b"\xff\x80\x40\xff\0\0") + riff_chunk(b"ANMF", frame)))


def make_rotated():
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x10f] = "maker"
        exif[0x112] = orientation
        save("orientation%d.jpg" % orientation,
             encoded(Image.fromarray(drawing(21, 13)), "JPEG", quality=60, exif=exif.tobytes()))
    exif[0x112] = 6
    save("orientation6.png", encoded(Image.fromarray(drawing(21, 13)), "PNG", exif=exif))
    save("orientation6.webp", encoded(Image.fromarray(drawing(21, 13)), "WEBP", exif=exif.tobytes()))


# ---- Tables --------------------------------------------------------------------------------------------

def as_rgb(path):
    return Image.open(path).convert("RGB")


def table(name, head, rows):
    with open(os.path.join(FOLDER, name), "w") as file:
        for row in [head] + rows:
            print(*row, file=file)


def pictures():
    rows = []
    for name in sorted(os.listdir(FOLDER)):
        if not name.endswith(".txt"):
            image = as_rgb(os.path.join(FOLDER, name))
            upright = ImageOps.exif_transpose(Image.open(os.path.join(FOLDER, name))).convert("RGB")
            upright = upright if "orientation" in name else image
            rows.append((name, image.width, image.height, digest(image),
                         upright.width, upright.height, digest(upright)))
    table("pictures.txt", ("file", "width", "height", "digest",
                           "upright_width", "upright_height", "upright_digest"), rows)


def resizes():
    sides = [(61, 47), (30, 23), (31, 24), (17, 90), (122, 94), (200, 150), (1, 1), (2, 300), (61, 20),
             (13, 47), (7, 5)]
    rows = []
    for name in ("big.png", "tall.png"):
        image = as_rgb(os.path.join(FOLDER, name))
        for kind, method in FILTERS.items():
            rows += [(name, kind, w, h, digest(image.resize((w, h), method))) for w, h in sides]
    table("resizes.txt", ("file", "filter", "width", "height", "digest"), rows)


def views():
    rows = []
    for name in ("big.png", "tall.png", "wide.png"):
        for resize, crop in ((256, 224), (232, 224), (32, 32), (47, 33), (40, 40), (64, 47)):
            look = transforms.Compose([transforms.Resize(resize), transforms.CenterCrop(crop)])
            rows.append((name, resize, crop, digest(look(as_rgb(os.path.join(FOLDER, name))))))
    table("views.txt", ("file", "resize", "crop", "digest"), rows)


def transform(resize=256, crop=224, method="bilinear", mean=MEAN, std=STD):
    """torchvision's testing transform; a std of None: Caffe's, of bytes in the order blue, green, red."""
    look = transforms.Compose([transforms.Resize(resize, FILTERS[method]), transforms.CenterCrop(crop)])
    if std is None:
        return lambda image: (numpy.asarray(look(image), numpy.float32)[..., ::-1]
                              - numpy.array(mean, numpy.float32)).transpose(2, 0, 1)
    numbers = transforms.Compose([look, transforms.ToTensor(), transforms.Normalize(mean, std)])
    return lambda image: numbers(image).numpy()


def rules():
    """Rules as `--preprocess` names them, and the sums over the numbers that they make of a picture."""
    ones, halves = [1, 1, 1], [0.5, 0.5, 0.5]
    known = {
        "imagenet": transform(), "imagenet-v2": transform(232),
        "caffe": transform(mean=[103.939, 116.779, 123.68], std=None),
        "cifar-imagenet-norm": transform(32, 32), "paper-imagenet": transform(std=ones),
        "paper-cifar": transform(32, 32, mean=[0.4914, 0.4822, 0.4465], std=ones),
        "builtin": transform(32, 32, mean=halves, std=[0.25, 0.25, 0.25]),
        "imagenet,resize=235,filter=bicubic": transform(235, method="bicubic"),
        "imagenet,crop_pct=0.95,filter=bicubic": transform(235, method="bicubic"),
        "imagenet,crop=288,crop_pct=1.0,filter=lanczos,mean=0.5,std=0.5:0.5:0.5":
            transform(288, 288, "lanczos", halves, halves),
    }
    rows = [(name, rule, digest(make(as_rgb(os.path.join(FOLDER, name))).astype("<f4")))
            for name in ("big.png", "wide.png") for rule, make in known.items()]
    table("rules.txt", ("file", "rule", "digest"), rows)


def photos(folder):
    rows = []
    look = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224)])
    for name in sorted(os.listdir(folder)):
        if name.endswith(".JPEG"):
            image = as_rgb(os.path.join(folder, name))
            made = [image, look(image), image.resize((300, 200), Image.BICUBIC),
                    image.resize((97, 131), Image.LANCZOS), image.resize((640, 480), Image.BILINEAR)]
            rows.append((name, image.width, image.height) + tuple(digest(m) for m in made))
    table("photos.txt", ("file", "width", "height", "decoded", "view_256_224", "bicubic_300x200",
                         "lanczos_97x131", "bilinear_640x480"), rows)


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    make_pngs()
    make_jpegs()
    make_webps()
    make_rotated()
    pictures()
    resizes()
    views()
    rules()
    if len(sys.argv) > 1:
        photos(sys.argv[1])
