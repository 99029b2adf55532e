"""The base of optimizers: their registry, each parameter's rate and decay, and the count of updates."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from gluax.errors import ArgumentError
from gluax.lr_scheduler import LRScheduler
from gluax.ndarray import NDArray
from gluax.optimizer.fused import is_half, run

State = Any
"""None, an NDArray, or tuples of them."""


class Optimizer:
    """Base of optimizers.

    A subclass overrides `create_state` and `update`, in arithmetic of NDArrays; then each parameter is updated by a
    call of its own. gluax's own optimizers say what a step does to one weight, as a pure function of JAX arrays
    (`_step`), and all weights of a step go through one compiled function, which a new rate does not compile again.

    Args:
      rescale_grad: multiplies the gradients; usually ``1 / batch_size``, which `gluon.Trainer` sees to.
      param_idx2name: the parameters' names by their index. Those that do not end with ``_weight`` or ``_gamma`` get no
        weight decay.
      wd: the weight decay.
      clip_gradient: the bound of each element of the gradient; None for none.
      learning_rate: the rate; it takes the place of the scheduler's. 0.01 without either.
      lr_scheduler: gives the rate by the number of updates.
      sym: a symbol whose variables' ``__lr_mult__`` and ``__wd_mult__`` count.
      begin_num_update: where the count of updates begins.
      multi_precision: keep a float32 copy of 16-bit weights, and compute with that.
      param_dict: `gluon.Parameter` by index, whose `lr_mult` and `wd_mult` count.
    """

    opt_registry: ClassVar[dict[str, type[Optimizer]]] = {}

    # What a step does: `(weight, grad, state, **numbers, **settings) -> (weight, state)`, of JAX arrays.
    _step: Any = None
    _numbers: ClassVar[tuple[str, ...]] = ("lr", "wd", "rescale_grad")  # the columns of `_rows`
    _settings: ClassVar[tuple[str, ...]] = ("clip_gradient",)  # attributes that are constants of the compiled function
    _draws: ClassVar[bool] = False  # whether `_step` takes a random key
    _master_last: ClassVar[bool] = False  # whether the float32 copy follows the other states, or precedes them

    def __init__(
        self,
        rescale_grad: float = 1.0,
        param_idx2name: Mapping[Any, str] | None = None,
        wd: float = 0.0,
        clip_gradient: float | None = None,
        learning_rate: float | None = None,
        lr_scheduler: LRScheduler | None = None,
        sym: Any = None,
        begin_num_update: int = 0,
        multi_precision: bool = False,
        param_dict: Mapping[Any, Any] | None = None,
    ) -> None:
        if not isinstance(param_idx2name, (dict, type(None))):
            raise ArgumentError("param_idx2name should be a dict of param indexes to names.")
        self.rescale_grad = rescale_grad
        self.lr_scheduler = lr_scheduler
        self.lr: Any = 0.01 if lr_scheduler is None and learning_rate is None else learning_rate
        if lr_scheduler is not None and learning_rate is not None and lr_scheduler.base_lr != learning_rate:
            print(UserWarning("learning rate from ``lr_scheduler`` has been overwritten by ``learning_rate``"))
            lr_scheduler.base_lr = learning_rate
        self.wd = wd
        self.begin_num_update = begin_num_update
        self.num_update = begin_num_update
        self._all_index_update_counts: dict[int, dict[Any, int]] = {0: {}}
        self._index_update_count = self._all_index_update_counts[0]
        self.clip_gradient = clip_gradient
        self.multi_precision = multi_precision
        self.aggregate_num = 0
        self.idx2name = dict(param_idx2name or {})
        self.sym_info = (sym.attr_dict(), sym.list_arguments()) if sym is not None else ()
        self.param_dict: Mapping[Any, Any] = param_dict or {}
        self.set_lr_mult({})
        self.set_wd_mult({})

    @staticmethod
    def register(klass: Any) -> Any:
        """Make a class known to `create` by its name in lower case; usable as a decorator.

        Warns:
          UserWarning: when it takes the place of another.
        """
        name = klass.__name__.lower()
        old = Optimizer.opt_registry.get(name)
        if old is not None:
            warnings.warn(
                f"WARNING: New optimizer {klass.__module__}.{klass.__name__} is overriding existing optimizer "
                f"{old.__module__}.{old.__name__}",
                stacklevel=2,
            )
        Optimizer.opt_registry[name] = klass
        return klass

    @staticmethod
    def create_optimizer(name: str, **kwargs: Any) -> Optimizer:
        """Make an optimizer by its name, in any case, with its arguments.

        Raises:
          ValueError: for an unknown name.
        """
        if name.lower() not in Optimizer.opt_registry:
            raise ArgumentError(f"Cannot find optimizer {name}")
        return Optimizer.opt_registry[name.lower()](**kwargs)

    # Rates and decays.

    @property
    def learning_rate(self) -> float:
        """The rate now, the scheduler's where there is one."""
        return self.lr_scheduler(self.num_update) if self.lr_scheduler is not None else self.lr

    def set_learning_rate(self, lr: float) -> None:
        """Set the rate.

        Raises:
          UserWarning: (which is raised, as in MXNet) when there is a scheduler.
        """
        if self.lr_scheduler is not None:
            raise UserWarning(
                "LRScheduler of the optimizer has already been defined: set_learning_rate changes the rate only where "
                "there is no LRScheduler."
            )
        self.lr = lr

    def set_lr_scale(self, args_lrscale: Any) -> None:
        """Deprecated in favour of `set_lr_mult`.

        Raises:
          DeprecationWarning: always, as in MXNet.
        """
        raise DeprecationWarning

    def set_lr_mult(self, args_lr_mult: Mapping[Any, float]) -> None:
        """Multiply the rates of some parameters, by name or index, over what the symbol says."""
        self.lr_mult: dict[Any, float] = {**self._said_by_symbol("__lr_mult__"), **args_lr_mult}

    def set_wd_mult(self, args_wd_mult: Mapping[Any, float]) -> None:
        """Multiply the decays of some parameters, by name or index, over what the symbol says.

        By default parameters whose names do not end with ``_weight`` or ``_gamma`` have no decay.
        """
        none = {name: 0.0 for name in self.idx2name.values() if not self._decays(name)}
        self.wd_mult: dict[Any, float] = {**none, **self._said_by_symbol("__wd_mult__"), **args_wd_mult}

    def _decays(self, name: str) -> bool:
        return name.endswith(("_weight", "_gamma"))

    def _said_by_symbol(self, attribute: str) -> dict[str, float]:
        if not self.sym_info:
            return {}
        attributes, arguments = self.sym_info
        return {name: float(attributes[name][attribute]) for name in arguments if attribute in attributes.get(name, ())}

    def _get_lrs(self, indices: Sequence[Any]) -> list[float]:
        lr = self.learning_rate
        return [lr * self._multiplier(index, "lr_mult") for index in indices]

    def _get_lr(self, index: Any) -> float:
        return self._get_lrs([index])[0]

    def _get_wds(self, indices: Sequence[Any]) -> list[float]:
        return [self.wd * self._multiplier(index, "wd_mult") for index in indices]

    def _get_wd(self, index: Any) -> float:
        return self._get_wds([index])[0]

    def _multiplier(self, index: Any, kind: str) -> float:
        own = getattr(self, kind)
        if index in self.param_dict:
            return getattr(self.param_dict[index], kind)
        return own[index] if index in own else own.get(self.idx2name.get(index), 1.0)

    # Counting.

    def _set_current_context(self, device_id: int) -> None:
        """Count for this device: copies of a parameter share its index."""
        self._index_update_count = self._all_index_update_counts.setdefault(device_id, {})

    def _update_count(self, index: Any) -> None:
        counts = self._index_update_count
        for each in index if isinstance(index, (list, tuple)) else (index,):
            counts[each] = counts.get(each, self.begin_num_update) + 1
            self.num_update = max(counts[each], self.num_update)

    def _rows(self, indices: Sequence[Any]) -> list[tuple[float, ...]]:
        """Count an update of some parameters, and give each one's numbers, by `_numbers`, for `_step`."""
        self._update_count(indices)
        pairs = zip(self._get_lrs(indices), self._get_wds(indices))
        return [(lr, wd, self.rescale_grad) for lr, wd in pairs]

    # States and updates.

    def create_state(self, index: Any, weight: NDArray) -> State:
        """What is kept for a parameter between updates: None here."""
        return None

    def create_state_multi_precision(self, index: Any, weight: NDArray) -> State:
        """`create_state`; for a 16-bit weight with `multi_precision` that of a float32 copy, and the copy.

        Warns:
          UserWarning: for a 16-bit weight without `multi_precision`.
        """
        if self.multi_precision and is_half(weight.dtype):
            master = weight.astype(np.float32)
            state = self.create_state(index, master)
            return (state, master) if self._master_last else (master, state)
        if weight.dtype == np.float16:
            warnings.warn(
                "Accumulating with float16 in optimizer can lead to poor accuracy or slow convergence. Consider using "
                "multi_precision=True option of the optimizer",
                stacklevel=2,
            )
        return self.create_state(index, weight)

    @property
    def _fused(self) -> bool:
        """Whether nobody has overridden what goes through the compiled function."""
        kind = type(self)
        plain = kind.update is Optimizer.update and kind.update_multi_precision is Optimizer.update_multi_precision
        return plain and kind._step is not None

    def update(self, index: Any, weight: Any, grad: Any, state: State) -> None:
        """Update a weight and its state.

        Args:
          index: which parameter it is; or a list of them, and of weights, gradients and states.
          weight: the weight, which is overwritten.
          grad: its gradient.
          state: what `create_state` gave, which is overwritten.

        Raises:
          NotImplementedError: in a subclass that does not say how.
        """
        run(self, index, weight, grad, state, masters=False)

    def update_multi_precision(self, index: Any, weight: Any, grad: Any, state: State) -> None:
        """Update a weight and the state that `create_state_multi_precision` gave; see `update`."""
        if type(self).update is Optimizer.update:
            run(self, index, weight, grad, state, masters=self.multi_precision)
        elif self.multi_precision and is_half(weight.dtype):
            master, inner = reversed(state) if self._master_last else state
            self.update(index, master, grad.astype(np.float32), inner)
            weight[:] = master.astype(weight.dtype)
        else:
            self.update(index, weight, grad, state)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "param_dict"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ = {**state, "param_dict": {}}


register = Optimizer.register
create = Optimizer.create_optimizer
