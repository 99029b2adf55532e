"""The error tree of gluax.

Every error gluax raises on purpose derives from `GluaxError`, which is also exported under
MXNet's name, `MXNetError`, and like it is a `RuntimeError`. Each kind additionally derives
from the builtin a Python user expects, so `except ValueError` works too.
"""

from __future__ import annotations


class GluaxError(RuntimeError):
    """Base of all gluax errors; `gluax.MXNetError` is the same class."""

    def __str__(self) -> str:
        # KeyError and OSError render their arguments in their own ways; a message is a message.
        return str(self.args[0]) if self.args else ""


MXNetError = GluaxError


class ModelFormatError(GluaxError, ValueError):
    """A file is not what it should be: truncated, foreign, inconsistent or of an unknown kind."""


class ModelFileNotFoundError(GluaxError, FileNotFoundError):
    """A model file does not exist."""


class UnsupportedOperatorError(GluaxError, NotImplementedError):
    """A graph holds operators that gluax does not implement."""


class AttributeParseError(GluaxError, ValueError):
    """An operator attribute is unknown, missing, or its value cannot be understood."""


class ShapeError(GluaxError, ValueError):
    """Shapes do not fit together."""


class DTypeError(GluaxError, TypeError):
    """Data types do not fit together."""


class DynamicShapeError(GluaxError, TypeError):
    """The shape of an output depends on data that are not known yet: under `jit`, `vmap` or a hybridized block."""


class ArgumentError(GluaxError, ValueError, AssertionError):
    """A function of the public interface was called with arguments that make no sense.

    Also an `AssertionError`, which is how MXNet often refuses arguments.
    """


class OutOfRangeError(ArgumentError, IndexError):
    """An index among an operator's inputs points nowhere."""


class NameLookupError(GluaxError, KeyError, ValueError, AssertionError):
    """A name (input, parameter, output, node) does not exist where it was looked up.

    Also a `ValueError`, which is what MXNet raises for an unknown output name, and an `AssertionError`, its answer
    to a wrong input name.
    """


class ParameterError(GluaxError, ValueError, AssertionError):
    """Parameters are missing, superfluous, or do not fit the graph.

    Also an `AssertionError`, which is what MXNet raises for a parameter missing in a file.
    """


class DeviceError(GluaxError, ValueError):
    """The requested device does not exist on this machine."""


class MissingExtraError(GluaxError, ImportError):
    """An optional dependency is not installed; the message names the extra to install."""


class NotImplementedForSymbol(GluaxError, NotImplementedError):
    """An array's method was called on a symbol, which has no values."""


class OperatorError(GluaxError, ValueError):
    """An operator cannot run on the inputs it got; the message names the node, its inputs and the reason."""


class DownloadError(GluaxError, OSError):
    """A file could not be fetched."""


class ChecksumError(DownloadError, ValueError, UserWarning):
    """A fetched file is not the expected one.

    MXNet raises a `UserWarning` for downloads and a `ValueError` for model files.
    """


class WorkerTimeoutError(GluaxError, TimeoutError):
    """A worker of a `gluon.data.DataLoader` took longer than its timeout."""
