"""Dense, embedding, dropout, and functions as blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gluax import ndarray, symbol
from gluax.errors import ArgumentError
from gluax.gluon.block import Block
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.nn.activations import Activation
from gluax.initializer import Initializer


def activation_or_none(activation: str | None) -> Activation | None:
    """The child that activates a layer's output: its prefix is the activation's name."""
    return None if activation is None else Activation(activation, prefix=f"{activation}_")


class Dense(HybridBlock):
    """``activation(x . weight^T + bias)``.

    With `flatten` all axes of x but the first are one: (N, *rest) -> (N, units). Without it the last axis changes:
    (*rest, in_units) -> (*rest, units).

    Args:
      units: size of the output.
      activation: an `act_type` of Activation; None for none.
      use_bias: add a bias.
      flatten: see above.
      dtype: of the parameters.
      weight_initializer, bias_initializer: for the weight (units, in_units) and the bias (units,).
      in_units: size of the input; 0 leaves it to the first call.
    """

    def __init__(
        self,
        units: int,
        activation: str | None = None,
        use_bias: bool = True,
        flatten: bool = True,
        dtype: Any = "float32",
        weight_initializer: Initializer | str | None = None,
        bias_initializer: Initializer | str | None = "zeros",
        in_units: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._units, self._in_units, self._flatten = units, in_units, flatten
        with self.name_scope():
            common = {"dtype": dtype, "allow_deferred_init": True}
            self.weight = self.params.get("weight", shape=(units, in_units), init=weight_initializer, **common)
            self.bias = self.params.get("bias", shape=(units,), init=bias_initializer, **common) if use_bias else None
            self.act = activation_or_none(activation)

    def hybrid_forward(self, F: Any, x: Any, weight: Any, bias: Any = None) -> Any:
        """Apply the layer."""
        no_bias = bias is None
        out = F.FullyConnected(
            x, weight, bias, no_bias=no_bias, num_hidden=self._units, flatten=self._flatten, name="fwd"
        )
        return out if self.act is None else self.act(out)

    def __repr__(self) -> str:
        assert self.weight.shape is not None
        units, in_units = self.weight.shape
        return f"{type(self).__name__}({in_units or None} -> {units}, {self.act or 'linear'})"


class Dropout(HybridBlock):
    """Sets a part of the elements to zero while training, and scales the rest up; otherwise does nothing.

    Args:
      rate: the part to drop; 0 for none.
      axes: axes along which all elements are dropped together.
    """

    def __init__(self, rate: float, axes: tuple[int, ...] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._rate, self._axes = rate, axes

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Drop elements; same shape."""
        if self._rate > 0:
            return F.Dropout(x, p=self._rate, axes=self._axes, name="fwd", cudnn_off=False)
        return F.identity(x)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p = {self._rate}, axes={self._axes})"


class Embedding(HybridBlock):
    """Rows of a table by number: any shape in, one more axis of size `output_dim` out.

    Args:
      input_dim: number of rows.
      output_dim: size of a row.
      dtype: of the table and the output.
      weight_initializer: for the table.
      sparse_grad: whether the table's gradient is row_sparse.
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        dtype: Any = "float32",
        weight_initializer: Initializer | str | None = None,
        sparse_grad: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._kwargs = {"input_dim": input_dim, "output_dim": output_dim, "dtype": dtype, "sparse_grad": sparse_grad}
        self.weight = self.params.get(
            "weight",
            shape=(input_dim, output_dim),
            init=weight_initializer,
            dtype=dtype,
            allow_deferred_init=True,
            grad_stype="row_sparse" if sparse_grad else "default",
        )

    def hybrid_forward(self, F: Any, x: Any, weight: Any) -> Any:
        """Look the rows up; numbers out of range count as the nearest row."""
        return F.Embedding(x, weight, name="fwd", **self._kwargs)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({{input_dim}} -> {{output_dim}}, {{dtype}})".format(**self._kwargs)


class Flatten(HybridBlock):
    """(N, *rest) -> (N, size of the rest)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Make all axes but the first one."""
        return F.flatten(x)

    def __repr__(self) -> str:
        return type(self).__name__


class Lambda(Block):
    """A function of arrays as a block.

    Args:
      function: a name in `nd`, or a function.
      prefix: the beginning of the block's name.

    Raises:
      AssertionError: when `nd` has no function of that name.
      ValueError: when it is neither a name nor a function.
    """

    def __init__(self, function: str | Callable[..., Any], prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        if isinstance(function, str):
            assert hasattr(ndarray, function), f"Function name {function} is not found in ndarray."
            function = getattr(ndarray, function)
        self._func_impl = _callable(function)

    def forward(self, *args: Any) -> Any:
        """Call the function."""
        return self._func_impl(*args)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._func_impl.__name__})"


class HybridLambda(HybridBlock):
    """A function as a hybrid block.

    Args:
      function: a name that both `nd` and `sym` have, or a function of (F, x, ...).
      prefix: the beginning of the block's name.

    Raises:
      AssertionError: when `nd` or `sym` has no function of that name.
      ValueError: when it is neither a name nor a function.
    """

    def __init__(self, function: str | Callable[..., Any], prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        if isinstance(function, str):
            known = hasattr(ndarray, function) and hasattr(symbol, function)
            assert known, f"Function name {function} is not found in symbol/ndarray."
            self._func_name = function
            self._func: Callable[..., Any] = lambda F, *args: getattr(F, self._func_name)(*args)
        else:
            self._func = _callable(function)
            self._func_name = function.__name__

    def hybrid_forward(self, F: Any, x: Any, *args: Any) -> Any:
        """Call the function."""
        return self._func(F, x, *args)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._func_name})"


def _callable(function: Any) -> Any:
    if not callable(function):
        raise ArgumentError(f"Unrecognized function in lambda: {function} of type {type(function)}")
    return function
