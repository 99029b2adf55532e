"""gluon.utils: split_data, split_and_load, clip_global_norm, check_sha1, download's checks."""

from __future__ import annotations

import hashlib

from tests.oracle.gluon_scenarios import counted, folder, ones, scenario, values
from tests.oracle.scenarios import raised


def grid(mx, rows=4, columns=3):
    return mx.nd.arange(rows * columns).reshape((rows, columns))


@scenario
def split_data(mx):
    u, x = mx.gluon.utils, grid(mx)
    return [values(u.split_data(x, 2)), values(u.split_data(x, 3, batch_axis=1)), values(u.split_data(x, 3, even_split=False)),
            values(u.split_data(x, 1)), raised(lambda: u.split_data(x, 3)), raised(lambda: u.split_data(x, 5, even_split=False)),
            values(u.split_data(x, 2, 1, False))]  # fmt: skip


@scenario
def split_and_load(mx):
    u, x = mx.gluon.utils, grid(mx)
    parts = u.split_and_load(x, [mx.cpu(0), mx.cpu(1)])
    return [[values(part), str(part.context)] for part in parts] + [
        values(u.split_and_load(x, [mx.cpu(0)])),
        values(u.split_and_load(x.asnumpy(), [mx.cpu(0), mx.cpu(1)], batch_axis=0)),
        raised(lambda: u.split_and_load(x, [mx.cpu(i) for i in range(3)])),
        values(u.split_and_load(x, [mx.cpu(i) for i in range(3)], even_split=False)),
    ]


@scenario
def split_and_load_lists(mx):
    return values(mx.gluon.utils.split_and_load([[1, 2], [3, 4]], [mx.cpu(0), mx.cpu(1)]))


@scenario
def clip_global_norm(mx):
    u = mx.gluon.utils
    arrays = [ones(mx, 2) * 3, ones(mx, 2) * 4]
    norm = u.clip_global_norm(arrays, 1.0)
    small = [ones(mx, 1)]
    return [round(float(norm), 4), values(arrays), round(float(u.clip_global_norm(small, 5.0)), 4), values(small),
            type(norm).__name__]  # fmt: skip


@scenario
def clip_global_norm_without_check(mx):
    arrays = [ones(mx, 2) * 3]
    norm = mx.gluon.utils.clip_global_norm(arrays, 1.0, check_isfinite=False)
    return [
        type(norm).__name__,
        list(norm.shape),
        values(arrays),
        raised(lambda: mx.gluon.utils.clip_global_norm([], 1)),
    ]


@scenario
def clip_global_norm_warns(mx):
    u = mx.gluon.utils
    return [counted(lambda value=value: u.clip_global_norm([ones(mx, 2) * value], 1.0) and None)[1]
            for value in (float("nan"), float("inf"), 1.0)]  # fmt: skip


@scenario
def check_sha1(mx):
    with folder() as path:
        (path / "f").write_bytes(b"abc")
        good = hashlib.sha1(b"abc").hexdigest()
        check = mx.gluon.utils.check_sha1
        return [
            check(str(path / "f"), good),
            check(str(path / "f"), "0" * 40),
            raised(lambda: check(str(path / "g"), good)),
        ]


@scenario
def download_keeps_good_files(mx):
    with folder() as path:
        (path / "f").write_bytes(b"abc")
        good = hashlib.sha1(b"abc").hexdigest()
        found = mx.gluon.utils.download("http://localhost:9/f", str(path / "f"), sha1_hash=good)
        return [
            found == str(path / "f"),
            raised(lambda: mx.gluon.utils.download("http://localhost:9/f", str(path / "f"), retries=-1)),
        ]


@scenario
def zoo_names(mx):
    get = mx.gluon.model_zoo.vision.get_model
    return [raised(lambda: get("no_such_network")), get("ResNet18_v1", classes=2).name, get("squeezenet1.0").prefix,
            raised(lambda: get("resnet18_v1", nonsense=1)), raised(lambda: mx.gluon.model_zoo.vision.get_resnet(3, 18)),
            raised(lambda: mx.gluon.model_zoo.vision.get_resnet(1, 19))]  # fmt: skip


@scenario
def handles(mx):
    layer = mx.gluon.nn.Dense(1)
    handle = layer.register_forward_hook(lambda *args: None)
    return [type(handle).__name__, handle.detach()]
