"""Survival by Kaplan and Meier, whose estimate is the plain share where nothing is censored."""

from __future__ import annotations

import numpy as np


def survival(lasted: np.ndarray, ended: np.ndarray, at: float) -> float:
    """Return the probability (0 to 1) of lasting longer than ``at``.

    Args:
        lasted: (n,) time each was observed for, in the unit of ``at``.
        ended: whether it ended then; otherwise it was still there when last seen.
        at: the age asked for.
    """
    ages, ends = np.unique(lasted[ended & (lasted <= at)], return_counts=True)
    at_risk = len(lasted) - np.searchsorted(np.sort(lasted), ages, side="left")
    return float(np.prod(1 - ends / at_risk))
