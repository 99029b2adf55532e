"""The naming scope of blocks: what `Block.name_scope` enters."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar

from gluax.gluon.parameter_dict import ParameterDict
from gluax.symbol.naming import Prefix, next_name

if TYPE_CHECKING:
    from gluax.gluon.block import Block


class _BlockScope:
    """Gives the blocks made inside it the owner's prefix, numbered by the owner's own counter."""

    _current: ClassVar[Any] = threading.local()  # .value: the innermost scope of this thread

    def __init__(self, block: Block) -> None:
        self._block = block
        self._counter: dict[str, int] = {}
        self._outer: list[tuple[_BlockScope | None, Prefix]] = []

    @staticmethod
    def create(prefix: str | None, params: ParameterDict | None, hint: str) -> tuple[str, ParameterDict]:
        """Return the full prefix of a new block, and its parameters (shared with `params`).

        Outside of any scope the thread's name manager counts, which operators share.
        """
        current: _BlockScope | None = getattr(_BlockScope._current, "value", None)
        if current is None:
            own = f"{next_name(None, hint)}_" if prefix is None else prefix
            return own, ParameterDict(own) if params is None else ParameterDict(params.prefix, params)
        if prefix is None:
            number = current._counter.get(hint, 0)
            current._counter[hint] = number + 1
            prefix = f"{hint}{number}_"
        outer = current._block.params
        own_params = (
            ParameterDict(outer.prefix + prefix, outer._shared)
            if params is None
            else ParameterDict(params.prefix, params)
        )
        return current._block.prefix + prefix, own_params

    def __enter__(self) -> _BlockScope:
        if not self._block._empty_prefix:
            names = Prefix(self._block.prefix)
            self._outer.append((getattr(_BlockScope._current, "value", None), names))
            _BlockScope._current.value = self
            names.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._block._empty_prefix:
            outer, names = self._outer.pop()
            names.__exit__(kind, error, trace)
            _BlockScope._current.value = outer
