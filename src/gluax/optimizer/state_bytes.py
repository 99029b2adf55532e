"""Optimizers' states as bytes, without pickle: an .npz file of the arrays, and JSON that says where they belong.

The JSON is one more array, of bytes, named ``states``: ``{"states": ..., "optimizer": null | {"class", "attributes"},
"scheduler": null | {...}}``. In it numbers, texts and None stand for themselves; all else is an object with one key:
``{"array": name}``, ``{"tuple": [...]}``, ``{"list": [...]}``, ``{"dict": [[key, value], ...]}``.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np

from gluax import lr_scheduler
from gluax.errors import ArgumentError, ModelFormatError
from gluax.ir.params_npz import is_zip, read_npz
from gluax.ir.params_writer import add_array
from gluax.ndarray import array
from gluax.ndarray.handle import Handle
from gluax.optimizer.base import Optimizer

_KEPT_OUT = ("param_dict", "sym_info", "lr_scheduler", "_index_update_count")
_SOURCE = "optimizer states"


def pack(states: dict[Any, Any], optimizer: Optimizer | None) -> bytes:
    """The states, and the numbers of the optimizer and its scheduler if it is given; see `Updater.get_states`."""
    arrays: dict[str, np.ndarray] = {}
    scheduler = None if optimizer is None else optimizer.lr_scheduler
    described = {
        "states": _encode(states, arrays),
        "optimizer": _describe(optimizer, arrays),
        "scheduler": _describe(scheduler, arrays),
    }
    text = np.frombuffer(json.dumps(described).encode(), np.uint8)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, values in {"states": text, **arrays}.items():
            add_array(archive, name, values)
    return stream.getvalue()


def unpack(data: bytes, optimizer: Optimizer) -> dict[Any, Any]:
    """The states; an optimizer and a scheduler that are there too are written into `optimizer`."""
    if not is_zip(memoryview(data)):
        kind = "a pickle, as MXNet writes them, which gluax never loads" if data[:1] == b"\x80" else "of another kind"
        raise ModelFormatError(f"{_SOURCE}: not what gluax's get_states or save_states writes, but {kind}")
    arrays = read_npz(memoryview(data), _SOURCE, 2 * len(data))
    try:
        described = json.loads(arrays["states"].tobytes())
        states = _decode(described["states"], arrays)
        own, schedule = (_decode(described[name], arrays) or {} for name in ("optimizer", "scheduler"))
        if not isinstance(states, dict):
            raise ValueError("the states are not a dict")
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ModelFormatError(f"{_SOURCE}: a description that cannot be understood: {error}") from None
    if own:
        _restore(optimizer, own, schedule)
    return states


def _describe(thing: Any, arrays: dict[str, np.ndarray]) -> Any:
    """The class and those attributes that are data; a user's own objects stay out."""
    if thing is None:
        return None
    attributes = {}
    for name, value in vars(thing).items():
        if name not in _KEPT_OUT:
            try:
                attributes[name] = _encode(value, arrays)
            except ArgumentError:
                continue
    return {"dict": [["class", type(thing).__name__], ["attributes", {"dict": list(attributes.items())}]]}


def _restore(optimizer: Optimizer, own: dict[str, Any], schedule: dict[str, Any]) -> None:
    if own["class"] != type(optimizer).__name__:
        raise ModelFormatError(f"{_SOURCE}: they are of {own['class']}, and this is {type(optimizer).__name__}")
    scheduler = optimizer.lr_scheduler
    if not schedule:
        scheduler = None
    elif schedule["class"] != type(scheduler).__name__:
        if schedule["class"] not in lr_scheduler.__all__:
            raise ModelFormatError(
                f"{_SOURCE}: their learning rates come from {schedule['class']}, which gluax does not know; give the "
                "optimizer one before"
            )
        scheduler = object.__new__(getattr(lr_scheduler, schedule["class"]))
    if scheduler is not None:
        vars(scheduler).update(schedule["attributes"])
    optimizer.lr_scheduler = scheduler
    vars(optimizer).update(own["attributes"])
    optimizer._set_current_context(0)


def _encode(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, Handle):
        name = str(len(arrays))
        arrays[name] = np.asarray(value._data)
        return {"array": name}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        return {"tuple" if isinstance(value, tuple) else "list": [_encode(each, arrays) for each in value]}
    if isinstance(value, dict):
        return {"dict": [[_encode(key, arrays), _encode(each, arrays)] for key, each in value.items()]}
    raise ArgumentError(f"states of type {type(value).__name__} cannot be saved, only arrays, numbers and texts")


def _decode(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "array":
        return array(arrays[inner], dtype=arrays[inner].dtype)
    if kind == "dict":
        return {_decode(key, arrays): _decode(each, arrays) for key, each in inner}
    items = [_decode(each, arrays) for each in inner]
    return tuple(items) if kind == "tuple" else items
