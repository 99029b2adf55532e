"""Ranges of values from data: the ends that occur, or those that lose the least information in 8 bits.

The second kind is what MXNet calls entropy calibration: of all symmetric ranges, the one whose histogram, once
quantized, has the smallest Kullback-Leibler divergence from the values' own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

Range = tuple[float, float]

_BINS = 8001
# Values of int8 without -128. Values without a sign have as many again on their side of zero.
_LEVELS = 255
_SMOOTH = np.float32(0.0001)


class Histogram(NamedTuple):
    """How often values occur: `counts` in equal bins over [-`end`, `end`], and the smallest and largest value."""

    counts: np.ndarray
    low: float
    high: float
    end: float

    @staticmethod
    def of(values: np.ndarray, bins: int | None = None) -> Histogram:
        """The histogram of an array, in an odd number of bins: MXNet's by default."""
        low, high = float(values.min()), float(values.max())
        end = max(abs(low), abs(high))
        return Histogram(_count(values, bins or _BINS, end), low, high, end)

    def add(self, values: np.ndarray) -> Histogram:
        """This histogram with the values of another array, in more bins of the same width if they reach further."""
        low, high = float(values.min()), float(values.max())
        end = max(abs(low), abs(high))
        ends = min(low, self.low), max(high, self.high)
        if end <= self.end:
            return Histogram(self.counts + _count(values, len(self.counts), self.end), *ends, self.end)
        if self.end == 0:  # so far zeros only, all of them in the middle bin
            return Histogram(_count(values, len(self.counts), end) + self.counts, *ends, end)
        width = 2 * self.end / len(self.counts)
        more = int((end - self.end) // width + 1)
        end = more * width + self.end
        counts = _count(values, len(self.counts) + 2 * more, end)
        counts[more : len(counts) - more] += self.counts
        return Histogram(counts, *ends, end)


def _count(values: np.ndarray, bins: int, end: float) -> np.ndarray:
    # Of values that are all zero numpy counts a range of its own, [-0.5, 0.5], where they are in the middle too.
    return np.histogram(values, bins=bins, range=(-end, end))[0]


def best_range(histogram: Histogram, signed: bool) -> Range:
    """The range in which 8-bit integers keep most of what a histogram says.

    Args:
      histogram: the values.
      signed: quantize to int8 even what has no negative values.
    """
    positive = histogram.low >= 0 and not signed
    end, _ = best_threshold(histogram.counts, histogram.end, 2 * _LEVELS + 1 if positive else _LEVELS)
    return (0.0 if positive else -end), end


def best_threshold(counts: np.ndarray, end: float, levels: int) -> tuple[float, float]:
    """The threshold t for which values cut off at [-t, t] and put on `levels` steps diverge least, and by how much.

    Args:
      counts: of an odd number of equal bins over [-end, end].
      end: where the bins end.
      levels: how many steps there are.
    """
    middle = len(counts) // 2
    edges = np.linspace(-end, end, len(counts) + 1).astype(np.float32)
    divergences = [_divergence(counts, middle, reach, levels) for reach in range(levels // 2, middle + 1)]
    found = int(np.argmin(divergences))
    return float(edges[middle + levels // 2 + found + 1]), float(divergences[found])


def _divergence(counts: np.ndarray, middle: int, reach: int, levels: int) -> float:
    """How far the `reach` bins on both sides of the middle one are, put on steps, from all values cut off there."""
    start, stop = middle - reach, middle + reach + 1
    inner = counts[start:stop].copy()
    cut_off = inner.astype(np.float32)
    cut_off[0] += counts[:start].sum()
    cut_off[-1] += counts[stop:].sum()
    inner[0] = 0
    # Steps of equally many bins, the last one with what is left over.
    width = len(inner) // levels
    firsts = np.arange(levels) * width
    sums = np.add.reduceat(inner, firsts).astype(np.float32)
    filled = np.add.reduceat(inner != 0, firsts, dtype=np.int64)
    means = np.divide(sums, filled, out=np.zeros_like(sums), where=filled > 0)
    step_of = np.minimum(np.arange(len(inner)) // width, levels - 1)
    stepped = np.where(cut_off != 0, means[step_of], 0)
    smooth, stepped_smooth = _smooth(cut_off), _smooth(stepped.astype(np.float32))
    if smooth is None or stepped_smooth is None:
        return float("inf")
    p, q = smooth / _sum(smooth), stepped_smooth / _sum(stepped_smooth)
    return float(_sum(p * np.log(p / q)))


def _sum(values: np.ndarray) -> np.float32:
    """The sum in order in float32: near ties between thresholds are then decided as in MXNet."""
    return np.cumsum(values, dtype=np.float32)[-1]


def _smooth(counts: np.ndarray) -> np.ndarray | None:
    """Give empty bins a little of what the others have; None if these have too little."""
    empty = counts == 0
    number = int(empty.sum())
    filled = len(counts) - number
    if filled == 0 or _SMOOTH * number / filled >= 1:
        return None
    return counts + np.where(empty, _SMOOTH, -_SMOOTH * np.float32(number) / np.float32(filled))
