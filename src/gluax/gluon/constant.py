"""Constants of a block: parameters that are not trained."""

from __future__ import annotations

import warnings
from typing import Any

import jax
import numpy as np

from gluax.gluon.parameter import Parameter
from gluax.gluon.parameter_arrays import as_ndarray
from gluax.ndarray import NDArray


class Constant(Parameter):
    """A parameter that is not trained: it has no gradient. `set_data` may still change it.

    Args:
      name: the variable's name.
      value: the initial values; all but NDArrays and JAX arrays become float32.
    """

    def __init__(self, name: str, value: Any) -> None:
        if not isinstance(value, (NDArray, jax.Array)):
            value = np.asarray(value, np.float32)
        self.value = as_ndarray(value)
        super().__init__(
            name, grad_req="null", shape=self.value.shape, dtype=self.value.dtype, init=f"Constant_{name}_{id(self)}"
        )

    def _initial(self, init: Any, default_init: Any) -> NDArray:
        # MXNet registers an initializer of the name that `init` holds, and never forgets it.
        return self.value if init == self.init else super()._initial(init, default_init)

    @property
    def grad_req(self) -> str:
        """Always "null"; setting anything else warns and does nothing."""
        return "null"

    @grad_req.setter
    def grad_req(self, req: str) -> None:
        if req != "null":
            warnings.warn(
                f'Constant parameter "{self.name}" does not support grad_req other than "null", and new value '
                f'"{req}" is ignored.',
                stacklevel=2,
            )
