"""Changes of an image's colours, and random ones: brightness, contrast, saturation, hue, lighting, flips.

All take one image (H, W, C) of any type with 1 or 3 channels, values from 0 to 255, and compute in float32. Bytes are
cut off at 0 and 255 and lose their fraction; other integers wrap. Gradients pass unchanged, as in MXNet.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from gluax.errors import ArgumentError, ShapeError
from gluax.ops._checks import require_key
from gluax.ops._elementwise import to_integer
from gluax.ops.image import Floats
from gluax.ops.registry import operator
from gluax.ops.rules import same_shape

Adjustment = Callable[[jax.Array, jax.Array], jax.Array]  # (image in float32, factor) -> image in float32

_GRAY = np.array([0.299, 0.587, 0.114], np.float32)
# Eigenvectors of the colours of photographs, in columns, and their eigenvalues.
_LIGHT = np.array(
    [[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]], np.float32
) * np.array([55.46, 4.794, 1.148], np.float32)


def _check(data: jax.Array, name: str) -> None:
    if data.ndim != 3 or data.shape[2] not in (1, 3):
        raise ShapeError(f"{name}: expected one image (height, width, channels) of 1 or 3 channels, got {data.shape}")


def _luminance(image: jax.Array) -> jax.Array:
    """(H, W, C) -> (H, W, 1)."""
    return image if image.shape[2] == 1 else jnp.sum(image * _GRAY, axis=2, keepdims=True)


def _brightness(image: jax.Array, factor: jax.Array) -> jax.Array:
    return image * factor


def _contrast(image: jax.Array, factor: jax.Array) -> jax.Array:
    return image * factor + (1 - factor) * jnp.mean(_luminance(image))


def _saturation(image: jax.Array, factor: jax.Array) -> jax.Array:
    if image.shape[2] == 1:
        return image
    # MXNet forgets red and green when it sums up the luminance here.
    return image * factor + (1 - factor) * _GRAY[2] * image[..., 2:]


def _hue(image: jax.Array, turns: jax.Array) -> jax.Array:
    """Turn the hue on its circle, keeping the lightness and saturation."""
    if image.shape[2] == 1:
        return image
    unit = image / 255
    red, green, blue = unit[..., 0], unit[..., 1], unit[..., 2]
    high, low = jnp.max(unit, axis=2), jnp.min(unit, axis=2)
    spread = high - low
    safe = jnp.where(spread > 0, spread, jnp.ones_like(spread))
    sector = jnp.where(
        high == red,
        (green - blue) / safe,
        jnp.where(high == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    turned = sector + 6 * turns
    # Along the circle each channel rises in one sector, stays high for two, falls in one, and stays low for two.
    places = jnp.mod(jnp.stack([turned + 2, turned, turned - 2], axis=2), 6)
    shares = jnp.clip(jnp.minimum(places, 4 - places), 0, 1)
    return (low[..., None] + spread[..., None] * shares) * 255


_ADJUSTMENTS: dict[str, Adjustment] = {
    "brightness": _brightness,
    "contrast": _contrast,
    "saturation": _saturation,
    "hue": _hue,
}


@jax.custom_jvp
def _with_gradient_of(data: jax.Array, result: jax.Array) -> jax.Array:
    return result


_with_gradient_of.defjvp(lambda primals, tangents: (primals[1], tangents[0]))


def _adjusted(data: jax.Array, adjustment: Adjustment, factor: jax.Array) -> jax.Array:
    """Apply an adjustment to data of any type."""
    found = adjustment(data.astype(np.float32), factor)
    if data.dtype == np.uint8:
        result = jnp.clip(found, 0, 255).astype(np.uint8)
    elif jnp.issubdtype(data.dtype, np.integer):
        result = to_integer(found, data.dtype)
    else:
        result = found.astype(data.dtype)
    return _with_gradient_of(data, result)


def _uniform(key: jax.Array, low: float, high: float) -> jax.Array:
    return low + (high - low) * jax.random.uniform(key, (), np.float32)


def _register(name: str) -> None:
    def random(data: jax.Array, *, min_factor: float, max_factor: float, key: jax.Array | None = None) -> jax.Array:
        _check(data, f"random_{name}")
        if min(min_factor, max_factor) < 0:
            raise ArgumentError(f"random_{name} needs factors of at least 0, got {min_factor} and {max_factor}")
        factor = _uniform(require_key(key, f"_image_random_{name}"), min_factor, max_factor)
        return _adjusted(data, _ADJUSTMENTS[name], factor)

    meaning = "hue turned by a part of the circle" if name == "hue" else f"{name} changed by a factor"
    random.__doc__ = f"The image with its {meaning} between min_factor and max_factor."
    operator(f"_image_random_{name}", aliases=(f"_npx__image_random_{name}",), shapes=same_shape)(random)


for _name in _ADJUSTMENTS:
    _register(_name)


@operator("_image_random_color_jitter", aliases=("_npx__image_random_color_jitter",), shapes=same_shape)
def random_color_jitter(
    data: jax.Array,
    *,
    brightness: float,
    contrast: float,
    saturation: float,
    hue: float,
    key: jax.Array | None = None,
) -> jax.Array:
    """Brightness, contrast and saturation changed by up to these parts, hue turned by up to one, in random order.

    What is not positive is left out.
    """
    _check(data, "random_color_jitter")
    key = require_key(key, "_image_random_color_jitter")
    amounts = {"brightness": brightness, "contrast": contrast, "saturation": saturation, "hue": hue}
    steps = []
    for number, (name, amount) in enumerate((name, amount) for name, amount in amounts.items() if amount > 0):
        middle = 0.0 if name == "hue" else 1.0
        factor = _uniform(jax.random.fold_in(key, number), middle - amount, middle + amount)
        steps.append(lambda image, adjustment=_ADJUSTMENTS[name], factor=factor: _adjusted(image, adjustment, factor))
    order = jax.random.permutation(jax.random.fold_in(key, len(steps)), len(steps))
    for place in range(len(steps)):
        data = lax.switch(order[place], steps, data)
    return data


def _lit(data: jax.Array, alpha: jax.Array) -> jax.Array:
    if data.shape[2] == 1:  # MXNet leaves the result unset
        return data
    return _adjusted(data, lambda image, light: image + light, jnp.sum(_LIGHT * alpha, axis=1))


@operator("_image_adjust_lighting", aliases=("_npx__image_adjust_lighting",), shapes=same_shape)
def adjust_lighting(data: jax.Array, *, alpha: Floats) -> jax.Array:
    """Add the three main directions of colours, each as often as `alpha` says, to every pixel of 3 channels."""
    _check(data, "adjust_lighting")
    if len(alpha) < 3:
        raise ArgumentError(f"adjust_lighting needs three numbers, got alpha={alpha}")
    return _lit(data, jnp.asarray(alpha[:3], np.float32))


@operator("_image_random_lighting", aliases=("_npx__image_random_lighting",), shapes=same_shape)
def random_lighting(data: jax.Array, *, alpha_std: float = 0.05, key: jax.Array | None = None) -> jax.Array:
    """As adjust_lighting, with normally distributed numbers of standard deviation alpha_std."""
    _check(data, "random_lighting")
    return _lit(data, alpha_std * jax.random.normal(require_key(key, "_image_random_lighting"), (3,), np.float32))


def _register_flip(name: str, axis: int) -> None:
    def flip(data: jax.Array, *, key: jax.Array | None = None) -> jax.Array:
        _check(data, f"random_flip_{name}")
        coin = jax.random.bernoulli(require_key(key, f"_image_random_flip_{name}"))
        return _with_gradient_of(data, jnp.where(coin, jnp.flip(data, axis), data))

    flip.__doc__ = f"The image mirrored along {'HW'[axis]}, or not, with even chances."
    operator(f"_image_random_flip_{name}", aliases=(f"_npx__image_random_flip_{name}",), shapes=same_shape)(flip)


_register_flip("left_right", 1)
_register_flip("top_bottom", 0)
