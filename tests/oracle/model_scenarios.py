"""Scenarios of `mx.model` and `mx.monitor`; see `tests.oracle.scenarios`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.oracle.scenarios import Scenarios, raised

SCENARIOS = Scenarios("model")
scenario = SCENARIOS.add


def listed(arrays: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [array.asnumpy().tolist(), array.dtype.__name__, str(array.context)] for name, array in arrays.items()
    }


@scenario
def checkpoints(mx):
    data, kinds = mx.sym.Variable("data"), ("float32", "float16", "int8", "float64")
    net = mx.sym.BatchNorm(
        mx.sym.amp_cast(mx.sym.FullyConnected(data, num_hidden=2, name="fc"), dtype="float16"), name="bn"
    )
    arg = {f"w{number}": mx.nd.array([[number, 2, 3]], dtype=kind) for number, kind in enumerate(kinds)}
    aux = {"bn_moving_mean": mx.nd.ones(2)}
    with tempfile.TemporaryDirectory() as folder:
        prefix = str(Path(folder, "net"))
        found = [mx.model.save_checkpoint(prefix, 3, net, arg, aux)]
        mx.model.save_checkpoint(prefix, 12345, None, {}, {})
        mx.model.save_checkpoint(prefix + "-amp", 0, net, arg, {}, remove_amp_cast=False)
        found.append({path.name: path.read_bytes().hex() for path in Path(folder).iterdir()})
        symbol, arg, aux = mx.model.load_checkpoint(prefix, 3)
        found += [symbol.list_arguments(), symbol.list_outputs(), listed(arg), listed(aux), list(arg)]
        found += [mx.model.load_params(prefix, 12345), listed(mx.model.load_params(prefix, 3)[0])]
        found += [raised(lambda: mx.model.load_params(prefix, 4)), raised(lambda: mx.model.load_checkpoint("x", 3))]
        mx.nd.save(prefix + "-0007.params", {"other:b": mx.nd.ones(1), "arg:q:r": mx.nd.ones(1)})
        found.append([listed(part) for part in mx.model.load_params(prefix, 7)])
        mx.nd.save(prefix + "-0008.params", {"b": mx.nd.ones(1)})
        found.append(raised(lambda: mx.model.load_params(prefix, 8)))
        mx.model.save_checkpoint(prefix, 9, None, {}, {"a": mx.nd.ones(1)})
        return [*found, [listed(part) for part in mx.model.load_params(prefix, 9)]]


@scenario
def batch_end(mx):
    param = mx.model.BatchEndParam(epoch=1, nbatch=2, eval_metric=None, locals={"a": 1})
    return [list(param), param.epoch, param.nbatch, param.eval_metric, param.locals, list(param._fields)]
