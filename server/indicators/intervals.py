"""95 % intervals. Seeds are fixed, so that the same rows always give the same answer."""

from __future__ import annotations

import math

import numpy as np

Z = 1.959964  # two-sided 95 % of a normal law
DRAWS = 1_000
PERCENTILES = (2.5, 97.5)
AT_ONCE = 2_000_000  # values drawn in one go, to bound memory


def wilson(part: float, whole: float) -> tuple[float, float]:
    """Return the Wilson interval of a proportion, in percent (0-100)."""
    p, square = part / whole, Z * Z
    middle = (p + square / (2 * whole)) / (1 + square / whole)
    half = Z * math.sqrt(p * (1 - p) / whole + square / (4 * whole * whole)) / (1 + square / whole)
    return 100 * max(middle - half, 0.0), 100 * min(middle + half, 1.0)


def medians(values: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return the medians of DRAWS resamplings."""
    rng = np.random.default_rng(seed)
    rows = max(AT_ONCE // len(values), 1)
    drawn = [
        np.median(rng.choice(values, (min(rows, DRAWS - start), len(values))), axis=1)
        for start in range(0, DRAWS, rows)
    ]
    return np.concatenate(drawn)


def spread(draws: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of resampled figures."""
    low, high = np.percentile(draws, PERCENTILES)
    return float(low), float(high)
