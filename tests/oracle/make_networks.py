"""Small whole networks, exported and run by real MXNet 1.9.1 (``nox -s oracle`` makes the environment):

    python -m tests.oracle.make_networks [name ...]

For each builder in tests/oracle/networks this writes tests/golden/networks/<name>/ with model-symbol.json,
model-0000.params and golden.npz: ``in:<name>`` and, in head order, ``out:NN`` (inference). For networks with
gradients also a training step: ``head:NN`` (the gradients that go in), ``train:NN`` (the outputs), ``grad:<name>`` and
``aux:<name>`` (the new auxiliary states).
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import zlib
from pathlib import Path
from typing import Any

os.environ.setdefault("MXNET_STORAGE_FALLBACK_LOG_VERBOSE", "0")
# MXNet would fuse operators when it binds, and its fused sum overwrites shortcuts that others still read.
os.environ["MXNET_SUBGRAPH_BACKEND"] = "NONE"

import mxnet as mx
import numpy as np

from tests.oracle.networks import NETWORKS, Builder, Built

SUBJECTS = ("vision", "sequence", "special")
GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "networks"


def draw_parameter(random: np.random.RandomState, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Values that keep signals at their size: by fan-in, and around one for scales and variances."""
    if name.endswith(("gamma", "var")):
        return random.uniform(0.5, 1.5, shape).astype("float32")
    scale = 0.3 if len(shape) < 2 else np.sqrt(3 / np.prod(shape[1:]))
    return random.uniform(-scale, scale, shape).astype("float32")


def draw_input(random: np.random.RandomState, value: Any) -> np.ndarray:
    """Multiples of 1/64: they fill the range and make small files."""
    return (random.randint(-64, 64, value) / 64).astype("float32") if isinstance(value, tuple) else value


def export(folder: Path, built: Built, inputs: dict[str, np.ndarray], random: np.random.RandomState) -> None:
    """Write the files with MXNet's own functions."""
    if isinstance(built.net, mx.sym.Symbol):
        save_symbol(folder, built, inputs, random)
    else:
        export_block(folder, built.net, list(inputs.values()), random)
    if built.rewrite is not None:
        path = folder / "model-symbol.json"
        path.write_text(json.dumps(built.rewrite(json.loads(path.read_text())), indent=2) + "\n")


def save_symbol(folder: Path, built: Built, inputs: dict[str, np.ndarray], random: np.random.RandomState) -> None:
    symbol, params = built.net, built.params
    if params is None:
        names = {f"arg:{n}": n for n in symbol.list_arguments() if n not in inputs}
        names.update({f"aux:{n}": n for n in symbol.list_auxiliary_states()})
        shapes = infer(symbol, symbol.infer_shape, {name: array.shape for name, array in inputs.items()})
        types = infer(symbol, symbol.infer_type, {name: array.dtype for name, array in inputs.items()})
        params = {
            key: mx.nd.array(draw_parameter(random, name, shapes[name]), dtype=types[name])
            for key, name in names.items()
        }
    made = {n: mx.nd.array(draw_parameter(random, n, v)) if isinstance(v, tuple) else v for n, v in params.items()}
    symbol.save(str(folder / "model-symbol.json"))
    mx.nd.save(str(folder / "model-0000.params"), made)


def infer(symbol: Any, function: Any, known: dict[str, Any]) -> dict[str, Any]:
    """Shapes or types by name."""
    arguments, _, states = function(**known)
    return {**dict(zip(symbol.list_arguments(), arguments)), **dict(zip(symbol.list_auxiliary_states(), states))}


def export_block(folder: Path, net: Any, inputs: list[np.ndarray], random: np.random.RandomState) -> None:
    array = mx.np.array if mx.util.is_np_array() else mx.nd.array
    given = [array(value, dtype=value.dtype) for value in inputs]
    net.initialize()
    net(*given)  # lets the parameters take their shapes
    for name, parameter in sorted(net.collect_params().items()):
        parameter.set_data(array(draw_parameter(random, name, parameter.shape), dtype=parameter.dtype))
    net.hybridize()
    net(*given)
    net.export(str(folder / "model"))


def run(folder: Path, inputs: dict[str, np.ndarray], random: np.random.RandomState, built: Built) -> dict[str, Any]:
    """Load the files again and run them: what is compared is what the files say."""
    text = (folder / "model-symbol.json").read_text()
    symbol = mx.sym.load_json(text if built.runnable is None else json.dumps(built.runnable(json.loads(text))))
    values = {name[4:]: value for name, value in mx.nd.load(str(folder / "model-0000.params")).items()}
    values.update({name: mx.nd.array(array, dtype=array.dtype) for name, array in inputs.items()})
    args = {name: values[name] for name in symbol.list_arguments()}
    aux = {name: values[name] for name in symbol.list_auxiliary_states()}
    executor = symbol.bind(mx.cpu(), args, grad_req="null", aux_states=aux)
    found = {f"out:{index:02}": output.asnumpy() for index, output in enumerate(executor.forward(is_train=False))}
    if not built.gradients:
        return found
    grads = {name: mx.nd.zeros(value.shape) for name, value in args.items() if value.dtype == np.float32}
    requests = {name: "write" if name in grads else "null" for name in args}
    executor = symbol.bind(mx.cpu(), args, args_grad=grads, grad_req=requests, aux_states=aux)
    outputs = executor.forward(is_train=True)
    heads = [random.uniform(-1, 1, output.shape).astype("float32") for output in outputs]
    found.update({f"train:{index:02}": output.asnumpy() for index, output in enumerate(outputs)})
    executor.backward([mx.nd.array(head) for head in heads])
    found.update({f"head:{index:02}": head for index, head in enumerate(heads)})
    found.update({f"grad:{name}": value.asnumpy() for name, value in grads.items()})
    return found | {f"aux:{name}": value.asnumpy() for name, value in aux.items()}


def write(name: str, builder: Builder) -> None:
    """Build, export, run and store one network."""
    random = np.random.RandomState(zlib.crc32(name.encode()))
    mx.random.seed(0)
    mx.attribute.AttrScope._subgraph_names.clear()
    folder = GOLDEN / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    mx.util.set_np_shape(builder.numpy)
    with mx.name.NameManager(), mx.util.np_array(builder.numpy):
        built = builder.build()
        inputs = {key: draw_input(random, value) for key, value in built.inputs.items()}
        export(folder, built, inputs, random)
    found = {f"in:{key}": value for key, value in inputs.items()} | run(folder, inputs, random, built)
    np.savez_compressed(folder / "golden.npz", **found)
    size = sum(path.stat().st_size for path in folder.iterdir())
    shapes = ", ".join(f"{key}{value.shape}" for key, value in found.items() if key.startswith("out"))
    print(f"{name}: {size / 1000:.0f} kB; {shapes}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    for subject in SUBJECTS:
        importlib.import_module(f"tests.oracle.networks.{subject}")
    for name in parser.parse_args().names or NETWORKS:
        write(name, NETWORKS[name])


if __name__ == "__main__":
    main()
