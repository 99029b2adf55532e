"""Transforms that change colours at random."""

from __future__ import annotations

from typing import Any

from gluax.gluon.hybrid_block import HybridBlock


class _RandomFactor(HybridBlock):
    """A change by a random factor within `amount` of 1, but not below 0."""

    _operator: str

    def __init__(self, amount: float) -> None:
        super().__init__()
        self._args = (max(0, 1 - amount), 1 + amount)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """(H, W, C) in, the same out."""
        return getattr(F.image, self._operator)(x, *self._args)


class RandomBrightness(_RandomFactor):
    """Change the brightness of (H, W, C).

    Args:
      brightness: the factor is drawn from ``[max(0, 1 - brightness), 1 + brightness]``.
    """

    _operator = "random_brightness"

    def __init__(self, brightness: float) -> None:
        super().__init__(brightness)


class RandomContrast(_RandomFactor):
    """Change the contrast of (H, W, C).

    Args:
      contrast: the factor is drawn from ``[max(0, 1 - contrast), 1 + contrast]``.
    """

    _operator = "random_contrast"

    def __init__(self, contrast: float) -> None:
        super().__init__(contrast)


class RandomSaturation(_RandomFactor):
    """Change the saturation of (H, W, C).

    Args:
      saturation: the factor is drawn from ``[max(0, 1 - saturation), 1 + saturation]``.
    """

    _operator = "random_saturation"

    def __init__(self, saturation: float) -> None:
        super().__init__(saturation)


class RandomHue(_RandomFactor):
    """Change the hue of (H, W, C).

    Args:
      hue: the factor is drawn from ``[max(0, 1 - hue), 1 + hue]``.
    """

    _operator = "random_hue"

    def __init__(self, hue: float) -> None:
        super().__init__(hue)


class RandomColorJitter(HybridBlock):
    """Change brightness, contrast, saturation and hue of (H, W, C), each as its own transform does.

    Args:
      brightness: see `RandomBrightness`.
      contrast: see `RandomContrast`.
      saturation: see `RandomSaturation`.
      hue: see `RandomHue`.
    """

    def __init__(self, brightness: float = 0, contrast: float = 0, saturation: float = 0, hue: float = 0) -> None:
        super().__init__()
        self._args = (brightness, contrast, saturation, hue)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """The same shape."""
        return F.image.random_color_jitter(x, *self._args)


class RandomLighting(HybridBlock):
    """AlexNet's noise along the principal components of colours, on (H, W, C).

    Args:
      alpha: the standard deviation of the noise.
    """

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self._alpha = alpha

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """The same shape."""
        return F.image.random_lighting(x, self._alpha)
