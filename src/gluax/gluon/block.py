"""`Block`: the base of everything with parameters and a forward."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gluax.context import Context
from gluax.errors import ParameterError
from gluax.gluon import block_files
from gluax.gluon.nested import map_leaves, unwrap, wrapped
from gluax.gluon.parameter import Parameter
from gluax.gluon.parameter_dict import ParameterDict
from gluax.gluon.scope import _BlockScope
from gluax.gluon.summary import print_summary
from gluax.gluon.utils import HookHandle, indented
from gluax.initializer import Initializer, Uniform
from gluax.patterns import name_pattern


class Block:
    """A tree of blocks with parameters. Subclasses create children and parameters, and define `forward`.

    Blocks and parameters assigned to attributes are registered under the attribute's name. Calling a block gives back
    the family of arrays it was given: NDArrays for NDArrays, JAX arrays for JAX and numpy arrays.

    Args:
      prefix: the beginning of the names of parameters and children; by default the class name and a number.
      params: parameters to share; those of the same name are not created anew.
    """

    def __init__(self, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        self._empty_prefix = prefix == ""
        self._prefix, self._params = _BlockScope.create(prefix, params, self._alias())
        self._name = self._prefix.removesuffix("_")
        self._scope = _BlockScope(self)
        self._children: dict[str, Block] = {}
        self._reg_params: dict[str, Parameter] = {}
        self._forward_hooks: dict[int, Callable[..., Any]] = {}
        self._forward_pre_hooks: dict[int, Callable[..., Any]] = {}

    def _alias(self) -> str:
        return type(self).__name__.lower()

    def __repr__(self) -> str:
        children = [(key, value) for key, value in vars(self).items() if isinstance(value, Block)]
        lines = "\n".join(f"  ({key}): {indented(repr(block), 2)}" for key, block in children)
        return f"{type(self).__name__}(\n{lines}\n)"

    def __setattr__(self, name: str, value: Any) -> None:
        existing = getattr(self, name, None)
        if isinstance(existing, (Parameter, Block)) and not isinstance(value, type(existing)):
            raise TypeError(
                f"Changing attribute type for {name} from {type(existing)} to {type(value)} is not allowed."
            )
        if isinstance(value, Block):
            self.register_child(value, name)
        elif isinstance(value, Parameter):
            if name in self._reg_params:
                raise ParameterError(
                    f"Overriding Parameter attribute {name} is not allowed. To share parameters between blocks, "
                    "set 'params' at Block construction instead."
                )
            self._reg_params[name] = value
        super().__setattr__(name, value)

    # --- names and parameters

    @property
    def prefix(self) -> str:
        """The beginning of the names of parameters and children."""
        return self._prefix

    @property
    def name(self) -> str:
        """The prefix without its last underscore."""
        return self._name

    def name_scope(self) -> _BlockScope:
        """The scope in which children and parameters get names with this block's prefix."""
        return self._scope

    @property
    def params(self) -> ParameterDict:
        """The block's own parameters, without those of its children."""
        return self._params

    def collect_params(self, select: str | None = None) -> ParameterDict:
        """The parameters of the block and all blocks under it.

        Args:
          select: a regular expression that the names begin with.

        Raises:
          ArgumentError: when `select` is malformed.

        Warns:
          UserWarning: for blocks in plain lists or dicts, whose parameters are not found.
        """
        self._warn_of_hidden_blocks()
        found = ParameterDict(self._params.prefix)
        matches = name_pattern(select).match if select else None
        found.update({name: p for name, p in self.params.items() if matches is None or matches(name)})
        for child in self._children.values():
            found.update(child.collect_params(select=select))
        return found

    def _warn_of_hidden_blocks(self) -> None:
        children = set(self._children.values())

        def hides_block(value: Any) -> bool:
            if isinstance(value, (list, tuple, dict)):
                return any(map(hides_block, value.values() if isinstance(value, dict) else value))
            return isinstance(value, Block) and value not in children

        for key, value in vars(self).items():
            plain = isinstance(value, (list, tuple, dict)) and key != "_children" and not key.startswith("__")
            if plain and hides_block(value):
                warnings.warn(
                    f'"{type(self).__name__}.{key}" is an unregistered container with Blocks, whose parameters and '
                    "children will not be found: use register_child(), nn.Sequential or nn.HybridSequential.",
                    stacklevel=3,
                )

    def _collect_params_with_prefix(self, prefix: str = "") -> dict[str, Parameter]:
        """The parameters by structural name, ``features.0.weight``."""
        dotted = f"{prefix}." if prefix else ""
        found = {dotted + key: parameter for key, parameter in self._reg_params.items()}
        for name, child in self._children.items():
            found.update(child._collect_params_with_prefix(dotted + name))
        return found

    def initialize(
        self,
        init: Initializer = Uniform(),  # noqa: B008  shown in the signature, as in MXNet
        ctx: Context | Sequence[Context] | None = None,
        verbose: bool = False,
        force_reinit: bool = False,
    ) -> None:
        """Initialize all parameters; those of unknown shape at the first forward.

        Args:
          init: for parameters without an initializer of their own.
          ctx: where the values live, one copy for each context.
          verbose: print what is initialized.
          force_reinit: also initialize parameters that have values.
        """
        self.collect_params().initialize(init, ctx, verbose, force_reinit)

    def reset_ctx(self, ctx: Context | Sequence[Context]) -> None:
        """Move all parameters to other contexts."""
        self.collect_params().reset_ctx(ctx)

    def cast(self, dtype: Any) -> None:
        """Change the dtype of all parameters; normalization layers stay in float32 for float16."""
        for child in self._children.values():
            child.cast(dtype)
        for parameter in self.params.values():
            parameter.cast(dtype)

    # --- children and hooks

    def register_child(self, block: Block, name: str | None = None) -> None:
        """Add a child, by default under its number. Blocks assigned to attributes are added without this."""
        self._children[str(len(self._children)) if name is None else name] = block

    def apply(self, fn: Callable[[Block], Any]) -> Block:
        """Call `fn` on every block of the tree, children first; returns this block."""
        for child in self._children.values():
            child.apply(fn)
        fn(self)
        return self

    def register_forward_pre_hook(self, hook: Callable[[Block, tuple[Any, ...]], None]) -> HookHandle:
        """Call ``hook(block, inputs)`` before each forward, until the handle is detached."""
        return HookHandle(self._forward_pre_hooks, hook)

    def register_forward_hook(self, hook: Callable[[Block, tuple[Any, ...], Any], None]) -> HookHandle:
        """Call ``hook(block, inputs, output)`` after each forward, until the handle is detached."""
        return HookHandle(self._forward_hooks, hook)

    def register_op_hook(self, callback: Callable[[str, str, Any], None], monitor_all: bool = False) -> None:
        """Call ``callback(name, operator, array)`` for the outputs of every operator of hybridized blocks.

        Args:
          callback: gets the output's name (``dense0_fwd_output``), the operator's, and the values as an NDArray.
          monitor_all: also for every operator's inputs.
        """
        for child in self._children.values():
            child.register_op_hook(callback, monitor_all)

    def hybridize(self, active: bool = True, **kwargs: Any) -> None:
        """Compile the hybrid blocks of the tree; see `HybridBlock.hybridize`."""
        for child in self._children.values():
            child.hybridize(active, **kwargs)

    # --- execution

    def __call__(self, *args: Any) -> Any:
        """Run the hooks and `forward`.

        Args:
          *args: arrays, symbols, None, or nested lists of them.

        Returns:
          What `forward` returns; as JAX arrays when all arrays among `args` were JAX's or numpy's.
        """
        args, foreign = wrapped(args)
        for hook in tuple(self._forward_pre_hooks.values()):
            hook(self, args)
        outputs = self.forward(*args)
        for hook in tuple(self._forward_hooks.values()):
            hook(self, args, outputs)
        return map_leaves(unwrap, outputs) if foreign else outputs

    def forward(self, *args: Any) -> Any:
        """Compute the outputs; subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward")

    def summary(self, *inputs: Any) -> None:
        """Run on `inputs` and print each layer's output shape and number of parameters.

        Raises:
          AssertionError: when a block of the tree is hybridized: its parts cannot be watched.
        """
        print_summary(self, inputs)

    # --- files

    def save_parameters(self, filename: str | os.PathLike[str], deduplicate: bool = False) -> None:
        """Write the parameters under structural names (``features.0.weight``), whole or not at all.

        Args:
          filename: the file.
          deduplicate: write a parameter that several blocks share only once.
        """
        block_files.save_parameters(self, filename, deduplicate)

    def save_params(self, filename: str | os.PathLike[str]) -> None:
        """Write the parameters under their names without this block's prefix. Deprecated in MXNet."""
        warnings.warn("save_params is deprecated. Please use save_parameters, or export.", stacklevel=2)
        self.collect_params().save(filename, strip_prefix=self.prefix)

    def load_parameters(
        self,
        filename: str | os.PathLike[str],
        ctx: Context | Sequence[Context] | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        cast_dtype: bool = False,
        dtype_source: str = "current",
    ) -> None:
        """Read parameters from a file with structural, plain or exported (``arg:``) names.

        Args:
          filename: the file.
          ctx: where to put them.
          allow_missing: accept a file that lacks parameters.
          ignore_extra: accept a file with more parameters.
          cast_dtype: accept another dtype: cast to the parameter's ("current") or take the file's ("saved").
          dtype_source: "current" or "saved".

        Raises:
          AssertionError: for missing parameters, and shapes or dtypes that do not fit.
          ValueError: for superfluous ones.
          ModelFileNotFoundError, ModelFormatError: for the file. Nothing changes in any of these cases.
        """
        block_files.load_parameters(self, filename, ctx, allow_missing, ignore_extra, cast_dtype, dtype_source)

    def load_params(
        self,
        filename: str | os.PathLike[str],
        ctx: Context | Sequence[Context] | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
    ) -> None:
        """Same as `load_parameters`. Deprecated in MXNet."""
        warnings.warn("load_params is deprecated. Please use load_parameters.", stacklevel=2)
        self.load_parameters(filename, ctx, allow_missing, ignore_extra)

    def save(self, prefix: str | os.PathLike[str]) -> None:
        """Write the names and cached graphs of the tree to ``<prefix>-model.json``, the parameters to ``.params``."""
        block_files.save(self, prefix)

    def load(self, prefix: str | os.PathLike[str]) -> None:
        """Restore names, cached graphs and parameters from `save`'s files into a tree made in the same way."""
        block_files.load(self, prefix)

    def _all_blocks(self) -> Iterator[Block]:
        for child in self._children.values():
            yield from child._all_blocks()
        yield self
