"""What all pooling layers are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.nn._windows import Sizes, repeated


class _Pooling(HybridBlock):
    """Pooling of any rank and kind."""

    def __init__(
        self,
        pool_size: Sequence[int],
        strides: Sizes | None,
        padding: Sizes,
        ceil_mode: bool,
        global_pool: bool,
        pool_type: str,
        layout: str,
        count_include_pad: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        rank = len(pool_size)
        self._kwargs: dict[str, Any] = {
            "kernel": pool_size,
            "stride": pool_size if strides is None else repeated(strides, rank),
            "pad": repeated(padding, rank),
            "global_pool": global_pool,
            "pool_type": pool_type,
            "layout": layout,
            "pooling_convention": "full" if ceil_mode else "valid",
        }
        if count_include_pad is not None:
            self._kwargs["count_include_pad"] = count_include_pad

    def _alias(self) -> str:
        return "pool"

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Pool."""
        return F.Pooling(x, name="fwd", **self._kwargs)

    def __repr__(self) -> str:
        form = (
            "{name}(size={kernel}, stride={stride}, padding={pad}, ceil_mode={ceil_mode}, global_pool={global_pool}, "
            "pool_type={pool_type}, layout={layout})"
        )
        ceil_mode = self._kwargs["pooling_convention"] == "full"
        return form.format(name=type(self).__name__, ceil_mode=ceil_mode, **self._kwargs)


class _GlobalPooling(_Pooling):
    """Pooling over all spatial axes, of which each keeps the size 1."""

    def __init__(self, pool_type: str, layout: str, **kwargs: Any) -> None:
        super().__init__((1,) * (len(layout) - 2), None, 0, True, True, pool_type, layout, **kwargs)
