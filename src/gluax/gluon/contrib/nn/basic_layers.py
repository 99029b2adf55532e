"""Concurrent containers, identity, embedding with sparse rows, batch normalization over devices."""

from __future__ import annotations

import warnings
from typing import Any

from gluax import ndarray
from gluax.context import num_gpus
from gluax.gluon.block import Block
from gluax.gluon.hybrid_block import HybridBlock
from gluax.gluon.nn import BatchNorm, HybridSequential, Sequential
from gluax.gluon.parameter_dict import ParameterDict
from gluax.initializer import Initializer

Init = Initializer | str | None


class Concurrent(Sequential):
    """Runs its blocks on the same input and concatenates their outputs.

    Args:
      axis: along which to concatenate.
      prefix: the beginning of the names of parameters and children.
      params: parameters to share.
    """

    def __init__(self, axis: int = -1, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self.axis = axis

    def forward(self, x: Any) -> Any:  # type: ignore[override]
        """All outputs as one."""
        return ndarray.concat(*[block(x) for block in self._children.values()], dim=self.axis)


class HybridConcurrent(HybridSequential):
    """Runs its hybrid blocks on the same input and concatenates their outputs.

    Args:
      axis: along which to concatenate.
      prefix: the beginning of the names of parameters and children.
      params: parameters to share.
    """

    def __init__(self, axis: int = -1, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self.axis = axis

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """All outputs as one."""
        return F.concat(*[block(x) for block in self._children.values()], dim=self.axis)


class Identity(HybridBlock):
    """Gives its input back.

    Args:
      prefix: the beginning of the block's name.
      params: without effect.
    """

    def __init__(self, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        super().__init__(prefix=prefix, params=params)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """The input."""
        return x


class SparseEmbedding(Block):
    """`Embedding` with a table that MXNet stores as row_sparse; here it is dense.

    Args:
      input_dim: number of rows.
      output_dim: size of a row.
      dtype: of the table and the output.
      weight_initializer: for the table.
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        dtype: Any = "float32",
        weight_initializer: Init = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._kwargs = {"input_dim": input_dim, "output_dim": output_dim, "dtype": dtype, "sparse_grad": True}
        self.weight = self.params.get(
            "weight",
            shape=(input_dim, output_dim),
            init=weight_initializer,
            dtype=dtype,
            grad_stype="row_sparse",
            stype="row_sparse",
        )

    def forward(self, x: Any) -> Any:  # type: ignore[override]
        """Look the rows up; any shape in, one more axis out."""
        return ndarray.Embedding(x, self.weight.row_sparse_data(x), name="fwd", **self._kwargs)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({{input_dim}} -> {{output_dim}}, {{dtype}})".format(**self._kwargs)


class SyncBatchNorm(BatchNorm):
    """`BatchNorm` by the statistics of the batch on all devices.

    Args:
      in_channels: number of channels, which are axis 1; 0 leaves it to the first call.
      num_devices: number of devices; None counts the GPUs.
      momentum, epsilon, center, scale, use_global_stats: see `BatchNorm`.
      beta_initializer, gamma_initializer, running_mean_initializer, running_variance_initializer: for the parameters.

    Warns:
      UserWarning: when it counts the GPUs: not all of them may be used.
    """

    def __init__(
        self,
        in_channels: int = 0,
        num_devices: int | None = None,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        center: bool = True,
        scale: bool = True,
        use_global_stats: bool = False,
        beta_initializer: Init = "zeros",
        gamma_initializer: Init = "ones",
        running_mean_initializer: Init = "zeros",
        running_variance_initializer: Init = "ones",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            1, momentum, epsilon, center, scale, use_global_stats, beta_initializer, gamma_initializer,
            running_mean_initializer, running_variance_initializer, in_channels, **kwargs,
        )  # fmt: skip
        self._kwargs = {
            "eps": epsilon,
            "momentum": momentum,
            "fix_gamma": not scale,
            "use_global_stats": use_global_stats,
            "ndev": _count_devices() if num_devices is None else num_devices,
            "key": self.prefix,
        }

    def hybrid_forward(self, F: Any, x: Any, gamma: Any, beta: Any, running_mean: Any, running_var: Any) -> Any:
        """Normalize; same shape."""
        return F.contrib.SyncBatchNorm(x, gamma, beta, running_mean, running_var, name="fwd", **self._kwargs)


def _count_devices() -> int:
    message = "Caution using SyncBatchNorm: if not using all the GPUs, please mannually set num_devices"
    warnings.warn(message, UserWarning, stacklevel=3)
    return max(num_gpus(), 1)
