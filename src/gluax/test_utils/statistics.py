"""Whether random numbers have the distribution that they should have."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gluax.errors import ArgumentError

Generator = Callable[[int], Any]


def mean_check(generator: Generator, mu: float, sigma: float, nsamples: int = 1000000) -> bool:
    """Whether the mean of samples is within three of its deviations of `mu`.

    Args:
      generator: gives as many independent samples as it is asked for.
      mu: the distribution's mean.
      sigma: its standard deviation.
      nsamples: how many samples to draw.
    """
    return bool(abs(np.array(generator(nsamples)).mean() - mu) < 3 * sigma / math.sqrt(nsamples))


def var_check(generator: Generator, sigma: float, nsamples: int = 1000000) -> bool:
    """Whether the variance of samples is within three of its deviations, those of a normal distribution, of
    ``sigma**2``; see `mean_check`."""
    distance = abs(np.array(generator(nsamples)).var(ddof=1) - sigma**2)
    return bool(distance < 3 * sigma**2 * math.sqrt(2 / (nsamples - 1)))


def gen_buckets_probs_with_ppf(
    ppf: Callable[[float], float], nbuckets: int
) -> tuple[list[tuple[float, float]], list[float]]:
    """Buckets of the same probability, as `chi_square_check` takes them.

    Args:
      ppf: the quantile function: from a probability to a value.
      nbuckets: how many.

    Returns:
      The buckets' lower and upper ends, and their probabilities.

    Raises:
      ArgumentError: (an `AssertionError`) no buckets.
    """
    if nbuckets <= 0:
        raise ArgumentError(f"{nbuckets} buckets are too few")
    buckets = [(ppf(number / nbuckets), ppf((number + 1) / nbuckets)) for number in range(nbuckets)]
    return buckets, [1 / nbuckets] * nbuckets


def chi_square_check(
    generator: Generator, buckets: Sequence[Any], probs: Sequence[float], nsamples: int = 1000000
) -> tuple[float, np.ndarray, np.ndarray]:
    """Pearson's chi-squared test of samples against a distribution.

    Args:
      generator: gives as many independent samples as it is asked for.
      buckets: of a continuous distribution pairs of ends, in ascending order; of a discrete one its values.
      probs: how probable each bucket is.
      nsamples: how many samples to draw.

    Returns:
      The p-value, how many samples each bucket has, and how many were to be expected.

    Raises:
      ArgumentError: (an `AssertionError`) buckets that are no list or out of order, and other numbers of `probs`.
    """
    from scipy.stats import chisquare

    if not isinstance(buckets, list) or len(buckets) != len(probs):
        raise ArgumentError(f"expected a list of {len(probs)} buckets, got {buckets}")
    samples = np.array(generator(nsamples))
    if isinstance(buckets[0], (list, tuple)):
        ends = np.array(buckets, np.float32).ravel()
        if (np.diff(ends) < 0).any():
            raise ArgumentError(f"the buckets are not in ascending order: {buckets}")
        # What lies between two buckets counts into the upper one, as in MXNet.
        places = np.searchsorted(ends, samples, side="right") // 2
        observed = np.array([(places == number).sum() for number in range(len(buckets))])
    else:
        observed = np.array([(samples == value).sum() for value in buckets])
    expected = (nsamples * np.array(probs, np.float32)).astype(np.int32)
    return float(chisquare(f_obs=observed, f_exp=expected)[1]), observed, expected


def verify_generator(
    generator: Generator,
    buckets: Sequence[Any],
    probs: Sequence[float],
    nsamples: int = 1000000,
    nrepeat: int = 5,
    success_rate: float = 0.2,
    alpha: float = 0.05,
) -> list[float]:
    """Fail unless samples pass `chi_square_check` often enough.

    Args:
      generator, buckets, probs, nsamples: see there.
      nrepeat: how often to draw.
      success_rate: the share of the tests that must pass.
      alpha: the p-value above which a test passes.

    Returns:
      The p-values.

    Raises:
      AssertionError
    """
    tests = [chi_square_check(generator, buckets, probs, nsamples) for _ in range(nrepeat)]
    values = [value for value, _, _ in tests]
    if sum(value > alpha for value in values) < nrepeat * success_rate:
        raise AssertionError(
            f"the samples have another distribution: chi-squared p={values}, observed "
            f"{[observed.tolist() for _, observed, _ in tests]}, expected {tests[0][2].tolist()}, buckets {buckets}, "
            f"probs {list(probs)}"
        )
    return values
