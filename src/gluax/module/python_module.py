"""`PythonModule` and `PythonLossModule`: modules whose computation is Python code, to put in a `SequentialModule`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gluax import metric as metrics
from gluax import ndarray as nd
from gluax.initializer import Uniform
from gluax.module.base_module import BaseModule
from gluax.ndarray import NDArray


class PythonModule(BaseModule):
    """A module without parameters; subclasses define `_compute_output_shapes`, `forward` and what else they need.

    Args:
      data_names, label_names: the names of data and labels, in their order.
      output_names: the names of what it puts out.
      logger: where `fit` writes.
    """

    def __init__(
        self,
        data_names: Sequence[str],
        label_names: Sequence[str] | None,
        output_names: Sequence[str],
        logger: Any = logging,
    ) -> None:
        super().__init__(logger)
        self._data_names = list(data_names)
        self._label_names = None if label_names is None else list(label_names)
        self._output_names = output_names
        self._data_shapes: Any = None
        self._label_shapes: Any = None
        self._output_shapes: Any = None

    @property
    def data_names(self) -> list[str]:
        """The inputs' names."""
        return self._data_names

    @property
    def output_names(self) -> Sequence[str]:
        """The outputs' names."""
        return self._output_names

    @property
    def data_shapes(self) -> Any:
        """The inputs' descriptions, as they were given."""
        return self._data_shapes

    @property
    def label_shapes(self) -> Any:
        """The labels' descriptions, as they were given."""
        return self._label_shapes

    @property
    def output_shapes(self) -> Any:
        """The outputs' names and shapes."""
        return self._output_shapes

    def _compute_output_shapes(self) -> list[tuple[str, Any]]:
        """Names and shapes of the outputs, from ``_data_shapes`` and ``_label_shapes``."""
        raise NotImplementedError

    def bind(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        data_shapes: Any,
        label_shapes: Any = None,
        for_training: bool = True,
        inputs_need_grad: bool = False,
        force_rebind: bool = False,
        shared_module: Any = None,
        grad_req: Any = "write",
    ) -> None:
        """Note the shapes.

        Raises:
          AssertionError: for other names than the module's, and a `grad_req` other than "write".
        """
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        assert grad_req == "write", "a module of Python only writes gradients"
        assert [each[0] for each in data_shapes] == self._data_names, f"the inputs are {self._data_names}"
        if label_shapes is not None:
            assert [each[0] for each in label_shapes] == self._label_names, f"the labels are {self._label_names}"
        self.for_training, self.inputs_need_grad = for_training, inputs_need_grad
        self._data_shapes, self._label_shapes = data_shapes, label_shapes
        self._output_shapes = self._compute_output_shapes()
        self.binded = True

    def get_params(self) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
        """There are none."""
        return {}, {}

    def init_params(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        initializer: Any = Uniform(0.01),  # noqa: B008  immutable in use, and MXNet's signature
        arg_params: Mapping[str, NDArray] | None = None,
        aux_params: Mapping[str, NDArray] | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """There are none."""
        self.params_initialized = True

    def init_optimizer(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = (("learning_rate", 0.01),),
        force_init: bool = False,
    ) -> None:
        """There is nothing to optimize."""
        self.optimizer_initialized = True

    def update(self) -> None:
        """There is nothing to update."""

    def update_metric(self, eval_metric: metrics.EvalMetric, labels: Any, pre_sliced: bool = False) -> None:
        """Add the last batch to a metric, when labels were bound.

        Raises:
          RuntimeError: for labels in slices.
        """
        if self._label_shapes is None:
            return
        if pre_sliced:
            raise RuntimeError("a module of Python does not take labels in slices")
        eval_metric.update(labels, self.get_outputs())


class PythonLossModule(PythonModule):
    """A loss: puts out the scores it is given, and sends the gradient of `grad_func` back.

    Args:
      name: the beginning of the output's name.
      data_names, label_names: the names of the scores and of the labels.
      logger: where `fit` writes.
      grad_func: of the scores and the labels, gives the gradient of the scores, an NDArray or what makes one.
    """

    def __init__(
        self,
        name: str = "pyloss",
        data_names: Sequence[str] = ("data",),
        label_names: Sequence[str] = ("softmax_label",),
        logger: Any = logging,
        grad_func: Callable[[NDArray, NDArray], Any] | None = None,
    ) -> None:
        super().__init__(data_names, label_names, [f"{name}_output"], logger)
        self._name = name
        assert len(data_names) == len(label_names) == 1, "a loss has one input and one label"
        assert grad_func is None or callable(grad_func), "grad_func must be a function"
        self._grad_func = grad_func
        self._scores: Any = None
        self._labels: Any = None
        self._scores_grad: Any = None

    def _compute_output_shapes(self) -> list[tuple[str, Any]]:
        return [(f"{self._name}_output", self._data_shapes[0][1])]

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Keep the scores, and in training the labels."""
        self._scores = data_batch.data[0]
        if self.for_training if is_train is None else is_train:
            self._labels = data_batch.label[0]

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The scores."""
        assert merge_multi_context, "there is one context"
        return [self._scores]

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradient of the scores.

        Raises:
          NotImplementedError: without a `grad_func`.
        """
        assert out_grads is None, "a loss has no gradients of outputs"
        assert self.for_training, "re-bind with for_training=True to run backward"
        if self._grad_func is None:
            raise NotImplementedError("give the loss a grad_func")
        grad = self._grad_func(self._scores, self._labels)
        self._scores_grad = grad if isinstance(grad, NDArray) else nd.array(grad)

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradient of the scores."""
        assert merge_multi_context, "there is one context"
        return [self._scores_grad]
