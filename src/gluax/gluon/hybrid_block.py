"""`HybridBlock`: a block that can be traced into a graph and compiled."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import jax

import gluax.ndarray
import gluax.symbol
from gluax import modes
from gluax.compile.artifact import Artifact
from gluax.compile.buckets import sizes_by_axis
from gluax.compile.cached_op import CacheLimits, CacheStatistics
from gluax.context import Context
from gluax.errors import ArgumentError
from gluax.gluon import block_files
from gluax.gluon.block import Block
from gluax.gluon.nested import as_family, contexts, family_of, flatten, same_structure, single_context, wrapped
from gluax.gluon.parameter import DeferredInitializationError
from gluax.gluon.runner import HybridFlags
from gluax.gluon.tracing import TracedBlock
from gluax.ndarray import NDArray
from gluax.passes.reduce_precision import LowType, check_low_type
from gluax.structure import regroup
from gluax.symbol import Symbol


class HybridBlock(TracedBlock):
    """A block whose `hybrid_forward` works on arrays and on symbols alike, so that it can be traced and compiled.

    Until `hybridize` is called it runs operator by operator. Afterwards the first call traces `hybrid_forward` on
    symbols; the graph is compiled for each signature of its inputs. Parameters are arguments of what is compiled:
    their new values count from the next call on.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if isinstance(value, HybridBlock):
            self._clear_cached_op()

    def register_child(self, block: Block, name: str | None = None) -> None:
        """Add a child; the traced graph, if any, is forgotten.

        Raises:
          ValueError: when the child is no HybridBlock.
        """
        if not isinstance(block, HybridBlock):
            raise ArgumentError(
                f"Children of HybridBlock must also be HybridBlock, but {block} has type {type(block)}. "
                "In place of Sequential use HybridSequential."
            )
        super().register_child(block, name)
        self._clear_cached_op()

    # --- how calls run

    def hybridize(
        self,
        active: bool = True,
        backend: str | None = None,
        clear: bool = True,
        static_alloc: bool = False,
        static_shape: bool = False,
        inline_limit: int = 2,
        forward_bulk_size: int | None = None,
        backward_bulk_size: int | None = None,
        cache_size: int = 64,
        cache_bytes: int | None = None,
        buckets: Sequence[int] | Mapping[int, Sequence[int]] = (),
        winograd: bool = True,
        dtype: LowType | None = None,
        release_parameters: bool = False,
        **kwargs: Any,
    ) -> None:
        """Choose how calls run.

        Args:
          active: False runs operator by operator. True compiles one executable per input signature; the parameters
            are its arguments, so they can change without a recompile.
          backend: the name of a backend that rewrites the traced graph; see `optimize_for`.
          clear: forget the graph traced so far.
          static_alloc: bind the parameters: fold BatchNorm and compute once all that depends on parameters
            alone; bound again when a parameter changes. Costs memory for the bound copies.
          static_shape: with `static_alloc`, choose forms of layers by the first call's shapes, and call its executable
            by the shortest way; other shapes still work. Without it the first call raises `MXNetError`, as in MXNet.
          inline_limit, forward_bulk_size, backward_bulk_size: MXNet's hints to its scheduler; XLA has no use for them.
          cache_size, cache_bytes: how many executables are kept, and how many bytes of them; the least recently used
            are dropped.
          buckets: sizes to compile for: of the batch, ``(1, 8, 32)``, or by axis, ``{0: (1, 8), 1: (64, 128)}``. In
            inference the first input, and other inputs as long along an axis, are padded there with zeros to the next
            larger size, and the outputs cut. That is right where entries along the axis do not depend on later ones:
            for rows of a batch, and for steps of a sequence in causal models and in those that mask by lengths given
            as an input. Means or softmax over steps, and recurrent layers that run backwards or give their last
            state, see the padding: nothing can check that for you.
          winograd: whether `static_shape` may compute 3x3 convolutions on CPU by Winograd's method: up to 2 times
            faster, some seconds more to compile, and rounding errors about 10 times as large (1e-6 of the result).
          dtype: with `static_alloc`, "bfloat16" or "float16" runs what gains from it in that type: convolutions, dense
            layers, RNN and products, as MXNet's automatic mixed precision does; inputs and outputs stay float32. With a
            backend it is the backend's option.
          release_parameters: with `static_alloc`, keep only the bound copies of parameters that a .params file was
            loaded into: their arrays leave the memory when they are bound, and are read from the file again, each
            time, when somebody asks for them. The file may be replaced or deleted meanwhile, not written to in place.
          **kwargs: options of the backend.

        Raises:
          ArgumentError: for a cache without room, a bucket without or a negative axis, or another dtype.

        Warns:
          UserWarning: when the block has forward hooks, which do not fire inside a compiled parent.
        """
        if cache_size < 1:
            raise ArgumentError(f"cache_size must be at least 1, got {cache_size}")
        if backend is not None and dtype is not None:
            kwargs["dtype"], dtype = dtype, None
        check_low_type(dtype)
        if kwargs or backend != self._backend:  # options belong to the backend they were given for
            self._backend_opts = kwargs
        self._backend = backend
        self._rewritten = False  # without `clear` a backend rewrites what an earlier one made
        self._active = active
        limits, sizes = CacheLimits(cache_size, cache_bytes), sizes_by_axis(buckets)
        self._flags = HybridFlags(
            active, static_alloc, static_shape, limits, sizes, winograd, dtype, release_parameters
        )
        self._runner = None
        if clear:
            self._clear_cached_op()
        if (active and self._forward_hooks) or self._forward_pre_hooks:
            warnings.warn(
                f'"{self}" is being hybridized while still having forward hook/pre-hook. If "{self}" is a child of '
                "HybridBlock, the hooks will not take effect.",
                stacklevel=2,
            )
        super().hybridize(
            active, static_alloc=static_alloc, static_shape=static_shape, inline_limit=inline_limit,
            forward_bulk_size=forward_bulk_size, backward_bulk_size=backward_bulk_size, cache_size=cache_size,
            cache_bytes=cache_bytes, buckets=buckets, winograd=winograd, dtype=dtype,
            release_parameters=release_parameters,
        )  # fmt: skip

    def optimize_for(
        self,
        x: Any,
        *args: Any,
        backend: str | None = None,
        clear: bool = False,
        static_alloc: bool = False,
        static_shape: bool = False,
        inline_limit: int = 2,
        forward_bulk_size: int | None = None,
        backward_bulk_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        """Hybridize and rewrite the graph for a backend in place, without running it.

        Args:
          x, *args: inputs, for their shapes and types.
          backend: the backend's name; an unknown one gets an error that lists the known.
          clear: forget earlier rewrites.
          static_alloc, static_shape, inline_limit, forward_bulk_size, backward_bulk_size: see `hybridize`.
          **kwargs: options of the backend.

        Raises:
          ValueError: without a backend, and for inputs that do not fit together.
        """
        if not backend:
            raise ArgumentError('Must specify "backend" to optimize_for')
        bulk = {"forward_bulk_size": forward_bulk_size, "backward_bulk_size": backward_bulk_size}
        self.hybridize(True, backend, clear, static_alloc, static_shape, inline_limit, **bulk, **kwargs)
        given, _ = wrapped((x, *args))
        if family_of(given) is NDArray:
            single_context([value for value in flatten(given, "input")[0] if value is not None])
        self._build(given)

    def cast(self, dtype: Any) -> None:
        """Change the dtype of all parameters; normalization layers stay in float32 for float16."""
        self._clear_cached_op()
        super().cast(dtype)

    def warmup(self, *shapes: Sequence[int] | Sequence[Sequence[int]], dtype: Any = "float32") -> None:
        """Compile ahead of the first call, by running on zeros once for each signature.

        Args:
          *shapes: the shape of the input, ``(1, 3, 224, 224)``, or a list of shapes for a block with several.
          dtype: of all inputs.
        """
        for inputs in _zeros(shapes, dtype):
            jax.block_until_ready([output._data for output in flatten(self(*inputs), "output")[0]])

    @property
    def cache_statistics(self) -> CacheStatistics | None:
        """Hits, misses, evictions, trace and compile seconds and reasons of recompiles; None when not hybridized."""
        return self._runner.statistics if self._runner is not None else None

    def register_op_hook(self, callback: Callable[[str, str, Any], None], monitor_all: bool = False) -> None:
        """See `Block.register_op_hook`. The compiled graph also returns the values that the callback gets."""
        self._callback, self._monitor_all = callback, monitor_all
        self._runner = None
        super().register_op_hook(callback, monitor_all)

    # --- execution

    def forward(self, x: Any, *args: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Run `hybrid_forward`, or what it was compiled to, on arrays; or compose with symbols.

        Raises:
          ValueError: for a mix of arrays and symbols, for neither, and, hybridized, for arrays of several contexts
            or another structure of arguments than the traced one.
        """
        given = (x, *args)
        arrays = all(isinstance(value, NDArray) for value in given)
        if not arrays and family_of(given) is Symbol:
            return self._compose(given)
        if self._active:
            return self._run_graph(given)
        with contexts(given)[0] as ctx:
            return self.hybrid_forward(gluax.ndarray, x, *args, **self._own_values(given, ctx))

    def _compose(self, given: Sequence[Any]) -> Any:
        with self.name_scope():
            return self.hybrid_forward(gluax.symbol, *given, **self._own_variables(given))

    def _own_values(self, given: Sequence[Any], ctx: Context) -> dict[str, NDArray]:
        try:
            values = {name: parameter.data(ctx) for name, parameter in self._reg_params.items()}
        except DeferredInitializationError:
            self._deferred_infer_shape(*given)
            for parameter in self.params.values():
                parameter._finish_deferred_init()
            values = {name: parameter.data(ctx) for name, parameter in self._reg_params.items()}
        return as_family(values, given)

    def _run_graph(self, given: Sequence[Any]) -> Any:
        flat, structure = flatten(given, "input")
        values = [value for value in flat if value is not None]
        ctx = single_context(values)
        runner = self._runner if self._runner is not None else self._build(given)
        if structure != self._in_format and not same_structure(self._in_format, structure):  # type: ignore[arg-type]
            names = [symbol.name for symbol in self._get_graph()[0]]
            raise ArgumentError(
                f"{len(given)} inputs were passed, with the structure {structure}, which does not match the cached "
                f"version: {type(self).__name__} takes {names}, with the structure {self._in_format}"
            )
        if modes.is_recording():
            outputs = runner.record(values, ctx)
        else:
            label = ctx if ctx.device_type.startswith("cpu") else None  # an accelerator's array says where it is
            kind = type(values[0])
            outputs = [kind(output, label) for output in runner([value._data for value in values], ctx)]
        return regroup(outputs, self._out_format)  # type: ignore[arg-type]

    # --- files

    def save_compiled(
        self, path: str | os.PathLike[str], *shapes: Sequence[int] | Sequence[Sequence[int]], dtype: Any = "float32"
    ) -> None:
        """Write programs for some signatures and the parameters bound to them, for `gluax.load_compiled`.

        Args:
          path: the file, ``model.gluax`` by custom.
          *shapes, dtype: see `warmup`.

        Raises:
          ArgumentError: without a shape, when the block is not hybridized, or draws random numbers.
        """
        signatures = list(_zeros(shapes, dtype))
        if not signatures or not self._active:
            raise ArgumentError("save_compiled takes a hybridized block and at least one shape")
        programs = []
        variables: dict[str, dict[str, jax.Array]] = {}
        for inputs in signatures:
            runner = self._runner if self._runner is not None else self._build(inputs)
            variables, program = runner.export([array._data for array in inputs])
            programs.append(program)
        names = [str(symbol.name) for symbol in self._get_graph()[0]]
        Artifact(names, variables, programs).save(path)

    def export(self, path: str | os.PathLike[str], epoch: int = 0, remove_amp_cast: bool = True) -> None:
        """Write ``<path>-symbol.json`` and ``<path>-<epoch>.params``, which `SymbolBlock.imports` and MXNet read.

        Args:
          path: where the file names begin.
          epoch: the number in the parameter file's name, four digits.
          remove_amp_cast: leave out the casts of automatic mixed precision.

        Raises:
          RuntimeError: before the first hybridized call, without which there is no graph, or for parameters without
            a value.
        """
        if not self._cached_graph:
            raise RuntimeError(
                "Please first call block.hybridize() and then run forward with this block at least once before "
                "calling export."
            )
        parameters = self._graph_params or self._parameters_of(*self._cached_graph)
        block_files.export(self._cached_graph[1], parameters, path, epoch, remove_amp_cast)


def _zeros(shapes: Sequence[Any], dtype: Any) -> Iterator[list[NDArray]]:
    """The inputs of each signature: a shape, or a list of one for each input."""
    for signature in shapes:
        several = any(isinstance(size, Sequence) for size in signature)
        yield [gluax.ndarray.zeros(tuple(shape), dtype=dtype) for shape in (signature if several else [signature])]
