"""``mx.io``: iterators over batches, as `mx.mod.Module` and old training loops take them."""

from __future__ import annotations

from gluax.io.base import DataBatch, DataDesc, DataIter
from gluax.io.files import CSVIter, MNISTIter
from gluax.io.ndarray_iter import NDArrayIter
from gluax.io.wrapping import PrefetchingIter, ResizeIter

__all__ = [
    "CSVIter", "DataBatch", "DataDesc", "DataIter", "MNISTIter", "NDArrayIter", "PrefetchingIter", "ResizeIter",
]  # fmt: skip
