"""ONNX files, compared in ONNX Runtime where the extra is installed; the forms that are undone for them, always."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import jax
import numpy as np
import pytest

import gluax
from gluax import errors
from gluax.onnx_export import in_simple_forms
from tests.goldens import load_model
from tests.networks import digits_model, pictures, slashed_model
from tests.test_networks import load_golden

needs_converter = pytest.mark.skipif(find_spec("jax2onnx") is None, reason="needs gluax[onnx]")


def test_choices_by_platform_and_reversed_scans_are_undone() -> None:
    golden, _ = load_golden("gru_bidirectional")
    for model, inputs in ((digits_model(), [pictures()]), (load_model(golden), list(golden.inputs.values()))):

        def apply(*arrays, model=model):
            return model.apply(model.variables, *arrays)

        simple = in_simple_forms(apply)
        text = str(jax.make_jaxpr(simple)(*inputs))
        assert "platform_index" not in text
        assert "reverse=True" not in text
        found, expected = jax.jit(simple)(*inputs), jax.jit(apply)(*inputs)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5), found, expected)


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax2onnx", None)
    with pytest.raises(errors.MissingExtraError, match=r"pip install 'gluax\[onnx\]'"):
        gluax.save_onnx(tmp_path / "x.onnx", slashed_model(), {"data": (1, 3)})


@needs_converter
@pytest.mark.filterwarnings("default")  # the converter's own
def test_onnx_runtime_agrees(tmp_path: Path) -> None:
    import onnxruntime

    model, path = digits_model(), tmp_path / "digits.onnx"
    gluax.save_onnx(path, model, {"data": ("batch", 1, 8, 8)})
    session = onnxruntime.InferenceSession(path)
    assert [value.name for value in session.get_inputs()] == ["data"]
    assert [value.name for value in session.get_outputs()] == model.symbol.list_outputs()
    for count in (1, 4):
        (found,) = session.run(None, {"data": pictures(count)})
        np.testing.assert_allclose(found, model.apply(model.variables, pictures(count)), rtol=1e-5, atol=1e-5)
