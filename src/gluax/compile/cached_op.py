"""CachedOp: one compiled executable per input signature, in a bounded cache.

The parameters are arguments of the executable, never constants in it, so they can change without
a recompile. What distinguishes `hybridize`'s flags is where the arguments come from:

- plain: the parameters as they are;
- `static_alloc`: the parameters *bound*, that is after everything that depends on parameters alone
  was computed once (see `gluax.passes`), and bound again when a parameter changes;
- `static_alloc` and `static_shape`: the first signature is also kept aside, and a call that matches
  it goes straight to the executable.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
from jax.core import Tracer

from gluax.compile.numbers import mxnet_numbers
from gluax.compile.options import give_back_memory, options_for, platform_of

Signature = tuple[tuple[Any, Any], ...]

# With parameters of this size, loading, binding and compiling leave memory behind that is worth returning.
_LARGE_BYTES = 8 << 20


@dataclass(frozen=True)
class CacheLimits:
    """How many executables are kept, and how many bytes of them; the least recently used go first, the last stays."""

    entries: int = 64
    bytes: int | None = None


@dataclass
class CacheStatistics:
    """What a cache did so far; times in seconds. `recompiles` says what caused each miss after the first.

    `bytes` is the size of the executables at hand, as they would be written to disk; it is 0 without a limit for it.
    """

    hits: int = 0
    misses: int = 0
    evictions: int = 0
    bytes: int = 0
    trace_seconds: float = 0.0
    compile_seconds: float = 0.0
    recompiles: list[str] = field(default_factory=list)


def signature_of(arrays: Sequence[jax.Array]) -> Signature:
    """Abstract value and sharding of each input: what an executable is specialised to, weak types aside."""
    return tuple([(array.aval, array.sharding) for array in arrays])


class _Executable(NamedTuple):
    call: Callable[..., Any]
    bytes: int


class CachedOp:
    """A function of (parameters, inputs, key), compiled once per input signature, under MXNet's arithmetic.

    Args:
      function: pure; takes a tuple of parameter arrays, a list of input arrays, and a random key or None.
      input_names: names for the reasons of recompiles.
      limits: what is kept; the defaults of `CacheLimits` without.
      static_shape: keep the first signature's executable aside for the shortest call.
    """

    def __init__(
        self,
        function: Callable[[Any, list[jax.Array], Any], Any],
        input_names: Sequence[str],
        *,
        limits: CacheLimits | None = None,
        static_shape: bool = False,
    ) -> None:
        self.statistics = CacheStatistics()
        self._function = lambda parameters, inputs, key: function(parameters, [_strong(x) for x in inputs], key)
        self._traced = jax.jit(self._function)
        self._input_names = tuple(input_names)
        self._limits = limits or CacheLimits()
        self._static_shape = static_shape
        self._executables: OrderedDict[Signature, _Executable] = OrderedDict()
        self._first: tuple[Signature, Callable[..., Any]] | None = None
        self._lock = threading.Lock()

    def __call__(self, parameters: Any, inputs: list[jax.Array], key: Any = None) -> Any:
        """Run; compiles on a new signature. Tracers go through `jax.jit`, so every transformation works."""
        if any(isinstance(array, Tracer) for array in inputs):
            with mxnet_numbers():
                return self._traced(parameters, inputs, key)
        signature = signature_of(inputs)
        if self._first is not None and signature == self._first[0]:
            self.statistics.hits += 1
            return self._first[1](parameters, inputs, key)
        return self._find(signature, parameters, inputs, key)(parameters, inputs, key)

    def clear(self) -> None:
        """Drop every executable; the statistics stay."""
        with self._lock:
            self._executables.clear()
            self._first = None
            self.statistics.bytes = 0

    def _find(self, signature: Signature, parameters: Any, inputs: list[Any], key: Any) -> Callable[..., Any]:
        # An executable takes weak types as others. Only here: telling them apart takes time, in every call.
        signature = tuple([(aval.strip_weak_type(), sharding) for aval, sharding in signature])
        with self._lock:  # one thread compiles, the others wait for its result
            found = self._executables.get(signature)
            if found is not None:
                self._executables.move_to_end(signature)
                self.statistics.hits += 1
                return found.call
            reason = self._reason(signature)
            found = self._compile(parameters, inputs, key)
            self.statistics.misses += 1
            if reason:
                self.statistics.recompiles.append(reason)
            self._executables[signature] = found
            self.statistics.bytes += found.bytes
            self._evict()
            if self._static_shape and self._first is None:
                self._first = (signature, found.call)
            return found.call

    def _evict(self) -> None:
        limits, kept = self._limits, self._executables
        while len(kept) > 1 and (
            len(kept) > limits.entries or (limits.bytes is not None and self.statistics.bytes > limits.bytes)
        ):
            signature, dropped = kept.popitem(last=False)
            self.statistics.bytes -= dropped.bytes
            self.statistics.evictions += 1
            if self._first is not None and self._first[0] == signature:
                self._first = None

    def _compile(self, parameters: Any, inputs: list[Any], key: Any) -> _Executable:
        start = time.perf_counter()
        with mxnet_numbers():
            # JAX keeps what it traced for as long as the function lives: each executable has one of its own.
            lowered = jax.jit(lambda *arguments: self._function(*arguments)).lower(parameters, inputs, key)
            traced = time.perf_counter()
            leaves = jax.tree.leaves(parameters)
            large = sum(leaf.nbytes for leaf in leaves) >= _LARGE_BYTES
            if large:  # the compiler takes new memory, whatever loading and binding left
                give_back_memory()
            compiled = lowered.compile(options_for(platform_of([*inputs, *leaves])))
            if large:
                give_back_memory()
        self.statistics.trace_seconds += traced - start
        self.statistics.compile_seconds += time.perf_counter() - traced
        return _Executable(compiled, 0 if self._limits.bytes is None else _size_of(compiled))

    def _reason(self, signature: Signature) -> str | None:
        """Name the inputs that differ from the most recently used signature."""
        if not self._executables:
            return None
        latest = next(reversed(self._executables))
        changes = []
        for name, old, new in zip(self._input_names, latest, signature):
            if old != new:
                kept = "" if old[0] != new[0] else " on another device"
                before, now = (f"{aval.dtype}{list(aval.shape)}" for aval in (old[0], new[0]))
                changes.append(f"{name}: {before} -> {now}{kept}")
        return "; ".join(changes)


def _strong(array: jax.Array) -> jax.Array:
    """The array without JAX's weak type, which that of a Python number is: MXNet's arithmetic knows none."""
    return jax.lax.convert_element_type(array, array.dtype) if jax.typeof(array).weak_type else array


def _size_of(compiled: jax.stages.Compiled) -> int:
    executable = compiled.runtime_executable()
    return 0 if executable is None else len(executable.serialize())
