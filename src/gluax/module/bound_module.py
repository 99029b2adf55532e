"""What a `Module` is bound to: a symbol's executors, one for each context, and their shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gluax.context import Context, current_context
from gluax.errors import ArgumentError
from gluax.io import DataDesc
from gluax.module.base_module import BaseModule
from gluax.module.executor_group import ExecutorGroup
from gluax.ndarray import NDArray
from gluax.symbol import Symbol


class BoundModule(BaseModule):
    """The part of `Module` that knows names and shapes, and makes executors for them."""

    def __init__(
        self,
        symbol: Symbol,
        data_names: Sequence[str],
        label_names: Sequence[str] | None,
        logger: Any,
        context: Context | Sequence[Context] | None,
        fixed_param_names: Sequence[str] | None,
        state_names: Sequence[str] | None,
    ) -> None:
        super().__init__(logger)
        self._symbol = symbol
        contexts = current_context() if context is None else context
        self._contexts = [contexts] if isinstance(contexts, Context) else list(contexts)
        arguments = symbol.list_arguments()
        self._data_names, self._state_names = list(data_names), list(state_names or ())
        self._label_names = [name for name in label_names or () if name in arguments]
        self._fixed = list(fixed_param_names or ())
        for name in (*self._data_names, *self._state_names, *self._fixed):
            if name not in arguments:
                raise ArgumentError(f"{name!r} is not an argument of the symbol, which has {arguments}")
        fed = {*self._data_names, *self._label_names, *self._state_names}
        self._param_names = [name for name in arguments if name not in fed]
        self._aux_names = symbol.list_auxiliary_states()
        self._group: ExecutorGroup | None = None
        self._data_shapes: list[DataDesc] = []
        self._label_shapes: list[DataDesc] = []
        self._grad_req: Any = "write"
        self._loaded: tuple[dict[str, NDArray], dict[str, NDArray]] | None = None

    # --- names and shapes

    @property
    def data_names(self) -> list[str]:
        """The inputs' names."""
        return self._data_names

    @property
    def label_names(self) -> list[str]:
        """The labels' names."""
        return self._label_names

    @property
    def output_names(self) -> list[str]:
        """The outputs' names."""
        return self._symbol.list_outputs()

    @property
    def data_shapes(self) -> list[DataDesc]:
        """The inputs' descriptions."""
        assert self.binded, "call bind first"
        return self._data_shapes

    @property
    def label_shapes(self) -> list[DataDesc]:
        """The labels' descriptions."""
        assert self.binded, "call bind first"
        return self._label_shapes

    @property
    def output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """The outputs' names and shapes, of whole batches."""
        assert self.binded, "call bind first"
        known = {each.name: each.shape for each in (*self._data_shapes, *self._label_shapes)}
        return list(zip(self.output_names, self._symbol.infer_shape(**known)[1] or ()))

    # --- binding

    def bind(
        self,
        data_shapes: Any,
        label_shapes: Any = None,
        for_training: bool = True,
        inputs_need_grad: bool = False,
        force_rebind: bool = False,
        shared_module: BoundModule | None = None,
        grad_req: Any = "write",
    ) -> None:
        """Make executors for shapes of data and labels.

        Args:
          data_shapes, label_shapes: lists of `DataDesc` or (name, shape).
          for_training: whether there will be gradients.
          inputs_need_grad: whether inputs get one too.
          force_rebind: bind again, with the parameters kept; without it a second call is ignored.
          shared_module: a module whose parameters and gradients these executors share.
          grad_req: "write", "add" or "null", for all parameters or by name.

        Raises:
          ArgumentError: for shapes of other names than the module's.
        """
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        kept = self.get_params() if self.binded and self.params_initialized else self._loaded
        self.for_training, self.inputs_need_grad, self._grad_req = for_training, inputs_need_grad, grad_req
        self._set_shapes(data_shapes, label_shapes)
        requests = {name: self._request(name) for name in self._symbol.list_arguments()}
        shared = None if shared_module is None else shared_module._group
        shapes = [*self._data_shapes, *self._label_shapes]
        self._group = ExecutorGroup(self._symbol, self._contexts, shapes, requests, self._param_names, shared)
        self.binded = True
        if shared_module is not None and shared_module.params_initialized:
            self.params_initialized = True
        elif kept is not None:
            for executor in self._bound.executors:
                executor.copy_params_from(*kept, allow_extra_params=True)

    @property
    def _bound(self) -> ExecutorGroup:
        assert self._group is not None, "call bind first"
        return self._group

    def _set_shapes(self, data_shapes: Any, label_shapes: Any) -> None:
        self._data_shapes = [_described(each) for each in data_shapes]
        labels = [_described(each) for each in label_shapes or ()]
        self._label_shapes = [each for each in labels if each.name in self._label_names]
        if sorted(each.name for each in self._data_shapes) != sorted(self._data_names):
            raise ArgumentError(f"data_shapes {self._data_shapes} are not those of the inputs {self._data_names}")

    def _request(self, name: str) -> str:
        if not self.for_training or name in (*self._label_names, *self._state_names, *self._fixed):
            return "null"
        if name in self._data_names:
            return "write" if self.inputs_need_grad else "null"
        return self._grad_req if isinstance(self._grad_req, str) else self._grad_req.get(name, "write")

    def reshape(self, data_shapes: Any, label_shapes: Any = None) -> None:
        """Take batches of other shapes; parameters stay."""
        assert self.binded, "call bind first"
        self._set_shapes(data_shapes, label_shapes)
        self._group = self._bound.reshaped([*self._data_shapes, *self._label_shapes])


def _described(shape: Any) -> DataDesc:
    return shape if isinstance(shape, DataDesc) else DataDesc(*(shape[0], tuple(shape[1]), *shape[2:]))
