"""Classes of towns that are alike: k-means on robust scores, its stability by bootstrap.

A class is described by what its towns have more or less of than the median town, never judged.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from cachetools import LRUCache

from layers.catalogue import Catalogue
from layers.errors import UserError
from server.indicators.portraits import Portraits, Variable, choices, portraits
from server.indicators.stored import stored

MARKED = 0.5  # median score of a class from which a variable describes it
WORDS = 3
STARTS = 8
METHOD = 1  # of classes that are stored: one more with each change of how they are made


@dataclass(frozen=True)
class Typology:
    """Classes of the towns.

    Attributes:
        rows: rows of the portraits that are in a class, the others being too little known.
        classes: (n,) class of each, from 0, the largest first.
        medians: (classes, v) median scores.
        trials: for each number of classes tried, ``stability`` (mean adjusted Rand index of
            bootstrap draws, 1 when nothing changes), its 10th percentile ``low`` and the size of
            the ``smallest`` class.
    """

    portraits: Portraits
    rows: np.ndarray
    classes: np.ndarray
    medians: np.ndarray
    trials: dict[int, dict[str, float]]


def typology(catalogue: Catalogue) -> Typology:
    """Return the typology, kept as long as the portraits are the same.

    Raises:
        UserError: too few towns are known well enough.
    """
    found = portraits(catalogue)
    with _lock:
        if id(found) not in _kept or _kept[id(found)].portraits is not found:
            _kept[id(found)] = _typology(found, catalogue.data / "index" / "typology.json")
        return _kept[id(found)]


def described(medians: np.ndarray, variables: tuple[Variable, ...]) -> dict[str, Any]:
    """Return the name of a class in both languages, and the variables that mark it."""
    marks = [i for i in np.argsort(-np.abs(medians), kind="stable") if abs(medians[i]) >= MARKED]
    words = [variables[i].high if medians[i] > 0 else variables[i].low for i in marks[:WORDS]]
    plain = {"fr": "proches de la médiane", "en": "near the median"}
    name = {
        "fr": ", ".join(word.fr for word in words) or plain["fr"],
        "en": ", ".join(word.en for word in words) or plain["en"],
    }
    name = {language: text[0].upper() + text[1:] for language, text in name.items()}
    marked = [{"id": variables[i].id, "median_score": float(medians[i])} for i in marks]
    return {"name": name, "marks": marked}


def adjusted_rand(one: np.ndarray, other: np.ndarray) -> float:
    """Return how far two partitions agree: 1 when alike, about 0 when by chance."""
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1) / 2).sum())

    rows, columns, whole = pairs(table.sum(1)), pairs(table.sum(0)), len(one) * (len(one) - 1) / 2
    chance = rows * columns / whole
    most = (rows + columns) / 2
    return 1.0 if most == chance else (pairs(table) - chance) / (most - chance)


def _typology(found: Portraits, file: Path) -> Typology:
    weights = np.array([one.weight for one in found.variables])
    there = np.isfinite(found.scores)
    rows = np.flatnonzero(there @ weights >= choices().least_known * weights.sum())
    if len(rows) < 10 * max(choices().typology.classes):
        raise UserError(f"Too few towns are known well enough for a typology: {len(rows)}.")
    # A missing score is taken as that of the median town.
    points = np.nan_to_num(found.scores[rows]) * np.sqrt(weights)
    told = stored(file, _key(points), lambda: _classes(points))
    classes, scores = np.array(told["classes"]), found.scores[rows]
    groups = range(classes.max() + 1)
    medians = np.array([np.nanmedian(scores[classes == n], axis=0) for n in groups])
    return Typology(found, rows, classes, medians, {int(k): v for k, v in told["trials"].items()})


def _classes(points: np.ndarray) -> dict[str, Any]:
    """Return the class of each of (n, v) points, and how the numbers of classes tried did."""
    how = choices().typology
    labels = {k: nearest_middle(points, middles(points, k, how.seed)) for k in how.classes}
    trials = {k: _trial(points, found) for k, found in labels.items()}
    enough = [k for k in trials if trials[k]["smallest"] >= how.smallest] or list(trials)[:1]
    best = max(enough, key=lambda k: trials[k]["stability"])
    return {
        "classes": _largest_first(labels[best]).tolist(),
        "trials": {str(k): trial for k, trial in trials.items()},
    }


def _key(points: np.ndarray) -> str:
    """Return what tells one typology from another: its points, its choices, this method."""
    how = f"{METHOD} {choices().typology.model_dump_json()} {points.shape}"
    return blake2b(how.encode() + points.tobytes(), digest_size=16).hexdigest()


def middles(points: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return (count, v) middles of classes of (n, v) points: k-means, the best of STARTS."""
    from scipy.cluster.vq import kmeans2

    found = []
    for start in range(STARTS):
        rng = np.random.default_rng([seed, start])
        centres, labels = kmeans2(points, count, minit="++", iter=30, rng=rng)
        # A start that empties a class is as bad as any other: its spread tells.
        found.append((float(((points - centres[labels]) ** 2).sum()), start, centres))
    return np.asarray(min(found, key=lambda one: one[:2])[2])


def nearest_middle(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return the class (from 0) of each of (n, v) points."""
    gaps = ((points[:, None] - centres[None]) ** 2).sum(axis=2)
    return np.asarray(gaps.argmin(axis=1))


def _trial(points: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Return how stable classes are when towns are drawn with replacement."""
    rng = np.random.default_rng(choices().typology.seed)
    count = int(labels.max()) + 1
    found = []
    for draw in range(choices().typology.bootstrap):
        drawn = points[rng.integers(0, len(points), len(points))]
        found.append(adjusted_rand(labels, nearest_middle(points, middles(drawn, count, draw))))
    low = float(np.percentile(found, 10))
    smallest = float(np.bincount(labels).min())
    return {"stability": float(np.mean(found)), "low": low, "smallest": smallest}


def _largest_first(labels: np.ndarray) -> np.ndarray:
    order = np.argsort(-np.bincount(labels), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return np.asarray(rank[labels])


_kept: LRUCache[int, Typology] = LRUCache(4)
_lock = threading.Lock()
