"""What a module has besides the loops: the steps that each kind defines, and the files of its parameters."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from gluax import metric as metrics
from gluax.errors import ArgumentError
from gluax.ndarray import NDArray


class ModuleSteps:
    """A computation with parameters: bound to shapes, initialized, given an optimizer, and then run.

    Subclasses define `bind`, `init_params`, `init_optimizer`, `forward`, `backward`, `update`, `get_outputs`,
    `get_params` and `update_metric`.
    """

    def __init__(self, logger: Any = logging) -> None:
        self.logger = logger
        self.binded = False
        self.for_training = False
        self.inputs_need_grad = False
        self.params_initialized = False
        self.optimizer_initialized = False
        self._symbol: Any = None

    @property
    def symbol(self) -> Any:
        """The symbol of the computation."""
        return self._symbol

    # --- what subclasses define

    def bind(
        self, data_shapes: Any, label_shapes: Any = None, for_training: bool = True, *args: Any, **kwargs: Any
    ) -> None:
        """Make executors for shapes."""
        raise NotImplementedError

    def init_params(self, *args: Any, **kwargs: Any) -> None:
        """Give the parameters values."""
        raise NotImplementedError

    def init_optimizer(self, *args: Any, **kwargs: Any) -> None:
        """Make the optimizer."""
        raise NotImplementedError

    def get_params(self) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
        """Arguments and auxiliary states by name."""
        raise NotImplementedError

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs of a batch."""
        raise NotImplementedError

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients."""
        raise NotImplementedError

    def update(self) -> None:
        """Update the parameters."""
        raise NotImplementedError

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The outputs of the last batch."""
        raise NotImplementedError

    def update_metric(self, eval_metric: metrics.EvalMetric, labels: Any, pre_sliced: bool = False) -> None:
        """Add the last batch to a metric."""
        raise NotImplementedError

    def install_monitor(self, mon: Any) -> None:
        """Let a `Monitor` look at the executors."""
        raise NotImplementedError

    def prepare(self, data_batch: Any, sparse_row_id_fn: Any = None) -> None:
        """Called before `forward` in `fit`; nothing to do for dense arrays."""

    # --- what follows from it

    def _require_ready(self) -> None:
        assert self.binded, "call bind first"
        assert self.params_initialized, "call init_params first"

    def forward_backward(self, data_batch: Any) -> None:
        """Forwards in training mode, and backwards."""
        self.forward(data_batch, is_train=True)
        self.backward()

    def set_params(
        self,
        arg_params: Mapping[str, NDArray] | None,
        aux_params: Mapping[str, NDArray] | None,
        allow_missing: bool = False,
        force_init: bool = True,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters values; see `init_params`."""
        self.init_params(
            initializer=None, arg_params=arg_params, aux_params=aux_params, allow_missing=allow_missing,
            force_init=force_init, allow_extra=allow_extra,
        )  # fmt: skip

    def save_params(self, fname: str) -> None:
        """Write the parameters to a file, by names with ``arg:`` and ``aux:``."""
        from gluax.ndarray.files import save

        arguments, states = self.get_params()
        save(fname, {f"arg:{k}": v for k, v in arguments.items()} | {f"aux:{k}": v for k, v in states.items()})

    def load_params(self, fname: str) -> None:
        """Read what `save_params` wrote.

        Raises:
          ArgumentError: for a file of another kind.
        """
        from gluax.ndarray.files import load

        groups: dict[str, dict[str, NDArray]] = {"arg": {}, "aux": {}}
        arrays = load(fname)
        for full, array in (arrays if isinstance(arrays, dict) else {}).items():
            kind, _, name = full.partition(":")
            if kind not in groups:
                raise ArgumentError(f"{fname}: {full!r} begins with neither 'arg:' nor 'aux:'")
            groups[kind][name] = array
        self.set_params(groups["arg"], groups["aux"])
