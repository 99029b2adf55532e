"""What gluax writes, read and run by real MXNet 1.9.1. Two halves, in two environments:

    python -m tests.oracle.check_exports write FOLDER      (gluax)
    python -m tests.oracle.check_exports compare FOLDER    (MXNet)

The first half loads every network and graph of tests/golden, builds the symbols of `tests.oracle.built_symbols` and the
blocks of `tests.oracle.gluon_cases`, and exports; it saves their JSON and parameters and what gluax computes. So it does
with a model of the JAX door after a training step with a new head. The second half imports the files and compares.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.compare import assert_close

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
FILES = ("model-symbol.json", "model-0000.params")
# As in tests/test_networks.py, with the reasons.
TOLERANCE = {"networks/half_precision": 2e-3, "networks/quantized": 1 / 127}
# Of the zoo some, small and of each make.
ZOO = ("resnet18_v2", "mobilenetv2_0.25", "squeezenet1.1", "densenet121")


Arrays = dict[str, np.ndarray]


class Failures:
    """Notes what fails and goes on; `finish` ends the program if anything did."""

    def __init__(self) -> None:
        self.names: list[str] = []

    @contextmanager
    def noted(self, name: str) -> Iterator[None]:
        try:
            yield
        except Exception:
            self.names.append(name)
            print(f"{name}: {traceback.format_exc()}", file=sys.stderr)

    def finish(self) -> None:
        if self.names:
            sys.exit(f"{len(self.names)} exports failed: {', '.join(self.names)}")


def write(folder: Path) -> None:
    """The half of gluax."""
    from tests.oracle.built_symbols import SYMBOLS

    recorded = sorted(GOLDEN.glob("networks/*/golden.npz")) + sorted(GOLDEN.glob("graphs/*/golden.npz"))
    works = {str(path.parent.relative_to(GOLDEN)): lambda path=path: _recorded(path) for path in recorded}
    works.update({f"built/{name}": lambda name=name: _built(name) for name in SYMBOLS})
    works["quantized/without_bias"] = _quantized
    failures = Failures()
    for name, make in works.items():
        with failures.noted(name):
            _export(folder / name, *make())
    with failures.noted("models/tuned"):
        _save_tuned(folder / "models" / "tuned")
    for case in _gluon_cases():
        with failures.noted(case.name):
            _export_block(folder / "gluon" / case.name.replace("/", "-"), case)
    failures.finish()


def _gluon_cases() -> list[Any]:
    """The blocks that export."""
    from tests.oracle.gluon_cases import LAYERS, load

    zoo = load(("zoo",))
    cases = [*load(LAYERS).values(), *(zoo[f"zoo/{name}"] for name in ZOO)]
    return [case for case in cases if case.hybrid and case.export]


def _export_block(folder: Path, case: Any) -> None:
    """What gluax's own `export` writes, with the inputs by name and the outputs."""
    import gluax
    from tests.oracle.gluon_run import fed, observe

    folder.mkdir(parents=True)
    found: Arrays = {}

    def keep(block: Any, arguments: list[Any], seen: Any) -> None:
        inputs = fed(block, seen.facts["export"], arguments)
        found.update({f"in:{name}": value.asnumpy() for name, value in inputs.items()})
        found.update({f"out:{index:02}": value for index, value in enumerate(seen.hybridized)})

    observe(gluax, case, folder, then=keep)
    np.savez(folder / "gluax.npz", **found)


def _save_tuned(folder: Path) -> None:
    """What `Model.save` writes of a network with a new head, after one step down the gradient."""
    import jax

    import gluax

    folder.mkdir(parents=True)
    demo = Path(gluax.__file__).with_name("demo")
    model = gluax.load(demo / "digits-symbol.json", demo / "digits-0000.params")
    inner = model.symbol.get_internals()["digits_dropout0_fwd_output"]
    random = np.random.RandomState(0)
    data, weight, bias = (random.uniform(-1, 1, s).astype("float32") for s in ((4, 1, 8, 8), (3, 128), (3,)))
    head = {"head_weight": weight, "head_bias": bias}
    model = model.with_outputs(gluax.sym.FullyConnected(inner, num_hidden=3, name="head"), params=head)

    def loss(params: Any) -> Any:
        out, after = model.apply_train({**model.variables, "params": params}, data, rng=jax.random.key(0))
        return (out**2).mean(), after["aux"]

    slopes, aux = jax.jit(jax.grad(loss, has_aux=True))(model.variables["params"])
    params = jax.tree.map(lambda value, slope: value - 0.1 * slope, model.variables["params"], slopes)
    variables = {"params": params, "aux": aux}
    model.save(folder / "model", variables)
    np.savez(folder / "gluax.npz", **{"in:data": data, "out:00": np.asarray(model.apply(variables, data))})


def _recorded(path: Path) -> tuple[Any, Arrays, Arrays]:
    """Symbol, inputs and parameters of a golden folder."""
    import gluax
    from gluax.lowering.parameters import read_named
    from tests.goldens import named, read_npz

    symbol = gluax.sym.load(str(path.with_name(FILES[0])))
    return symbol, named(read_npz(path), "in"), read_named(path.with_name(FILES[1]))


def _built(name: str) -> tuple[Any, Arrays, Arrays]:
    """Symbol, inputs and parameters of a builder."""
    from tests.oracle.built_symbols import SYMBOLS, arrays_for

    symbol, inputs = SYMBOLS[name]()
    return symbol, *arrays_for(name, symbol, inputs)


def _quantized() -> tuple[Any, Arrays, Arrays]:
    """A network that gluax quantized, of what MXNet can run on CPU: convolutions of uint8 data without a bias."""
    import gluax
    from gluax.contrib.quantization import quantize_model

    def layer(data: Any, name: str, filters: int) -> Any:
        out = gluax.sym.Convolution(data, name=name, num_filter=filters, kernel=(3, 3), pad=(1, 1), no_bias=True)
        return gluax.sym.Activation(out, act_type="relu")

    pooled = gluax.sym.Pooling(layer(gluax.sym.var("data"), "a", 8), kernel=(2, 2), stride=(2, 2), pool_type="max")
    joined = gluax.sym.concat(layer(pooled, "b", 8), layer(pooled, "c", 4), dim=1)
    mean = gluax.sym.Pooling(layer(joined, "d", 8), kernel=(1, 1), global_pool=True, pool_type="avg")
    symbol = gluax.sym.FullyConnected(gluax.sym.flatten(mean), name="e", num_hidden=5)
    random = np.random.default_rng(0)
    inputs = {"data": random.random((4, 3, 8, 8), "float32")}
    shapes = dict(zip(symbol.list_arguments(), symbol.infer_shape(data=(4, 3, 8, 8))[0]))
    params = {name: random.normal(0, 0.2, shape).astype("float32") for name, shape in shapes.items() if name != "data"}
    found, params, _ = quantize_model(symbol, params, {}, calib_mode="naive", calib_data=inputs, quantized_dtype="auto")
    return found, inputs, {name: array.asnumpy() for name, array in params.items()}


def _export(folder: Path, symbol: Any, inputs: Arrays, params: Arrays) -> None:
    import gluax
    from gluax.ir.np_shape import np_shape
    from gluax.ir.params_writer import write_params

    folder.mkdir(parents=True)
    numpy = bool(symbol.graph.meta.get("is_np_shape"))
    aux = set(symbol.list_auxiliary_states())
    with np_shape(numpy):
        symbol.save(folder / FILES[0])
    stored = {f"{'aux' if name in aux else 'arg'}:{name}": array for name, array in params.items()}
    write_params(folder / FILES[1], stored, numpy_shape=numpy)
    block = gluax.gluon.SymbolBlock.imports(folder / FILES[0], list(inputs), folder / FILES[1])
    block.hybridize()
    outputs = block(*inputs.values())
    found = {
        f"out:{i:02}": np.asarray(out) for i, out in enumerate(outputs if isinstance(outputs, list) else [outputs])
    }
    np.savez(folder / "gluax.npz", **{f"in:{name}": value for name, value in inputs.items()}, **found)


def compare(folder: Path) -> None:
    """The half of MXNet."""
    worst: dict[str, float] = {}
    failures = Failures()
    for path in sorted(folder.glob("*/*/gluax.npz")):
        name = str(path.parent.relative_to(folder))
        with failures.noted(name), np.load(path) as file:
            worst[name] = _compare_one(name, path.parent, dict(file))
    for name, error in sorted(worst.items(), key=lambda item: -item[1])[:10]:
        print(f"{error:.2e} of the largest magnitude: {name}")
    failures.finish()
    print(f"{len(worst)} exports of gluax agree in MXNet")


def _compare_one(name: str, folder: Path, arrays: Arrays) -> float:
    outputs = _run_mxnet(name, folder, {key[3:]: value for key, value in arrays.items() if key.startswith("in:")})
    expected = [arrays[key] for key in sorted(arrays) if key.startswith("out:")]
    assert len(outputs) == len(expected), f"{len(outputs)} outputs, expected {len(expected)}"
    errors, tolerance = [0.0], TOLERANCE.get(name, _gluon_tolerances().get(name))
    for index, (theirs, ours) in enumerate(zip(outputs, expected)):
        if "_while_loop" in (folder / FILES[0]).read_text():
            # MXNet leaves whatever was in memory behind the last iteration; gluax leaves zeros.
            theirs = np.where(_rows_of_zeros(ours), np.zeros_like(theirs), theirs)
        assert_close(ours, theirs, name=f"output {index}", rtol=tolerance)
        magnitude = float(np.max(np.abs(theirs), initial=0.0))
        errors.append(float(np.max(np.abs(ours - theirs), initial=0.0)) / magnitude if magnitude else 0.0)
    return max(errors)


@cache
def _gluon_tolerances() -> dict[str, float | None]:
    return {f"gluon/{case.name.replace('/', '-')}": case.rtol for case in _gluon_cases()}


def _rows_of_zeros(array: np.ndarray) -> np.ndarray:
    return np.all(array == 0, axis=tuple(range(1, array.ndim)), keepdims=True)


def _run_mxnet(name: str, folder: Path, inputs: Arrays) -> list[np.ndarray]:
    import mxnet as mx

    from tests.oracle.networks.special import with_single_products

    path = folder / FILES[0]
    graph = json.loads(path.read_text())
    if name == "networks/half_precision":
        path = folder / "runnable-symbol.json"
        path.write_text(json.dumps(with_single_products(graph)))
    numpy = "is_np_shape" in graph["attrs"]
    mx.util.set_np_shape(numpy)
    with mx.util.np_array(numpy):
        array = mx.np.array if numpy else mx.nd.array
        block = mx.gluon.SymbolBlock.imports(str(path), list(inputs), str(folder / FILES[1]))
        outputs = block(*[array(value, dtype=value.dtype) for value in inputs.values()])
    return [output.asnumpy() for output in (outputs if isinstance(outputs, list) else [outputs])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("half", choices=["write", "compare"])
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    {"write": write, "compare": compare}[options.half](options.folder)


if __name__ == "__main__":
    main()
