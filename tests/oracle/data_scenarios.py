"""Scenarios of `mx.io`; see `tests.oracle.scenarios`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("data")
scenario = SCENARIOS.add


def facts(value: Any) -> Any:
    """Arrays as text with dtype, shape and numbers; lists and tuples as such."""
    if hasattr(value, "layout"):
        return f"{value!r} {np.dtype(value.dtype)} {value.layout}"
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *map(facts, value)]
    if hasattr(value, "asnumpy"):
        return "NDArray " + facts(value.asnumpy())
    if isinstance(value, (np.ndarray, np.generic)):
        return f"{value.dtype} {list(value.shape)} {value.ravel().tolist()}"
    return value


def epoch(iterator: Any) -> list[Any]:
    """What the batches of an iterator hold."""
    return [[facts(batch.data), facts(batch.label), batch.pad, facts(batch.index)] for batch in iterator]


def epochs(iterator: Any, count: int = 3) -> list[Any]:
    found = [facts(iterator.provide_data), facts(iterator.provide_label), iterator.batch_size]
    for _ in range(count):
        found.append(epoch(iterator))
        iterator.reset()
    return found


@scenario
def descriptions(mx):
    D = mx.io.DataDesc
    a = D("data", (2, 3), "int32", "NTC")
    return [
        facts(a), list(a), a == ("data", (2, 3)), a[0], a.shape, facts(D("x", (1,))),
        facts(D.get_list([("a", (1, 2)), ("b", (3,))], None)),
        facts(D.get_list((("a", (1, 2)), ("b", (3,))), [("b", "int32"), ("a", "uint8")])),
        [D.get_batch_axis(layout) for layout in (None, "NCHW", "TNC", "CHW", "")],
        raised(lambda: D.get_list([("a", (1,))], [("b", "int8")])),
    ]  # fmt: skip


@scenario
def batches(mx):
    B, ones = mx.io.DataBatch, mx.nd.ones((2, 3))
    full = B([ones], [ones, ones], 1, np.array([2]), 3, "d", "l")
    return [
        str(full), str(B([ones])), full.pad, full.bucket_key, full.provide_data, full.provide_label, B(None).data,
        raised(lambda: B(ones)), raised(lambda: B([ones], ones)), str(B((ones,), [])),
    ]  # fmt: skip


@scenario
def base_iterator(mx):
    base = mx.io.DataIter()
    return [base.batch_size, base.reset(), bool(base.iter_next()), base.getdata(), base.getlabel(), base.getindex(),
            base.getpad(), raised(base.next), iter(base) is base, list(mx.io.DataIter(3))]  # fmt: skip


@scenario
def last_batches(mx):
    found = []
    for how in ("pad", "discard", "roll_over"):
        for count, size in ((10, 3), (9, 3), (2, 7), (3, 8), (5, 5)):
            data = np.arange(count * 2).reshape(count, 2)
            iterator = mx.io.NDArrayIter(data, np.arange(count), size, last_batch_handle=how)
            found += [[how, count, size], *epochs(iterator, 1)]
            if how == "roll_over" and size > count:
                found.append(raised(iterator.next))
            else:
                found += epochs(iterator, 2)
    return found


@scenario
def roll_over_and_hard_reset(mx):
    iterator = mx.io.NDArrayIter(np.arange(5), batch_size=2, last_batch_handle="roll_over")
    found = [epoch(iterator), raised(iterator.next), iterator.cursor]
    iterator = mx.io.NDArrayIter(np.arange(5), None, 2, last_batch_handle="roll_over")
    found += [epoch(iterator)]
    iterator.reset()
    found += [iterator.iter_next(), iterator.cursor, iterator.getpad(), facts(iterator.getdata()), iterator.getlabel()]
    iterator.hard_reset()
    return [*found, *epochs(iterator)]


@scenario
def shuffled(mx):
    found = []
    for how in ("pad", "roll_over"):
        np.random.seed(4)
        data = {"b": np.arange(7), "a": mx.nd.arange(14, dtype="int32").reshape((7, 2))}
        iterator = mx.io.NDArrayIter(data, [np.arange(7), np.arange(7) * 2], 3, True, how)
        found += [*epochs(iterator), facts(iterator.idx), [name for name, _ in iterator.data + iterator.label]]
    return found


@scenario
def sources(mx):
    N, two = mx.io.NDArrayIter, np.arange(8).reshape(4, 2)
    integers = mx.nd.array(two, dtype="int32")
    made = [
        N(two, two[:, 0], 2, data_name="x", label_name="y"), N([two, two * 2], [two], 2), N({"z": two, "a": integers}, {"l": two}, 2),
        N(integers, batch_size=2), N([[1, 2, 3, 4]], [[[5], [6], [7], [8]], [4, 3, 2, 1]], 2), N(two.astype("float16"), batch_size=2),
        N(two.reshape(2, 4), two.reshape(2, 4), 2, layout="TN"), N(two, layout="NC"),
    ]  # fmt: skip
    found = [epochs(iterator, 1) for iterator in made]
    found += [
        raised(lambda s=source: N(s))
        for source in (None, [], 3, np.float32(3), "ab", (two,), {"a": "text"}, {"a": object()})
    ]
    return found


@scenario
def by_hand(mx):
    iterator = mx.io.NDArrayIter(np.arange(5), np.arange(5) * 2, 2)
    found = []
    while iterator.iter_next():
        found += [facts(iterator.getdata()), facts(iterator.getlabel()), iterator.getpad(), iterator.getindex()]
    found += [raised(iterator.getdata), raised(iterator.next), iterator.num_data, iterator.cursor]
    values = mx.nd.arange(4)
    batch = next(mx.io.NDArrayIter(values, batch_size=2))
    batch.data[0][:] = 7
    return [*found, facts(values)]


@scenario
def resized(mx):
    def make():
        return mx.io.NDArrayIter(np.arange(6), np.arange(6), 2)

    found = [epochs(mx.io.ResizeIter(make(), size), 2) for size in (2, 5)]
    found += [epochs(mx.io.ResizeIter(make(), 2, reset_internal=False))]
    iterator = mx.io.ResizeIter(make(), 1)
    found += [
        iterator.iter_next(),
        facts(iterator.getdata()),
        facts(iterator.getlabel()),
        iterator.getpad(),
        iterator.getindex(),
    ]
    return [*found, iterator.iter_next(), iterator.cur, iterator.size]


@scenario
def prefetched(mx):
    def make(name, count=5):
        return mx.io.NDArrayIter({name: np.arange(count)}, {name + "_label": np.arange(count)}, 2)

    P = mx.io.PrefetchingIter
    found = [epochs(P(make("a"))), epochs(P([make("a"), make("b")]))]
    renamed = P([make("a"), make("a")], [{"a": "x"}, {"a": "y"}], [{"a_label": "l"}, {"a_label": "m"}])
    found += [epochs(renamed, 1), raised(lambda: P([]))]
    batch = next(P(make("a")))
    return [*found, facts(batch.provide_data), facts(batch.provide_label),
            raised(lambda: list(P([make("a", 4), make("b", 3)])))]  # fmt: skip


@scenario
def csv_files(mx):
    with tempfile.TemporaryDirectory() as folder:
        path, label, two = (str(Path(folder, name)) for name in ("d.csv", "l.csv", "two.csv"))
        Path(path).write_text("".join(f"{i},{i + 0.5},-{i},1e{i}\n" for i in range(5)))
        Path(label).write_text("0\n1\n2\n3\n4\n")
        Path(two).write_text("".join(f"{i},{-i}\n" for i in range(5)))
        more = [
            {}, {"round_batch": False}, {"label_csv": label}, {"label_csv": two, "label_shape": (2,), "batch_size": 4},
            {"data_csv": two, "data_shape": (2,), "dtype": "int32"}, {"data_csv": two, "data_shape": (1, 2), "dtype": "int64"},
            {"batch_size": 5}, {"data_shape": (2, 2), "data_name": "x", "label_name": "y"}, {"round_batch": False, "batch_size": 4},
        ]  # fmt: skip
        first = {"data_csv": path, "data_shape": (4,), "batch_size": 3}
        found = [epochs(mx.io.CSVIter(**{**first, **kwargs})) for kwargs in more]
        wrong = [{"dtype": "float64"}, {"data_shape": (3,)}, {"data_csv": path + "x"}]
        return [*found, *(raised(lambda w=w: mx.io.CSVIter(**{**first, **w})) for w in wrong)]


@scenario
def mnist_files(mx):
    pixels = np.random.RandomState(0).randint(0, 256, (7, 3, 2)).astype(np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        image, label = Path(folder, "image"), Path(folder, "label")
        image.write_bytes(np.array([2051, 7, 3, 2], ">i4").tobytes() + pixels.tobytes())
        label.write_bytes(np.array([2049, 7], ">i4").tobytes() + bytes(range(7)))
        first = {"image": str(image), "label": str(label), "batch_size": 3, "shuffle": False, "silent": True}
        more = (
            {},
            {"flat": True},
            {"num_parts": 2, "part_index": 1, "batch_size": 2},
            {"num_parts": 3, "part_index": 1, "batch_size": 1},
        )
        return [epochs(mx.io.MNISTIter(**{**first, **kwargs}), 2) for kwargs in more]
