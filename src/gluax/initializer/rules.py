"""The initializers: constant values, random values, and kernels with a purpose."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from gluax.errors import ArgumentError, DTypeError, ShapeError
from gluax.initializer.base import Initializer, alias, random_generator, register
from gluax.ndarray import NDArray


@register
@alias("zeros")
class Zero(Initializer):
    """Weights of 0."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = 0


@register
@alias("ones")
class One(Initializer):
    """Weights of 1."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = 1


@register
class Constant(Initializer):
    """Weights of a given value: a number, or an array (or nested list) of the parameter's shape."""

    def __init__(self, value: Any) -> None:
        super().__init__(value=value)
        self.value = value

    def _init_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = self.value if isinstance(self.value, NDArray) or np.isscalar(self.value) else np.asarray(self.value)

    def dumps(self) -> str:
        """The initializer as JSON text, an array as nested lists."""
        value = self.value
        if not np.isscalar(value):
            value = (value.asnumpy() if isinstance(value, NDArray) else np.asarray(value)).tolist()
        return json.dumps([type(self).__name__.lower(), {"value": value}])


@register
class Uniform(Initializer):
    """Weights from the uniform distribution on [-scale, scale]."""

    def __init__(self, scale: float = 0.07) -> None:
        super().__init__(scale=scale)
        self.scale = scale

    def _init_weight(self, _: str, arr: NDArray) -> None:
        fill_uniform(arr, self.scale)


@register
class Normal(Initializer):
    """Weights from the normal distribution of mean 0 and standard deviation `sigma`."""

    def __init__(self, sigma: float = 0.01) -> None:
        super().__init__(sigma=sigma)
        self.sigma = sigma

    def _init_weight(self, _: str, arr: NDArray) -> None:
        fill_normal(arr, self.sigma)


@register
class Orthogonal(Initializer):
    """A random orthogonal matrix times `scale` (Saxe and others, https://arxiv.org/abs/1312.6120).

    The matrix has as many rows as the first dimension; the columns are all others. `rand_type`, "uniform" or
    "normal", is the distribution of the matrix that it is taken from.
    """

    def __init__(self, scale: float = 1.414, rand_type: str = "uniform") -> None:
        super().__init__(scale=scale, rand_type=rand_type)
        self.scale = scale
        self.rand_type = rand_type

    def _init_weight(self, _: str, arr: NDArray) -> None:
        shape = (arr.shape[0], int(np.prod(arr.shape[1:])))
        if self.rand_type == "uniform":
            drawn = random_generator().uniform(-1.0, 1.0, shape)
        elif self.rand_type == "normal":
            drawn = random_generator().standard_normal(shape)
        else:
            raise ArgumentError(f"rand_type is {self.rand_type!r}, expected 'uniform' or 'normal'")
        u, _singular, v = np.linalg.svd(drawn, full_matrices=False)
        arr[:] = self.scale * (u if u.shape == shape else v).reshape(arr.shape)


@register
class Xavier(Initializer):
    """Random weights whose scale keeps that of gradients about the same in all layers (Glorot and Bengio, 2010).

    With n_in and n_out the numbers of inputs and outputs of an element (times the size of a convolution's kernel),
    the scale is sqrt(magnitude / n), where n is n_in, n_out or their mean for `factor_type` "in", "out" or "avg".
    `rnd_type` "uniform" draws from [-scale, scale], "gaussian" from the normal distribution with that deviation.
    """

    def __init__(self, rnd_type: str = "uniform", factor_type: str = "avg", magnitude: float = 3) -> None:
        super().__init__(rnd_type=rnd_type, factor_type=factor_type, magnitude=magnitude)
        self.rnd_type = rnd_type
        self.factor_type = factor_type
        self.magnitude = float(magnitude)

    def _init_weight(self, name: str, arr: NDArray) -> None:
        if len(arr.shape) < 2:
            raise ArgumentError(
                f"Xavier initializer cannot be applied to vector {name}: it needs at least 2 dimensions, and got "
                f"shape {arr.shape}"
            )
        outputs, inputs, *kernel = arr.shape
        size = float(np.prod(kernel))
        factors = {"avg": (inputs * size + outputs * size) / 2, "in": inputs * size, "out": outputs * size}
        if self.factor_type not in factors:
            raise ArgumentError(f"Incorrect factor type {self.factor_type!r}, expected one of {list(factors)}")
        scale = float(np.sqrt(self.magnitude / factors[self.factor_type]))
        if self.rnd_type == "uniform":
            fill_uniform(arr, scale)
        elif self.rnd_type == "gaussian":
            fill_normal(arr, scale)
        else:
            raise ArgumentError(f"Unknown random type {self.rnd_type!r}, expected 'uniform' or 'gaussian'")


@register
class MSRAPrelu(Xavier):
    """Normal weights for layers before a PReLU of the given slope (He and others, https://arxiv.org/abs/1502.01852)."""

    def __init__(self, factor_type: str = "avg", slope: float = 0.25) -> None:
        super().__init__("gaussian", factor_type, 2.0 / (1 + slope**2))
        self._kwargs = {"factor_type": factor_type, "slope": slope}


@register
class Bilinear(Initializer):
    """The kernel of bilinear upsampling, for the weight (outputs, inputs, height, width) of a deconvolution."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, _: str, arr: NDArray) -> None:
        if len(arr.shape) != 4:
            raise ShapeError(f"Bilinear fills weights of 4 dimensions, not of shape {arr.shape}")
        height, width = arr.shape[2:]
        factor = np.ceil(width / 2.0)
        centre = (2 * factor - 1 - factor % 2) / (2.0 * factor)
        rows = 1 - abs(np.arange(height) / factor - centre)
        columns = 1 - abs(np.arange(width) / factor - centre)
        kernel = (columns[None, :] * rows[:, None]).astype(np.float32)
        arr[:] = np.broadcast_to(kernel, arr.shape)


@register
class LSTMBias(Initializer):
    """Biases of an LSTM cell: `forget_bias` for the forget gate, the second of the four, and 0 for the others."""

    def __init__(self, forget_bias: float = 1.0) -> None:
        super().__init__(forget_bias=forget_bias)
        self.forget_bias = forget_bias

    def _init_weight(self, _: str, arr: NDArray) -> None:
        hidden = arr.shape[0] // 4
        values = np.zeros(arr.shape)
        values[hidden : 2 * hidden] = self.forget_bias
        arr[:] = values


def fill_uniform(arr: NDArray, scale: float) -> None:
    """Fill with numbers from the uniform distribution on [-scale, scale]."""
    dtype = _drawn_dtype(arr)
    drawn = random_generator().random(arr.shape, dtype)
    drawn *= dtype.type(2 * scale)
    drawn -= dtype.type(scale)
    arr[:] = drawn


def fill_normal(arr: NDArray, sigma: float) -> None:
    """Fill with numbers from the normal distribution of mean 0."""
    dtype = _drawn_dtype(arr)
    drawn = random_generator().standard_normal(arr.shape, dtype)
    drawn *= dtype.type(sigma)
    arr[:] = drawn


def _drawn_dtype(arr: NDArray) -> np.dtype:
    if np.dtype(arr.dtype).kind in "iub":
        raise DTypeError(f"random numbers are floats, and do not fit an array of {np.dtype(arr.dtype).name}")
    return np.dtype(np.float64 if arr.dtype == np.float64 else np.float32)
