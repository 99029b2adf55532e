"""Sentences as numbers, and batches of sentences of about the same length."""

from __future__ import annotations

import bisect
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from gluax.errors import ArgumentError
from gluax.io import DataBatch, DataDesc, DataIter
from gluax.ndarray import NDArray, array


def encode_sentences(
    sentences: Sequence[Sequence[str]],
    vocab: dict[str, int] | None = None,
    invalid_label: int = -1,
    invalid_key: str = "\n",
    start_label: int = 0,
    unknown_token: str | None = None,
) -> tuple[list[list[int]], dict[str, int]]:
    """Number the words of sentences.

    Args:
      sentences: lists of words.
      vocab: the numbers of words; None makes a new one, to which each new word is added.
      invalid_label: the number of `invalid_key` in a new vocabulary, which no word gets.
      invalid_key: the word for "no word" in a new vocabulary.
      start_label: the number of the first new word.
      unknown_token: what words that the vocabulary lacks become, if given; it is added, and once more for every such
        word when there is no vocabulary, as in MXNet.

    Returns:
      The numbers of each sentence, and the vocabulary, which is `vocab` itself if given.

    Raises:
      ArgumentError: for a word that a given vocabulary lacks, without `unknown_token`.
    """
    closed = vocab is not None and not unknown_token
    found = {invalid_key: invalid_label} if vocab is None else vocab
    label, encoded = start_label, []
    for sentence in sentences:
        numbers = []
        for word in sentence:
            if word not in found:
                if closed:
                    raise ArgumentError(f"the vocabulary lacks {word!r}, and there is no unknown_token")
                label += label == invalid_label
                word = unknown_token or word
                found[word] = label
                label += 1
            numbers.append(found[word])
        encoded.append(numbers)
    return encoded, found


class BucketSentenceIter(DataIter):
    """Batches of sentences of about the same length; the label of each word is the next word.

    The order comes from Python's and from numpy's global generator, as in MXNet.

    Args:
      sentences: lists of numbers, as `encode_sentences` makes them.
      batch_size: the sentences of a batch; what is left of a bucket is left out.
      buckets: the lengths that sentences are filled up to; by default those that a whole batch of sentences has.
      invalid_label: what fills them up, and is the label of the last word.
      data_name: the name of the input.
      label_name: the name of the label.
      dtype: the dtype of both.
      layout: "NT", or "TN" for the time axis first.

    Raises:
      ValueError: for another layout.
    """

    def __init__(
        self,
        sentences: Sequence[Sequence[int]],
        batch_size: int,
        buckets: list[int] | None = None,
        invalid_label: int = -1,
        data_name: str = "data",
        label_name: str = "softmax_label",
        dtype: Any = "float32",
        layout: str = "NT",
    ) -> None:
        super().__init__(batch_size)
        if "N" not in layout[:2]:
            raise ArgumentError(f"layout is {layout!r}, expected NT or TN")
        if not buckets:
            counts = np.bincount([len(sentence) for sentence in sentences])
            buckets = [length for length, count in enumerate(counts) if count >= batch_size]
        self.data_name = data_name
        self.label_name = label_name
        self.dtype = dtype
        self.invalid_label = invalid_label
        self.major_axis = layout.find("N")
        self.layout = layout
        self.buckets, self.data = self._filled(sentences, sorted(buckets))
        self.default_bucket_key = max(self.buckets)
        shape = (batch_size, self.default_bucket_key)
        self.provide_data = self._described(data_name, shape if self.major_axis == 0 else shape[::-1])
        self.provide_label = self._described(label_name, shape if self.major_axis == 0 else shape[::-1])
        self.idx = [
            (number, start)
            for number, rows in enumerate(self.data)
            for start in range(0, len(rows) - batch_size + 1, batch_size)
        ]
        self.reset()

    def _filled(self, sentences: Sequence[Sequence[int]], buckets: list[int]) -> tuple[list[int], list[np.ndarray]]:
        """The buckets that sentences fall into, and these."""
        rows: dict[int, list[np.ndarray]] = {length: [] for length in buckets}
        discarded = 0
        for sentence in sentences:
            place = bisect.bisect_left(buckets, len(sentence))
            if place == len(buckets):
                discarded += 1
                continue
            row = np.full(buckets[place], self.invalid_label, dtype=self.dtype)
            row[: len(sentence)] = sentence
            rows[buckets[place]].append(row)
        print(f"WARNING: discarded {discarded} sentences longer than the largest bucket.")
        kept = {length: np.asarray(found, self.dtype) for length, found in rows.items() if found}
        return list(kept), list(kept.values())

    def _described(self, name: str, shape: tuple[int, ...]) -> list[DataDesc]:
        return [DataDesc(name, shape, layout=self.layout)]

    def reset(self) -> None:
        """Go back to the first batch, in a new order."""
        self.curr_idx = 0
        random.shuffle(self.idx)
        self.nddata: list[NDArray] = []
        self.ndlabel: list[NDArray] = []
        for rows in self.data:
            np.random.shuffle(rows)
            labels = np.full_like(rows, self.invalid_label)
            labels[:, :-1] = rows[:, 1:]
            self.nddata.append(array(rows, dtype=self.dtype))
            self.ndlabel.append(array(labels, dtype=self.dtype))

    def next(self) -> DataBatch:
        """The next batch, with the length of its sentences as `bucket_key`.

        Raises:
          StopIteration: after the last one.
        """
        if self.curr_idx == len(self.idx):
            raise StopIteration
        number, start = self.idx[self.curr_idx]
        self.curr_idx += 1
        pair = [arrays[number][start : start + self.batch_size] for arrays in (self.nddata, self.ndlabel)]
        data, label = [rows.T for rows in pair] if self.major_axis == 1 else pair
        return DataBatch(
            [data], [label], pad=0, bucket_key=self.buckets[number],
            provide_data=self._described(self.data_name, data.shape),
            provide_label=self._described(self.label_name, label.shape),
        )  # fmt: skip
