"""Pooling layers."""

from __future__ import annotations

from typing import Any

from gluax.gluon.nn._pool import _GlobalPooling, _Pooling
from gluax.gluon.nn._windows import Sizes, check_layout, sizes_of


class MaxPool1D(_Pooling):
    """The largest value of each window over 1 spatial axis.

    Args:
      pool_size: the window, one number or a tuple of one.
      strides: its steps; by default its size.
      padding: on both sides of each axis.
      layout: "NCW" or "NWC".
      ceil_mode: count a last window that is not full.

    Raises:
      AssertionError: for a window of another rank, or an unknown layout.
    """

    def __init__(
        self,
        pool_size: Sizes = 2,
        strides: Sizes | None = None,
        padding: Sizes = 0,
        layout: str = "NCW",
        ceil_mode: bool = False,
        **kwargs: Any,
    ) -> None:
        check_layout(layout, "NCW", "NWC")
        window = sizes_of("pool_size", pool_size, 1)
        super().__init__(window, strides, padding, ceil_mode, False, "max", layout, **kwargs)


class MaxPool2D(_Pooling):
    """The largest value of each window over 2 spatial axes.

    Args:
      pool_size: the window, one number or one for each axis.
      strides: its steps; by default its size.
      padding: on both sides of each axis.
      layout: "NCHW" or "NHWC".
      ceil_mode: count a last window that is not full.

    Raises:
      AssertionError: for a window of another rank, or an unknown layout.
    """

    def __init__(
        self,
        pool_size: Sizes = (2, 2),
        strides: Sizes | None = None,
        padding: Sizes = 0,
        layout: str = "NCHW",
        ceil_mode: bool = False,
        **kwargs: Any,
    ) -> None:
        check_layout(layout, "NCHW", "NHWC")
        window = sizes_of("pool_size", pool_size, 2)
        super().__init__(window, strides, padding, ceil_mode, False, "max", layout, **kwargs)


class MaxPool3D(_Pooling):
    """The largest value of each window over 3 spatial axes.

    Args:
      pool_size: the window, one number or one for each axis.
      strides: its steps; by default its size.
      padding: on both sides of each axis.
      layout: "NCDHW" or "NDHWC".
      ceil_mode: count a last window that is not full.

    Raises:
      AssertionError: for a window of another rank, or an unknown layout.
    """

    def __init__(
        self,
        pool_size: Sizes = (2, 2, 2),
        strides: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        layout: str = "NCDHW",
        **kwargs: Any,
    ) -> None:
        check_layout(layout, "NCDHW", "NDHWC")
        window = sizes_of("pool_size", pool_size, 3)
        super().__init__(window, strides, padding, ceil_mode, False, "max", layout, **kwargs)


class AvgPool1D(_Pooling):
    """The mean of each window over 1 spatial axis.

    Args:
      pool_size: the window, one number or a tuple of one.
      strides: its steps; by default its size.
      padding: on both sides of each axis.
      layout: "NCW" or "NWC".
      ceil_mode: count a last window that is not full.
      count_include_pad: whether padding counts in the mean.

    Raises:
      AssertionError: for a window of another rank, or an unknown layout.
    """

    def __init__(
        self,
        pool_size: Sizes = 2,
        strides: Sizes | None = None,
        padding: Sizes = 0,
        layout: str = "NCW",
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        **kwargs: Any,
    ) -> None:
        check_layout(layout, "NCW", "NWC")
        window = sizes_of("pool_size", pool_size, 1)
        super().__init__(window, strides, padding, ceil_mode, False, "avg", layout, count_include_pad, **kwargs)


class AvgPool2D(_Pooling):
    """The mean of each window over 2 spatial axes.

    Args:
      pool_size: the window, one number or one for each axis.
      strides: its steps; by default its size.
      padding: on both sides of each axis.
      layout: "NCHW" or "NHWC".
      ceil_mode: count a last window that is not full.
      count_include_pad: whether padding counts in the mean.

    Raises:
      AssertionError: for a window of another rank, or an unknown layout.
    """

    def __init__(
        self,
        pool_size: Sizes = (2, 2),
        strides: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        layout: str = "NCHW",
        count_include_pad: bool = True,
        **kwargs: Any,
    ) -> None:
        check_layout(layout, "NCHW", "NHWC")
        window = sizes_of("pool_size", pool_size, 2)
        super().__init__(window, strides, padding, ceil_mode, False, "avg", layout, count_include_pad, **kwargs)


class AvgPool3D(_Pooling):
    """The mean of each window over 3 spatial axes.

    Args:
      pool_size: the window, one number or one for each axis.
      strides: its steps; by default its size.
      padding: on both sides of each axis.
      layout: "NCDHW" or "NDHWC".
      ceil_mode: count a last window that is not full.
      count_include_pad: whether padding counts in the mean.

    Raises:
      AssertionError: for a window of another rank, or an unknown layout.
    """

    def __init__(
        self,
        pool_size: Sizes = (2, 2, 2),
        strides: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        layout: str = "NCDHW",
        count_include_pad: bool = True,
        **kwargs: Any,
    ) -> None:
        check_layout(layout, "NCDHW", "NDHWC")
        window = sizes_of("pool_size", pool_size, 3)
        super().__init__(window, strides, padding, ceil_mode, False, "avg", layout, count_include_pad, **kwargs)


class GlobalMaxPool1D(_GlobalPooling):
    """The largest value of each channel: 1 spatial axis become size 1.

    Args:
      layout: "NCW" or "NWC".

    Raises:
      AssertionError: for an unknown layout.
    """

    def __init__(self, layout: str = "NCW", **kwargs: Any) -> None:
        check_layout(layout, "NCW", "NWC")
        super().__init__("max", layout, **kwargs)


class GlobalMaxPool2D(_GlobalPooling):
    """The largest value of each channel: 2 spatial axes become size 1.

    Args:
      layout: "NCHW" or "NHWC".

    Raises:
      AssertionError: for an unknown layout.
    """

    def __init__(self, layout: str = "NCHW", **kwargs: Any) -> None:
        check_layout(layout, "NCHW", "NHWC")
        super().__init__("max", layout, **kwargs)


class GlobalMaxPool3D(_GlobalPooling):
    """The largest value of each channel: 3 spatial axes become size 1.

    Args:
      layout: "NCDHW" or "NDHWC".

    Raises:
      AssertionError: for an unknown layout.
    """

    def __init__(self, layout: str = "NCDHW", **kwargs: Any) -> None:
        check_layout(layout, "NCDHW", "NDHWC")
        super().__init__("max", layout, **kwargs)


class GlobalAvgPool1D(_GlobalPooling):
    """The mean of each channel: 1 spatial axis become size 1.

    Args:
      layout: "NCW" or "NWC".

    Raises:
      AssertionError: for an unknown layout.
    """

    def __init__(self, layout: str = "NCW", **kwargs: Any) -> None:
        check_layout(layout, "NCW", "NWC")
        super().__init__("avg", layout, **kwargs)


class GlobalAvgPool2D(_GlobalPooling):
    """The mean of each channel: 2 spatial axes become size 1.

    Args:
      layout: "NCHW" or "NHWC".

    Raises:
      AssertionError: for an unknown layout.
    """

    def __init__(self, layout: str = "NCHW", **kwargs: Any) -> None:
        check_layout(layout, "NCHW", "NHWC")
        super().__init__("avg", layout, **kwargs)


class GlobalAvgPool3D(_GlobalPooling):
    """The mean of each channel: 3 spatial axes become size 1.

    Args:
      layout: "NCDHW" or "NDHWC".

    Raises:
      AssertionError: for an unknown layout.
    """

    def __init__(self, layout: str = "NCDHW", **kwargs: Any) -> None:
        check_layout(layout, "NCDHW", "NDHWC")
        super().__init__("avg", layout, **kwargs)
