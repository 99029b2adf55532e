"""The JAX door for Flax: a `Model` as a module of nnx or of linen.

MXNet's names are the keys of two dictionaries, ``params`` and ``batch_stats`` (the auxiliary states), so a path is
``("params", "resnet_conv0_weight")`` whatever characters a name has.
"""

from __future__ import annotations

from typing import Any

import jax

from gluax.errors import ArgumentError, MissingExtraError
from gluax.jax_model import Model

try:
    from flax import linen, nnx
except ModuleNotFoundError as error:
    raise MissingExtraError("modules of Flax need an extra: pip install 'gluax[flax]'") from error


def nnx_module(model: Model, *, deterministic: bool = False, rngs: nnx.Rngs | nnx.RngStream | None = None) -> NNXModule:
    """Make a module of `flax.nnx` that starts with the model's values.

    Args:
      model: what `gluax.load` returns.
      deterministic: False is training mode, as in nnx's own Dropout and BatchNorm: dropout drops, BatchNorm normalises
        by the batch and updates its statistics. ``eval()`` and ``train()`` switch.
      rngs: where random keys come from, the stream "dropout" of it; may also be given in each call.

    Returns:
      A module whose `params` are `nnx.Param` and whose `batch_stats` are `nnx.BatchStat`, by MXNet's names.
    """
    return NNXModule(model, deterministic, rngs)


def linen_module(model: Model, *, name: str | None = None) -> LinenModule:
    """Make a module of `flax.linen` whose `init` returns the model's values.

    Args:
      model: what `gluax.load` returns.
      name: the name within a larger module.

    Returns:
      A module with the collections "params" and "batch_stats", by MXNet's names.
    """
    return LinenModule(model=model, name=name)


class NNXModule(nnx.Module):
    """See `nnx_module`."""

    def __init__(self, model: Model, deterministic: bool, rngs: nnx.Rngs | nnx.RngStream | None) -> None:
        self.model = model
        self.deterministic = deterministic
        self.params = nnx.data({name: nnx.Param(array) for name, array in model.variables["params"].items()})
        self.batch_stats = nnx.data({name: nnx.BatchStat(array) for name, array in model.variables["aux"].items()})
        stream = rngs["dropout"] if isinstance(rngs, nnx.Rngs) else rngs
        self.rngs = nnx.data(None if stream is None else stream.fork())

    def __call__(
        self,
        *inputs: Any,
        deterministic: bool | None = None,
        rngs: nnx.Rngs | nnx.RngStream | jax.Array | None = None,
        **named: Any,
    ) -> Any:
        """Run on arrays, given as to `Model.apply`, as may be `taps`; the others take precedence over the module's own.

        Raises:
          ArgumentError: when random numbers are needed and nothing gives a key; as `Model.apply` besides.
        """
        training = not (self.deterministic if deterministic is None else deterministic)
        variables = {
            "params": {name: param[...] for name, param in self.params.items()},
            "aux": {name: state[...] for name, state in self.batch_stats.items()},
        }
        key = self._key(rngs) if self.model.draws(training) else None
        if not training:
            return self.model.apply(variables, *inputs, rng=key, **named)
        outputs, updated, *tapped = self.model.apply_train(variables, *inputs, rng=key, **named)
        for name, array in updated["aux"].items():
            self.batch_stats[name][...] = jax.lax.stop_gradient(array)
        return (outputs, *tapped) if tapped else outputs

    def _key(self, rngs: nnx.Rngs | nnx.RngStream | jax.Array | None) -> jax.Array:
        source = self.rngs if rngs is None else rngs
        if source is None:
            raise ArgumentError("the model draws random numbers: pass rngs=nnx.Rngs(seed) to nnx_module or in the call")
        stream = source["dropout"] if isinstance(source, nnx.Rngs) else source
        return stream() if isinstance(stream, nnx.RngStream) else stream

    def set_view(self, deterministic: bool | None = None) -> None:
        """Set what is given; used by `nnx.view`.

        Args:
          deterministic: whether to run in inference mode.
        """
        if deterministic is not None:
            self.deterministic = deterministic


class LinenModule(linen.Module):
    """See `linen_module`."""

    model: Model

    @linen.compact
    def __call__(self, *inputs: Any, train: bool = False, **named: Any) -> Any:
        """Run on arrays, given as to `Model.apply`.

        Args:
          *inputs: arrays in the order of the model's `input_names`.
          train: training mode: dropout drops by the key of ``rngs={"dropout": key}``, BatchNorm normalises by the batch
            and updates its statistics, for which "batch_stats" must be mutable.
          **named: inputs or labels by name, and `taps`.
        """
        values = self.model.variables
        params = {name: self.param(name, lambda _, value=value: value) for name, value in values["params"].items()}
        states = {
            name: self.variable("batch_stats", name, lambda value=value: value) for name, value in values["aux"].items()
        }
        variables = {"params": params, "aux": {name: state.value for name, state in states.items()}}
        key = self.make_rng("dropout") if self.model.draws(train) else None
        if not train:
            return self.model.apply(variables, *inputs, rng=key, **named)
        outputs, updated, *tapped = self.model.apply_train(variables, *inputs, rng=key, **named)
        if not self.is_initializing():
            for name, array in updated["aux"].items():
                states[name].value = array
        return (outputs, *tapped) if tapped else outputs
