"""The model zoo's functions, files and modes. Names, graphs and outputs of all networks: test_gluon_zoo.py."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gluax as mx
from gluax.gluon.model_zoo import model_store, vision
from gluax.gluon.model_zoo.vision import common
from tests.compare import assert_close
from tests.oracle.gluon_cases import draw_parameter


def images(side: int, batch: int = 2) -> mx.nd.NDArray:
    return mx.nd.array(np.random.RandomState(0).uniform(-1, 1, (batch, 3, side, side)))


def filled(net: Any, x: Any) -> Any:
    """With values that do not depend on the prefix."""
    net.infer_shape(x)
    net.initialize()
    for name, parameter in values(net).items():
        parameter.set_data(mx.nd.array(draw_parameter(name, parameter.shape, "float32")))
    return net


def values(net: Any) -> dict[str, Any]:
    return {name.removeprefix(net.prefix): parameter for name, parameter in net.collect_params().items()}


# Small ones of each family, and the side of their images.
SMALL: dict[str, tuple[Callable[..., Any], int]] = {
    "resnet v1": (
        lambda **k: vision.ResNetV1(vision.BasicBlockV1, [1, 2], [8, 16, 32], thumbnail=True, classes=3, **k),
        16,
    ),
    "resnet v2": (lambda **k: vision.ResNetV2(vision.BottleneckV2, [1, 1], [8, 16, 32], classes=3, **k), 32),
    "densenet": (lambda **k: vision.DenseNet(8, 4, [2, 3], dropout=0.5, classes=3, **k), 56),
    "mobilenet": (lambda **k: vision.mobilenet0_25(classes=3, **k), 32),
    "mobilenet v2": (lambda **k: vision.MobileNetV2(0.25, classes=3, **k), 32),
}


def test_every_network_has_its_published_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = []
    monkeypatch.setattr(common, "get_model_file", lambda name, root: wanted.append((name, root)) or name)
    monkeypatch.setattr(mx.gluon.Block, "load_parameters", lambda net, name, ctx: wanted.append((name, ctx)))
    for name in model_store._model_sha1:
        wanted.clear()
        vision.get_model(name.upper(), pretrained=True, root="there", ctx=mx.cpu(1))
        assert wanted == [(name, "there"), (name, mx.cpu(1))]
    assert set(vision._models) == set(model_store._model_sha1)


@pytest.mark.parametrize(
    ("build", "kind", "message"),
    [
        (lambda: vision.get_model("resnet"), ValueError, "Model resnet is not supported(.|\n)*squeezenet1.1"),
        (lambda: vision.get_resnet(3, 18), AssertionError, "Invalid resnet version: 3"),
        (lambda: vision.get_resnet(1, 19), AssertionError, "Invalid number of layers: 19"),
        (lambda: vision.get_vgg(12), KeyError, "12"),
        (lambda: vision.get_model("alexnet", size=3), TypeError, "size"),
        (lambda: vision.get_model("resnet18_v1", size=3), TypeError, "size"),
        (lambda: vision.squeezenet1_0(version="1.1"), TypeError, "version"),
        (lambda: vision.SqueezeNet("1.2"), AssertionError, "Unsupported SqueezeNet version 1.2"),
        (lambda: vision.VGG([1], [2, 3]), AssertionError, "differ in length"),
        (lambda: vision.ResNetV1(vision.BasicBlockV1, [1], [2]), AssertionError, "one more"),
        (lambda: vision.get_mobilenet(0.3, pretrained=True), ValueError, "Pretrained model for mobilenet0.3"),
    ],
)
def test_refused(build: Callable[[], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        build()


def test_arguments_of_blocks() -> None:
    net = vision.alexnet(prefix="my_", classes=7)
    assert net.output.name == "my_dense2"
    assert net.output.weight.shape == (7, 0)
    shared = vision.alexnet(prefix="my_", classes=7, params=net.collect_params())
    assert shared.collect_params()["my_conv0_weight"] is net.features[0].weight


@pytest.mark.parametrize("style", ["structural", "stripped", "named", "exported"])
@pytest.mark.parametrize("family", SMALL)
def test_files(family: str, style: str, tmp_path: Path) -> None:
    build, side = SMALL[family]
    x = images(side)
    net = filled(build(prefix="net_"), x)
    file, other = str(tmp_path / "net-0000.params"), build(prefix="net_")
    if style in ("structural", "stripped"):
        net.save_parameters(file) if style == "structural" else net.collect_params().save(file, strip_prefix="net_")
        other = build()  # of another prefix
        other.load_parameters(file, ctx=mx.cpu())
    else:
        if style == "named":
            net.collect_params().save(file)
        else:
            net.hybridize()
            net(x)
            net.export(str(tmp_path / "net"))
        other.collect_params().load(file, ctx=mx.cpu())
    loaded = values(other)
    assert list(loaded) == list(values(net))
    for name, parameter in values(net).items():
        np.testing.assert_array_equal(loaded[name].data().asnumpy(), parameter.data().asnumpy())


@pytest.mark.parametrize("family", ["resnet v1", "resnet v2", "densenet", "mobilenet v2"])
def test_modes(family: str) -> None:
    build, side = SMALL[family]
    x = images(side)
    net = filled(build(), x)
    wanted = net(x).asnumpy()
    assert wanted.shape == (2, 3)
    for flags in ({}, {"static_alloc": True}, {"static_alloc": True, "static_shape": True}):
        net.hybridize(**flags)
        for _ in range(2):
            assert_close(net(x).asnumpy(), wanted, name=f"{family} {flags}", rtol=5e-5)


def test_pretrained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x = images(32)
    net = filled(vision.mobilenet0_25(classes=3), x)
    net.save_parameters(str(tmp_path / "file"))
    digest = hashlib.sha1((tmp_path / "file").read_bytes()).hexdigest()
    monkeypatch.setitem(model_store._model_sha1, "mobilenet0.25", digest)
    monkeypatch.setenv("MXNET_HOME", str(tmp_path))
    monkeypatch.setenv("MXNET_GLUON_REPO", "nowhere")
    with pytest.raises(OSError, match=f"mobilenet0.25-{digest[:8]}.params"):
        vision.get_model("mobilenet0.25", classes=3, pretrained=True)
    shutil.move(tmp_path / "file", tmp_path / "models" / f"mobilenet0.25-{digest[:8]}.params")
    ctx = [mx.cpu(0), mx.cpu(1)]
    found = vision.get_model("mobilenet0.25", classes=3, pretrained=True, ctx=ctx)
    assert all(parameter.list_ctx() == ctx for parameter in found.collect_params().values())
    for place in ctx:
        for name, parameter in values(net).items():
            np.testing.assert_array_equal(values(found)[name].data(place).asnumpy(), parameter.data().asnumpy())
    with pytest.raises(AssertionError, match="shape"):
        vision.get_model("mobilenet0.25", pretrained=True)
