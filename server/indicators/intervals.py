"""95 % intervals. Seeds are fixed, so that the same rows always give the same answer."""

from __future__ import annotations

import math

import numpy as np

Z = 1.959964  # two-sided 95 % of a normal law
DRAWS = 1_000
PERCENTILES = (2.5, 97.5)


def wilson(part: float, whole: float) -> tuple[float, float]:
    """Return the Wilson interval of a proportion, in percent (0-100)."""
    p, square = part / whole, Z * Z
    middle = (p + square / (2 * whole)) / (1 + square / whole)
    half = Z * math.sqrt(p * (1 - p) / whole + square / (4 * whole * whole)) / (1 + square / whole)
    return 100 * max(middle - half, 0.0), 100 * min(middle + half, 1.0)


def medians(values: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return the medians of DRAWS resamplings of n values.

    A resampling picks n places at random, and the middle ones of n uniform places follow beta
    laws: they alone are drawn.
    """
    rng, n = np.random.default_rng(seed), len(values)
    middle = (n + 1) // 2
    low = rng.beta(middle, n - middle + 1, DRAWS)
    high = low if n % 2 else low + (1 - low) * rng.beta(1, n - middle, DRAWS)
    places = np.minimum((np.stack([low, high]) * n).astype(np.int64), n - 1)
    return np.asarray(np.sort(values)[places].mean(axis=0))


def spread(draws: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of resampled figures."""
    low, high = np.percentile(draws, PERCENTILES)
    return float(low), float(high)
