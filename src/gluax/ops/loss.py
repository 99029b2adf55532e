"""Loss heads: a prediction forwards, a loss's gradient backwards.

In MXNet a loss head's gradient is its own, not the derivative of its forward, and most heads ignore the
gradient that comes from above. The label serves the gradient only: where it is absent (None, in inference)
a head is its forward alone, with that forward's derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import jax
import jax.numpy as jnp
from jax import lax

from gluax.errors import ShapeError
from gluax.ir.attributes import Shape
from gluax.ops._checks import require_floating
from gluax.ops._numbers import single
from gluax.ops._shapes import product
from gluax.ops.operator import Attrs
from gluax.ops.registry import operator
from gluax.ops.rules import Shapes, merge_shapes, same_shape

Normalization = Literal["null", "batch", "valid"]
Forward = Callable[[jax.Array], jax.Array]
Gradient = Callable[[jax.Array, jax.Array, jax.Array], jax.Array]


def _head(forward: Forward, gradient: Gradient, data: jax.Array, label: jax.Array | None) -> jax.Array:
    """forward(data) whose gradient is ``gradient(output, label, gradient from above)``; the label gets none."""
    if label is None:
        return forward(data)

    @jax.custom_vjp
    def head(data: jax.Array, label: jax.Array) -> jax.Array:
        return forward(data)

    def run(data: jax.Array, label: jax.Array) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
        output = forward(data)
        return output, (output, label)

    def pull(kept: tuple[jax.Array, jax.Array], above: jax.Array) -> tuple[jax.Array, None]:
        output, label = kept
        return gradient(output, label, above).astype(output.dtype), None

    head.defvjp(run, pull)
    return head(data, label)


def _identity(data: jax.Array) -> jax.Array:
    return data


def _class_label_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """The label has the shape of data without the class axis, or, holding probabilities, that of data."""
    data = merge_shapes(ins[0], outs[0])
    label = ins[1] if len(ins) > 1 else None
    if data is not None and len(data) > 1:
        if attrs.get("multi_output"):
            label = (data[0], product(data[2:])) if label is None else label
        elif label is None or len(label) == len(data) - 1:
            label = merge_shapes(label, data[:-1])
    return [data, label][: len(ins)], [data]


@operator("SoftmaxOutput", aliases=("Softmax",), labels=("label",), shapes=_class_label_shapes)
def softmax_output(
    data: jax.Array,
    label: jax.Array | None = None,
    *,
    grad_scale: float = 1.0,
    ignore_label: float = -1.0,
    multi_output: bool = False,
    use_ignore: bool = False,
    preserve_shape: bool = False,
    normalization: Normalization = "null",
    out_grad: bool = False,
    smooth_alpha: float = 0.0,
) -> jax.Array:
    """Softmax with the gradient of cross-entropy, (softmax - onehot(label)) * grad_scale.

    The softmax is over axis 1 (multi_output), the last axis (preserve_shape), or all but the first. The label
    holds classes, one per softmax, or is of the shape of data and holds probabilities; then only grad_scale
    and out_grad matter. normalization divides by the batch or by the number of labels that are not
    ignore_label; multi_output divides by the positions too unless it is "valid", and knows no smoothing.
    out_grad was meant to multiply with the gradient from above; MXNet 1.9.1 multiplies with the softmax instead.
    """
    require_floating(data, "SoftmaxOutput")
    view = _class_view(data.shape, multi_output, preserve_shape)
    if label is not None:
        _check_class_label(label, data, multi_output)

    def forward(data: jax.Array) -> jax.Array:
        return jax.nn.softmax(data.reshape(view), 1).reshape(data.shape)

    def gradient(output: jax.Array, label: jax.Array, above: jax.Array) -> jax.Array:
        if label.shape == output.shape:
            result = (output - label.astype(output.dtype)) * single(grad_scale)
        else:
            smoothing = 0.0 if multi_output else smooth_alpha
            ignored = int(ignore_label) if use_ignore else None
            classes = label.astype(jnp.int32).reshape(-1)[: view[0] * view[2]].reshape(view[0], view[2])
            result = _cross_entropy_gradient(output.reshape(view), classes, smoothing, ignored).reshape(output.shape)
            result = result * _scale(
                label, grad_scale, normalization, int(ignore_label), multi_output, view[2], result.dtype
            )
        return result * output if out_grad else result

    return _head(forward, gradient, data, label)


def _class_view(shape: Shape, multi_output: bool, preserve_shape: bool) -> Shape:
    """The shape (N, C, S) in which axis 1 is that of the classes."""
    if multi_output:
        return (*shape[:2], product(shape[2:]))
    if preserve_shape:
        return (product(shape[:-1]), shape[-1], 1)
    return (shape[0], product(shape[1:]), 1)


def _check_class_label(label: jax.Array, data: jax.Array, multi_output: bool) -> None:
    expected = (data.shape[0], product(data.shape[2:])) if multi_output else data.shape[:-1]
    if label.shape not in (expected, data.shape) and not (multi_output and label.size == product(expected)):
        raise ShapeError(
            f"SoftmaxOutput's label has shape {label.shape}, expected classes of shape {expected} "
            f"or probabilities of shape {data.shape}"
        )


def _cross_entropy_gradient(output: jax.Array, classes: jax.Array, smoothing: float, ignored: int | None) -> jax.Array:
    """Softmax minus target: output (N, C, S), classes (N, S). A class out of range subtracts nothing."""
    chosen = classes[:, None] == lax.broadcasted_iota(jnp.int32, output.shape, 1)
    alpha = jnp.float32(smoothing)
    rest = (alpha / _count(output.shape[1] - 1)).astype(output.dtype)
    result = output - jnp.where(chosen, (1 - alpha).astype(output.dtype), rest)
    if ignored is None:
        return result
    return jnp.where(classes[:, None] == ignored, jnp.zeros_like(result), result)


def _scale(
    label: jax.Array,
    grad_scale: float,
    normalization: str,
    ignored: int,
    multi_output: bool,
    positions: int,
    dtype: jnp.dtype,
) -> jax.Array:
    """What the gradient is multiplied with; MXNet computes it in single precision."""
    scale = jnp.float32(single(grad_scale))
    if normalization == "valid":
        count = jnp.sum(label.astype(jnp.int32) != ignored, dtype=jnp.int32)
        return (scale / jnp.maximum(count, 1).astype(jnp.float32)).astype(dtype)
    if multi_output:
        scale = scale / _count(positions)
    if normalization == "batch":
        scale = scale / _count(label.shape[0] if multi_output else label.size)
    return scale.astype(dtype)


def _count(size: int) -> jax.Array:
    """A number of elements to divide by, not below 1; it may be a symbolic dimension."""
    return jnp.maximum(jnp.asarray(size, jnp.int32), 1).astype(jnp.float32)


def _regression_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    """The label has the shape of data, or (N,) for data (N, 1)."""
    data = merge_shapes(ins[0], outs[0])
    label = ins[1] if len(ins) > 1 else None
    if label is None and data is not None:
        label = data[:1] if len(data) == 2 and data[1] == 1 else data
    return [data, label][: len(ins)], [data]


def _regression(
    name: str, forward: Forward, error: Callable[[jax.Array, jax.Array], jax.Array]
) -> Callable[..., jax.Array]:
    """Register a regression head whose gradient is error(output, label), averaged over all but the batch."""

    def head(data: jax.Array, label: jax.Array | None = None, *, grad_scale: float = 1.0) -> jax.Array:
        require_floating(data, name)
        if label is not None and (label.size != data.size or label.shape[:1] != data.shape[:1]):
            raise ShapeError(f"{name}'s label has shape {label.shape}, expected that of data, {data.shape}")

        def gradient(output: jax.Array, label: jax.Array, above: jax.Array) -> jax.Array:
            scale = jnp.float32(single(grad_scale)) / _count(product(label.shape[1:]))
            return error(output, label.reshape(output.shape).astype(output.dtype)) * scale.astype(output.dtype)

        return _head(forward, gradient, data, label)

    head.__name__ = name
    head.__doc__ = f"{forward.__name__} of data; MXNet's gradient is grad_scale * error / (size of one sample)."
    # MXNet 1.9.1 knows no out_grad here, but files hold it; it has nothing to say in inference.
    register = operator(
        name, aliases=(f"_sparse_{name}",), labels=("label",), shapes=_regression_shapes, hints=("out_grad",)
    )
    return register(head)


def _difference(output: jax.Array, label: jax.Array) -> jax.Array:
    return output - label


def _side(output: jax.Array, label: jax.Array) -> jax.Array:
    """1 above the label, -1 elsewhere: MXNet has no 0 for a tie here."""
    return jnp.where(output > label, jnp.ones_like(output), -jnp.ones_like(output))


linear_regression_output = _regression("LinearRegressionOutput", _identity, _difference)
logistic_regression_output = _regression("LogisticRegressionOutput", jax.nn.sigmoid, _difference)
mae_regression_output = _regression("MAERegressionOutput", _identity, _side)


@operator("MakeLoss", shapes=same_shape)
def make_loss_scaled(
    data: jax.Array, *, grad_scale: float = 1.0, valid_thresh: float = 0.0, normalization: Normalization = "null"
) -> jax.Array:
    """Data as it is, with gradient grad_scale whatever comes from above.

    normalization divides it by the batch (all but the last dimension), or by the number of elements above
    valid_thresh, at least 1.
    """
    require_floating(data, "MakeLoss")

    def gradient(output: jax.Array, _: jax.Array, above: jax.Array) -> jax.Array:
        if normalization == "batch":  # this quotient is of single precision, the other of that of data
            quotient = jnp.float32(single(grad_scale)) / _count(product(output.shape[:-1]))
            return jnp.broadcast_to(quotient.astype(output.dtype), output.shape)
        scale = jnp.full_like(output, single(grad_scale))
        if normalization == "valid":
            count = jnp.sum(output > single(valid_thresh), dtype=jnp.int32)
            return scale / jnp.maximum(count, 1).astype(output.dtype)
        return scale

    return _head(_identity, gradient, data, data)


@operator("make_loss", aliases=("_sparse_make_loss",), shapes=same_shape)
def make_loss(data: jax.Array) -> jax.Array:
    """Data as it is, with gradient 1 whatever comes from above."""
    return _head(_identity, lambda output, label, above: jnp.ones_like(output), data, data)


@operator("SVMOutput", labels=("label",), shapes=_class_label_shapes)
def svm_output(
    data: jax.Array,
    label: jax.Array | None = None,
    *,
    margin: float = 1.0,
    regularization_coefficient: float = 1.0,
    use_linear: bool = False,
) -> jax.Array:
    """Data as it is, with the gradient of the squared (or linear) hinge loss of each class along the last axis.

    label (data without its last axis) holds the class to score above margin; all others go below -margin.
    """
    require_floating(data, "SVMOutput")
    if label is not None and label.shape != data.shape[:-1]:
        raise ShapeError(f"SVMOutput's label has shape {label.shape}, expected {data.shape[:-1]}")

    def gradient(output: jax.Array, label: jax.Array, above: jax.Array) -> jax.Array:
        classes = label.astype(jnp.int32)[..., None]
        chosen = classes == lax.broadcasted_iota(jnp.int32, output.shape, output.ndim - 1)
        one = jnp.ones_like(output)
        sign = jnp.where(chosen, -one, one)
        gap = jnp.maximum(single(margin) + sign * output, jnp.zeros_like(output))
        slope = (gap > 0).astype(output.dtype) if use_linear else 2 * gap
        return single(regularization_coefficient) * sign * slope

    return _head(_identity, gradient, data, label)


def _sparse_reg_shapes(ins: Shapes, outs: Shapes, attrs: Attrs) -> tuple[Shapes, Shapes]:
    data = merge_shapes(ins[0], outs[0])
    average = ins[1] if data is None or len(data) < 2 else merge_shapes(ins[1], (data[1],))
    return [data, average], [data]


@operator("IdentityAttachKLSparseReg", aux=("moving_avg",), shapes=_sparse_reg_shapes)
def identity_attach_kl_sparse_reg(
    data: jax.Array,
    moving_avg: jax.Array,
    *,
    sparseness_target: float = 0.100000001,
    penalty: float = 0.00100000005,
    momentum: float = 0.899999976,
    training: bool = False,
) -> tuple[jax.Array, jax.Array]:
    """Data (N, C) in (0, 1) as they are; the gradient adds that of a penalty on the mean activation of each unit.

    The penalty is the Kullback-Leibler divergence between sparseness_target and the moving average (C,).
    """
    if data.ndim != 2:
        raise ShapeError(f"IdentityAttachKLSparseReg expects data of shape (N, C), got {data.shape}")
    mean = lax.stop_gradient(jnp.mean(data, 0, dtype=data.dtype))
    average = momentum * moving_avg + (1 - momentum) * mean if training else moving_avg

    def gradient(output: jax.Array, average: jax.Array, above: jax.Array) -> jax.Array:
        pressure = (1 - sparseness_target) / (1 - average) - sparseness_target / average
        return above + penalty * pressure[None, :].astype(output.dtype)

    return _head(_identity, gradient, data, average), average
