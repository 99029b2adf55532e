"""``mx.gluon.data``: datasets, samplers, and a loader that makes batches of them."""

from __future__ import annotations

from gluax.gluon.data import vision
from gluax.gluon.data.dataloader import DataLoader
from gluax.gluon.data.dataset import ArrayDataset, Dataset, RecordFileDataset, SimpleDataset
from gluax.gluon.data.sampler import BatchSampler, FilterSampler, RandomSampler, Sampler, SequentialSampler

__all__ = [
    "ArrayDataset", "BatchSampler", "DataLoader", "Dataset", "FilterSampler", "RandomSampler", "RecordFileDataset",
    "Sampler", "SequentialSampler", "SimpleDataset", "vision",
]  # fmt: skip
