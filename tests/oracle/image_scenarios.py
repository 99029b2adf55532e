"""Scenarios of `mx.recordio` and `mx.image`; see `tests.oracle.scenarios`. Pictures are drawn here, as PNG files."""

from __future__ import annotations

import base64
import random
import struct
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("image")
scenario = SCENARIOS.add

MAGIC = struct.pack("<I", 0xCED7230A)
RECORDS = [b"", b"abc", MAGIC, b"abcd" + MAGIC, MAGIC + MAGIC, b"a" + MAGIC + b"b", b"abcd" + MAGIC + b"efg" + MAGIC,
           b"abcd" + MAGIC + b"efgh" + MAGIC + b"x", bytes(range(256))]  # fmt: skip
BROKEN = {
    "no magic": b"x" * 20, "zeros": bytes(8), "half a head": MAGIC, "unfilled": MAGIC + struct.pack("<I", 3) + b"abc",
    "short": MAGIC + struct.pack("<I", 1000) + b"abc",
}  # fmt: skip


def folder() -> Path:
    return Path(tempfile.mkdtemp())


def write(mx: Any, path: Path, records: list[bytes]) -> bytes:
    writer = mx.recordio.MXRecordIO(str(path), "w")
    for record in records:
        writer.write(record)
    writer.close()
    return path.read_bytes()


def read(mx: Any, path: Path) -> list[str]:
    reader, found = mx.recordio.MXRecordIO(str(path), "r"), []
    while (record := reader.read()) is not None:
        found.append(record.hex())
    return found


@scenario
def records(mx):
    path = folder() / "a.rec"
    found = [write(mx, path, RECORDS).hex(), read(mx, path)]
    reader = mx.recordio.MXRecordIO(str(path), "r")
    reader.read(), reader.read()
    reader.reset()
    found += [reader.read().hex(), reader.read().hex(), reader.is_open, reader.writable]
    reader.close()
    return [*found, reader.is_open, write(mx, path, []).hex(), read(mx, path)]


@scenario
def broken_records(mx):
    path, found = folder() / "a.rec", []
    for data in BROKEN.values():
        path.write_bytes(data)
        found.append(raised(lambda: read(mx, path)))
    R = mx.recordio.MXRecordIO
    return [
        *found, raised(lambda: R(str(path.parent / "none.rec"), "r")), raised(lambda: R(str(path.parent / "none" / "a.rec"), "w")),
        raised(lambda: R(str(path), "a")), raised(lambda: R(str(path), "r").write(b"")),
        raised(lambda: R(str(path), "w").write("text")), raised(lambda: R(str(path), "w").read()),
    ]  # fmt: skip


@scenario
def indexed_records(mx):
    place = folder()
    index, path = str(place / "a.idx"), str(place / "a.rec")
    writer, places = mx.recordio.MXIndexedRecordIO(index, path, "w"), []
    for number, record in enumerate(RECORDS):
        writer.write_idx(2 * number, record)
        places.append(writer.tell())
    writer.close()
    writer.close()
    reader = mx.recordio.MXIndexedRecordIO(index, path, "r")
    found = [places, Path(index).read_text(), reader.keys, [reader.read_idx(key).hex() for key in (4, 0, 16, 14)]]
    reader.seek(2)
    found += [reader.read().hex(), reader.read().hex(), raised(lambda: reader.read_idx(1)), raised(reader.tell)]
    text = mx.recordio.MXIndexedRecordIO(index, path, "r", key_type=str)
    return [*found, text.keys, text.idx, text.read_idx("4").hex()]


@scenario
def headers(mx):
    found, Header = [], mx.recordio.IRHeader
    for label in (3, 3.5, np.float32(2), True, [1, 2], np.array([1.5, 2]), np.array(4.0), [], (1,), [[1, 2], [3, 4]]):
        packed = mx.recordio.pack(Header(7, label, 9, 1), b"xyz")
        header, rest = mx.recordio.unpack(packed)
        found.append([packed.hex(), header.flag, np.asarray(header.label).tolist(), header.id, header.id2, rest.hex()])
    pack, unpack = mx.recordio.pack, mx.recordio.unpack
    return [
        found, pack((0, 1, 2, 3), b"").hex(), Header(1, 2, 3, 4)._fields, raised(lambda: pack((0, "a", 2, 3), b"")),
        raised(lambda: unpack(struct.pack("<IfQQ", 5, 0, 0, 0) + b"abc")), raised(lambda: pack((0, 1, 2, 3), "text")),
    ]  # fmt: skip


def png(pixels: np.ndarray) -> bytes:
    """A PNG file of uint8 or uint16 (H, W) or (H, W, 1 to 4)."""
    pixels = pixels if pixels.ndim == 3 else pixels[..., None]
    height, width, channels = pixels.shape
    depth = 8 * pixels.itemsize

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    lines = b"".join(b"\0" + line.astype(f">u{pixels.itemsize}").tobytes() for line in pixels)
    head = struct.pack(">IIBBBBB", width, height, depth, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def drawn(height: int = 7, width: int = 5, channels: int = 3, dtype: Any = np.uint8, seed: int = 0) -> np.ndarray:
    limit = 2 ** (8 * np.dtype(dtype).itemsize)
    return np.random.RandomState(seed).randint(0, limit, (height, width, channels)).astype(dtype)


def image(mx: Any, *size: int, dtype: Any = "uint8") -> Any:
    return mx.nd.array(drawn(*size), dtype=dtype)


def facts(array: Any) -> Any:
    """Shape, dtype and a checksum of integers, or all of few floats, or some of many, and the mean."""
    values = array.asnumpy()
    if values.dtype.kind in "iu":
        return f"{values.dtype} {values.shape} {zlib.crc32(values.tobytes()):x}"
    flat = values.astype(float).ravel()
    return [f"{values.dtype} {values.shape}", *flat[:: max(1, flat.size // 6)].tolist(), float(flat.mean())]


@scenario
def decoding(mx):
    I, found = mx.image, []
    files = [png(drawn(channels=channels, dtype=dtype)) for channels in (1, 2, 3, 4) for dtype in ("uint8", "uint16")]
    for number, file in enumerate(files):
        found += [facts(I.imdecode(file)), facts(I.imdecode(file, 1, 0))]
        if number not in (5, 7):  # gray of colours of 16 bits, which Pillow reads as 8
            found.append(facts(I.imdecode(file, flag=0)))
    path, out = folder() / "a.png", mx.nd.zeros((7, 5, 3), dtype="uint8")
    path.write_bytes(files[4])
    I.imdecode(files[4], out=out)
    found += [
        facts(I.imread(str(path))),
        facts(I.imread(str(path), flag=0)),
        facts(I.imread(str(path), to_rgb=False)),
        facts(out),
    ]
    data = np.frombuffer(files[4], np.uint8)
    found += [facts(I.imdecode(given)) for given in (bytearray(files[4]), data, mx.nd.array(data, dtype="uint8"))]
    return [
        *found, raised(lambda: I.imdecode("text")), raised(lambda: I.imdecode(b"abc")), raised(lambda: I.imdecode(b"")),
        raised(lambda: I.imdecode(mx.nd.array(data))), raised(lambda: I.imread(str(path) + ".none")),
        raised(lambda: I.imdecode(files[4], flag=-1)),
    ]  # fmt: skip


@scenario
def resizing(mx):
    found, resize = [], mx.image.imresize
    for dtype in ("uint8", "float32"):
        for height, width in ((40, 60), (13, 17), (5, 7)):
            source = image(mx, height, width, dtype=dtype)
            for interp in range(5):
                for rows, columns in ((20, 30), (64, 64), (11, 50), (8, 8), (7, 7), (40, 20), (13, 17), (1, 1)):
                    found.append(facts(resize(source, columns, rows, interp)))
    source = image(mx, 6, 8, 1)
    found += [
        facts(resize(source, 3, 3)),
        facts(resize(image(mx, 6, 8, 4), 5, 9, interp=2)),
        facts(resize(source, w=4, h=3)),
    ]
    short = mx.image.resize_short
    found += [facts(short(image(mx, 9, 14), size, interp)) for size in (6, 9, 20) for interp in (0, 1, 2, 3, 4, 9)]
    found += [facts(short(image(mx, 14, 9), 7))]
    return [*found, raised(lambda: resize(source[:, :, 0], 3, 3)), raised(lambda: resize(source, 0, 3)),
            raised(lambda: short(source, 4, 7))]  # fmt: skip


@scenario
def borders(mx):
    found, pad = [], mx.image.copyMakeBorder
    for kind in range(5):
        found += [
            facts(pad(image(mx), 1, 2, 3, 2, kind)),
            facts(pad(image(mx, 3, 3, 1, dtype="float32"), 7, 8, 6, 9, type=kind)),
        ]
    for values in ({"value": 7}, {"values": (7, 8, 9)}, {"values": (7, 8)}, {"values": (300, -3, 2.6)}):
        found.append(facts(pad(image(mx), 1, 0, 2, 0, **values)))
    return [
        *found,
        facts(pad(image(mx, 4, 4, 1), 1, 1, 1, 1, values=(1, 2, 3))),
        facts(pad(image(mx), 1, 1, 1, 1, 16, values=(1, 2, 3))),
    ]


@scenario
def crops(mx):
    I, found = mx.image, []
    for size in ((4, 6), (17, 5), (30, 40), (9, 14), (1, 1)):
        found += [I.scale_down((9, 14), size), facts(I.fixed_crop(image(mx, 9, 14), 2, 1, 5, 4, size))]
        cropped, box = I.center_crop(image(mx, 9, 14), size)
        random.seed(3)
        again, other = I.random_crop(image(mx, 9, 14), size, 1)
        found += [facts(cropped), box, facts(again), other]
        for area in (0.2, (0.1, 0.4), (1.5, 2.0)):
            part, box = I.random_size_crop(image(mx, 9, 14), size, area, (0.5, 2.0), 9)
            found += [facts(part), box]
    found += [facts(I.fixed_crop(image(mx), 1, 1, 30, 30)), facts(I.fixed_crop(image(mx), 1, 1, 3, 3, (3, 3), 1))]
    return [*found, raised(lambda: I.random_size_crop(image(mx), (3, 3), 0.2, (0.5, 2.0), 2, areas=3))]


@scenario
def rotations(mx):
    I, found = mx.image, []
    one, two = (mx.nd.array(np.random.RandomState(0).rand(*shape)) for shape in ((2, 6, 9), (2, 3, 7, 5)))
    for zoom in ({}, {"zoom_in": True}, {"zoom_out": True}):
        found += [facts(I.imrotate(one, 30, **zoom)), facts(I.imrotate(two, mx.nd.array([-20, 100]), **zoom))]
        found += [facts(I.imrotate(two, 200.5, **zoom))]
        np.random.seed(3)
        found += [facts(I.random_rotate(one, (-30, 30), **zoom)), facts(I.random_rotate(two, (-30, 30), **zoom))]
    return [
        *found, raised(lambda: I.imrotate(one, 3, True, True)), raised(lambda: I.imrotate(one.astype("uint8"), 3)),
        raised(lambda: I.imrotate(one, mx.nd.array([3]))), raised(lambda: I.imrotate(two, mx.nd.array([3]))),
        raised(lambda: I.imrotate(one[0], 3)),
    ]  # fmt: skip


def augmenters(mx: Any) -> dict[str, Any]:
    I = mx.image
    mean = mx.nd.array([1.5, 2, 3])
    return {
        "resize": I.ResizeAug(8), "force": I.ForceResizeAug((8, 5), 9), "crop": I.RandomCropAug((4, 6), 1),
        "center": I.CenterCropAug((4, 6)), "sized": I.RandomSizedCropAug((6, 6), 0.1, (0.5, 2), 10),
        "brightness": I.BrightnessJitterAug(0.3), "contrast": I.ContrastJitterAug(0.3), "hue": I.HueJitterAug(0.3),
        "saturation": I.SaturationJitterAug(0.3), "color": I.ColorJitterAug(0.3, 0.2, 0.1), "gray": I.RandomGrayAug(0.5),
        "lighting": I.LightingAug(0.1, np.array([5.0, 4, 1]), np.arange(9.0).reshape(3, 3)), "flip": I.HorizontalFlipAug(0.5),
        "normal": I.ColorNormalizeAug(mean, None), "both": I.ColorNormalizeAug(mean, np.array([2.0, 3, 4])),
        "cast": I.CastAug("float64"), "sequence": I.SequentialAug([I.HorizontalFlipAug(1), I.CenterCropAug((3, 3))]),
        "shuffled": I.RandomOrderAug([I.HorizontalFlipAug(0.5), I.RandomCropAug((7, 7)), I.CenterCropAug((6, 6))]),
    }  # fmt: skip


@scenario
def augmenting(mx):
    random.seed(5)
    np.random.seed(5)
    found = {}
    for name, augmenter in augmenters(mx).items():
        source = image(mx, 9, 14, dtype="float32")
        found[name] = [augmenter.dumps(), [facts(augmenter(source)) for _ in range(3)], facts(source)]
    return [found, raised(lambda: mx.image.Augmenter(a=1)(source)), mx.image.Augmenter(a=np.ones(2), b=(1, 2)).dumps()]


CREATED = (
    {}, {"resize": 9}, {"rand_crop": True}, {"rand_crop": True, "rand_resize": True, "inter_method": 10},
    {"rand_mirror": True, "mean": True, "std": True}, {"std": np.array([2.0])}, {"mean": np.array([1.0, 2, 3])},
    {"brightness": 0.1, "contrast": 0.2, "saturation": 0.3, "hue": 0.1, "pca_noise": 0.1, "rand_gray": 0.5},
)  # fmt: skip


@scenario
def created(mx):
    random.seed(7)
    np.random.seed(7)
    found = []
    for settings in CREATED:
        made = mx.image.CreateAugmenter((3, 6, 8), **settings)
        source = image(mx, 12, 10)
        for augmenter in made:
            source = augmenter(source)
        found.append([[augmenter.dumps() for augmenter in made], facts(source)])
    return [found, raised(lambda: mx.image.CreateAugmenter((3, 6, 8), rand_resize=True)),
            raised(lambda: mx.image.CreateAugmenter((3, 6, 8), mean=np.ones(2)))]  # fmt: skip


def stored(mx: Any, count: int = 7, labels: int = 1) -> dict[str, str]:
    """Images in a record file, with an index and a list, and as files."""
    place = folder()
    writer = mx.recordio.MXIndexedRecordIO(str(place / "a.idx"), str(place / "a.rec"), "w")
    lines = []
    for number in range(count):
        label = number / 2 if labels == 1 else [number / 2 + column for column in range(labels)]
        picture = png(drawn(9 + number, 12, seed=number))
        writer.write_idx(3 * number, mx.recordio.pack((0, label, number, 0), picture))
        (place / f"{number}.png").write_bytes(picture)
        text = "\t".join(str(-value) for value in np.atleast_1d(label))
        lines.append(f"{3 * number}\t{text}\t{number}.png\n")
    writer.close()
    (place / "a.lst").write_text("".join(lines))
    return {"path_root": str(place), "path_imgrec": str(place / "a.rec"), "path_imgidx": str(place / "a.idx"),
            "path_imglist": str(place / "a.lst")}  # fmt: skip


def passes(iterator: Any, count: int = 2) -> list[Any]:
    found = [list(map(list, iterator.provide_data)), list(map(list, iterator.provide_label))]
    for _ in range(count):
        for batch in iterator:
            found.append([facts(batch.data[0]), batch.label[0].asnumpy().astype(float).tolist(), batch.pad])
        found.append("end")
        iterator.reset()
    return found


@scenario
def iterating(mx):
    paths, found = stored(mx), []
    several, Iter = stored(mx, 4, labels=3), mx.image.ImageIter
    record, index = {"path_imgrec": paths["path_imgrec"]}, {"path_imgidx": paths["path_imgidx"]}
    listing = {"path_imglist": paths["path_imglist"], "path_root": paths["path_root"]}
    files = [[float(number), f"{number}.png"] for number in range(4)]
    random.seed(11)
    for last in ("pad", "discard", "roll_over"):
        found += [
            passes(Iter(3, (3, 6, 8), last_batch_handle=last, **source), 3)
            for source in (record, {**record, **index}, listing)
        ]
        found.append(
            passes(Iter(3, (3, 6, 8), shuffle=True, last_batch_handle=last, rand_crop=True, **record, **index), 3)
        )
    for settings in (
        {"num_parts": 2, "part_index": 1, **record, **index}, {**record, **index, **listing}, {"dtype": "int32", "shuffle": True, "imglist": files, "path_root": paths["path_root"]},
        {"imglist": files, "path_root": paths["path_root"], "data_name": "x", "label_name": "y"}, {"mean": True, "rand_mirror": True, **record},
        {"imglist": [[1, 2, "0.png"], [[3, 4], "1.png"]], "path_root": paths["path_root"], "label_width": 2},
        {"label_width": 3, "path_imgrec": several["path_imgrec"]}, {"aug_list": [mx.image.ForceResizeAug((8, 6))], **listing},
    ):  # fmt: skip
        found.append(passes(Iter(2, (3, 6, 8), **settings)))
    iterator = Iter(4, (3, 6, 8), last_batch_handle="roll_over", **record)
    found += [len(list(iterator)), iterator.hard_reset(), passes(iterator, 1)]
    (Path(paths["path_root"]) / "1.png").write_bytes(b"broken")
    return [
        *found, raised(lambda: list(Iter(2, (3, 6, 8), **listing))), raised(lambda: Iter(2, (3, 6, 8))),
        raised(lambda: Iter(2, (3, 6, 8), shuffle=True, **record)), raised(lambda: Iter(2, (6, 8, 3), **record)),
        raised(lambda: Iter(2, (3, 6, 8), dtype="uint8", **record)), raised(lambda: Iter(2, (3, 6, 8), num_parts=2, part_index=2, **record, **index)),
        raised(lambda: Iter(2, (3, 6, 8), path_imgrec=paths["path_root"] + "/none.rec")), raised(lambda: Iter(2, (3, 6, 8), nothing=1, **record)),
    ]  # fmt: skip


# 8 x 10 pixels with colours of half resolution
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0o"
    "MCUoKSj/2wBDAQcHBwoIChMKChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCj/wAARCAAIAAoD"
    "ASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAAYH/8QAHRAAAQMFAQAAAAAAAAAAAAAAAAIHIwYiMkFRof/EABQBAQAAAAAAAAAAAAAAAAAA"
    "AAL/xAAdEQABAgcAAAAAAAAAAAAAAAAAAgQDBQYSFDEy/9oADAMBAAIRAxEAPwCYpZucIfDQUNzYmHXABtoy7dipmevMbo//2Q=="
)


@scenario
def jpeg(mx):
    return [mx.image.imdecode(JPEG, flag).asnumpy().astype(int).ravel().tolist() for flag in (1, 0)]


BOXES = np.array([[1, 0.1, 0.2, 0.5, 0.7, 3], [0, 0.4, 0.1, 0.9, 0.95, 4]], np.float32)


def detectors(mx: Any) -> dict[str, Any]:
    I = mx.image
    return {
        "borrow": I.DetBorrowAug(I.ForceResizeAug((8, 6))), "flip": I.DetHorizontalFlipAug(0.5), "crop": I.DetRandomCropAug(),
        "covered": I.DetRandomCropAug(0.6, 1.0, (0.3, 0.9), 0.5, 20), "pad": I.DetRandomPadAug(), "fixed": I.DetRandomPadAug(1.2, 2.5, 9, (1, 2, 3)),
        "select": I.DetRandomSelectAug([I.DetRandomCropAug(), I.DetRandomPadAug()], 0.3), "none": I.DetRandomSelectAug([]),
        "multi": I.CreateMultiRandCropAugmenter([0.1, 0.5], area_range=[(0.1, 1.0), (0.3, 0.8)], skip_prob=0.2),
    }  # fmt: skip


DETECTING = (
    {}, {"resize": 9, "rand_mirror": True}, {"rand_crop": 0.8, "rand_pad": 0.8, "area_range": (0.3, 3.0), "mean": True, "std": True},
    {"rand_crop": 1, "min_object_covered": [0.1, 0.9], "brightness": 0.1, "hue": 0.1, "pca_noise": 0.1, "rand_gray": 0.5, "area_range": (0.3, 0.9)},
)  # fmt: skip


@scenario
def detecting(mx):
    random.seed(13)
    np.random.seed(13)
    found = {}
    for name, augmenter in detectors(mx).items():
        found[name] = [augmenter.dumps()]
        for _ in range(4):
            changed, labels = augmenter(image(mx, 30, 40), BOXES.copy())
            found[name].append([facts(changed), labels.tolist()])
    for number, settings in enumerate(DETECTING):
        made = mx.image.CreateDetAugmenter((3, 12, 16), **settings)
        changed, labels = image(mx, 30, 40), BOXES.copy()
        for augmenter in made:
            changed, labels = augmenter(changed, labels)
        found[str(number)] = [[augmenter.dumps() for augmenter in made], facts(changed), labels.tolist()]
    I = mx.image
    return [found, raised(lambda: I.DetBorrowAug(3)), raised(lambda: I.DetRandomSelectAug([3])), raised(lambda: I.det.DetAugmenter()(1, 2)),
            raised(lambda: I.CreateMultiRandCropAugmenter([1, 2], [1, 2, 3]))]  # fmt: skip


@scenario
def detection_batches(mx):
    place, found = folder(), []
    for count, name in ((5, "a"), (3, "b")):
        writer = mx.recordio.MXRecordIO(str(place / f"{name}.rec"), "w")
        for number in range(count):
            boxes = np.concatenate([BOXES] * (number % 3 + 1))[: number % 4 + 1]
            writer.write(mx.recordio.pack((0, [2, 6, *boxes.ravel()], number, 0), png(drawn(20, 30, seed=number))))
        writer.close()
    random.seed(17)
    Iter, path = mx.image.ImageDetIter, str(place / "a.rec")
    for settings in (
        {},
        {"rand_crop": 0.5, "rand_mirror": True},
        {"last_batch_handle": "discard"},
        {"last_batch_handle": "roll_over"},
    ):
        found.append(passes(Iter(2, (3, 6, 8), path_imgrec=path, **settings)))
    first, second = Iter(2, (3, 6, 8), path_imgrec=path), Iter(2, (3, 6, 8), path_imgrec=str(place / "b.rec"))
    found += [
        first.label_shape,
        second.label_shape,
        first.sync_label_shape(second) is second,
        second.label_shape,
        passes(second, 1),
    ]
    second.reshape((3, 6, 8), (9, 6))
    found += [
        passes(second, 1),
        raised(lambda: second.reshape(None, (1, 6))),
        raised(lambda: second.reshape(None, (9, 7))),
    ]
    write(mx, place / "c.rec", [mx.recordio.pack((0, [2, 6, 1], 0, 0), png(drawn()))])
    return [*found, raised(lambda: Iter(2, (3, 6, 8), path_imgrec=str(place / "c.rec")))]


@scenario
def own_augmentation_of_detection(mx):
    class Mine(mx.image.det.ImageDetIter):
        def augmentation_transform(self, data, label):
            data, label = super().augmentation_transform(data, label)
            return data * 2, label[:1]

    place, label = folder(), [2, 6, *np.concatenate([BOXES] * 2).ravel()]
    write(mx, place / "a.rec", [mx.recordio.pack((0, label, 0, 0), png(drawn(20, 30)))])
    found = [passes(kind(1, (3, 6, 8), path_imgrec=str(place / "a.rec")), 1) for kind in (Mine, mx.image.ImageDetIter)]
    return [*found, mx.image.det.ImageDetIter is mx.image.ImageDetIter]


@scenario
def record_batches(mx):
    record, found = stored(mx)["path_imgrec"], []
    channels = {"mean_r": 10, "mean_g": 20, "mean_b": 30, "std_r": 2, "std_g": 3, "std_b": 4, "scale": 0.5}
    for settings in (
        {}, {"resize": 9}, channels, {"mirror": True}, {"num_parts": 2, "part_index": 1}, {"num_parts": 3}, {"dtype": "uint8"},
        {"rand_mirror": False, "preprocess_threads": 1, "seed": 3},
    ):  # fmt: skip
        iterator = mx.io.ImageRecordIter(path_imgrec=record, data_shape=(3, 6, 8), batch_size=3, **settings)
        for _ in range(2):
            for batch in iterator:
                found.append([batch.pad, batch.label[0].asnumpy().tolist(), facts(batch.data[0])])
            iterator.reset()
        found.append([list(iterator.provide_data[0][1]), list(iterator.provide_label[0][1])])
    shuffled = mx.io.ImageRecordIter(
        path_imgrec=record, data_shape=(3, 6, 8), batch_size=7, shuffle=True, rand_crop=True, rand_mirror=True
    )
    return [*found, sorted(next(shuffled).label[0].asnumpy().tolist())]
