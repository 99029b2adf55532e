"""Random numbers: distributions whose parameters are numbers, or symbols for one draw per element."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from typing import Any

from gluax.ops.signatures import NULL
from gluax.symbol.factory import create
from gluax.symbol.namespaces import namespace
from gluax.symbol.operators import is_scalar
from gluax.symbol.symbol import Symbol

_like, __dir__ = namespace(__name__, "_random_")

# Distribution -> its parameters with their defaults and the names the operators give them.
_DISTRIBUTIONS: dict[str, dict[str, tuple[float, str, str]]] = {
    "uniform": {"low": (0, "low", "low"), "high": (1, "high", "high")},
    "normal": {"loc": (0, "loc", "mu"), "scale": (1, "scale", "sigma")},
    "gamma": {"alpha": (1, "alpha", "alpha"), "beta": (1, "beta", "beta")},
    "exponential": {"scale": (1, "lam", "lam")},
    "poisson": {"lam": (1, "lam", "lam")},
    "negative_binomial": {"k": (1, "k", "k"), "p": (1, "p", "p")},
    "generalized_negative_binomial": {"mu": (1, "mu", "mu"), "alpha": (1, "alpha", "alpha")},
}


def __getattr__(name: str) -> Any:
    return _like(name)


def _draw(distribution: str, values: Mapping[str, Any], shape: Any, dtype: Any, kwargs: dict[str, Any]) -> Symbol:
    parameters = _DISTRIBUTIONS[distribution]
    name, attr = kwargs.pop("name", None), kwargs.pop("attr", None)
    attrs = {key: value for key, value in {"shape": shape, "dtype": dtype, **kwargs}.items() if value is not NULL}
    first = next(iter(values.values()))
    wanted = Symbol if isinstance(first, Symbol) else None
    for value in values.values():
        if isinstance(value, Symbol) is not (wanted is Symbol):
            raise AssertionError(
                f"Distribution parameters must all have the same type, but got both {type(first)} and {type(value)}."
            )
    if wanted is Symbol:
        op = f"_sample_{distribution}"
        named = {parameters[key][2]: value for key, value in values.items()}
        return create(op, op, named=named, attrs=attrs, name=name, attr=attr)
    if not is_scalar(first):
        raise ValueError(f"Distribution parameters must be either Symbol or numbers, but got {type(first)}.")
    op = f"_random_{distribution}"
    attrs.update({parameters[key][1]: value for key, value in values.items()})
    return create(op, op, attrs=attrs, name=name, attr=attr)


def _signature(parameters: Mapping[str, tuple[float, str, str]]) -> Signature:
    defaults = {**{key: default for key, (default, _, _) in parameters.items()}, "shape": NULL, "dtype": NULL}
    named = [Parameter(key, Parameter.POSITIONAL_OR_KEYWORD, default=value) for key, value in defaults.items()]
    return Signature([*named, Parameter("kwargs", Parameter.VAR_KEYWORD)])


def _distribution(name: str, of_scale: Callable[[Any], Any] = lambda value: value) -> Callable[..., Symbol]:
    parameters = _DISTRIBUTIONS[name]
    signature = _signature(parameters)

    def draw(*args: Any, **kwargs: Any) -> Symbol:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = bound.arguments
        values = {key: of_scale(given[key]) for key in parameters}
        return _draw(name, values, given["shape"], given["dtype"], given["kwargs"])

    draw.__name__ = draw.__qualname__ = name
    draw.__signature__ = signature  # pyright: ignore[reportFunctionMemberAccess]
    defaults = ", ".join(f"{key}={default}" for key, (default, _, _) in parameters.items())
    draw.__doc__ = f"Draw from a {name.replace('_', ' ')} distribution: {name}({defaults}, shape, dtype)."
    return draw


uniform = _distribution("uniform")
normal = _distribution("normal")
gamma = _distribution("gamma")
exponential = _distribution("exponential", of_scale=lambda scale: 1.0 / scale)
poisson = _distribution("poisson")
negative_binomial = _distribution("negative_binomial")
generalized_negative_binomial = _distribution("generalized_negative_binomial")


def randn(*shape: int, loc: Any = 0, scale: Any = 1, dtype: Any = NULL, **kwargs: Any) -> Symbol:
    """Draw from a normal distribution; the shape is given by position."""
    return _draw("normal", {"loc": loc, "scale": scale}, shape, dtype, kwargs)


def randint(low: int, high: int, shape: Any = NULL, dtype: Any = NULL, **kwargs: Any) -> Symbol:
    """Integers from `low` to before `high`."""
    name, attr = kwargs.pop("name", None), kwargs.pop("attr", None)
    attrs = {"low": low, "high": high, "shape": shape, "dtype": dtype, **kwargs}
    given = {key: value for key, value in attrs.items() if value is not NULL}
    return create("_random_randint", "_random_randint", attrs=given, name=name, attr=attr)


def multinomial(data: Symbol, shape: Any = NULL, get_prob: bool = True, dtype: Any = "int32", **kwargs: Any) -> Symbol:
    """Draw indices by the probabilities in the last axis of `data`; with their log likelihood by default."""
    name, attr = kwargs.pop("name", None), kwargs.pop("attr", None)
    attrs = {"shape": shape, "get_prob": get_prob, "dtype": dtype, **kwargs}
    given = {key: value for key, value in attrs.items() if value is not NULL}
    return create("_sample_multinomial", "_sample_multinomial", inputs=(data,), attrs=given, name=name, attr=attr)


def shuffle(data: Symbol, **kwargs: Any) -> Symbol:
    """Shuffle along the first axis."""
    name, attr = kwargs.pop("name", None), kwargs.pop("attr", None)
    return create("_shuffle", "_shuffle", inputs=(data,), attrs=kwargs, name=name, attr=attr)
