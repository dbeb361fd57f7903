"""Keys of results: a hash of all that a value depends on, so that only what changed is computed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path

import shapely

from layers.catalogue import Catalogue
from server.indicators.perimeters import Perimeter
from server.indicators.registry import Indicator

LIBRARIES = ("exactextract", "numpy", "pyproj", "scipy", "shapely")


@cache
def code_version() -> str:
    """Return a hash of the program that makes values of layers, and of what configures it.

    Readers, writers and doors change no value of a layer that is published, so they are left out.
    """
    digest = hashlib.sha256()
    for package, patterns in (
        ("server.indicators", ("*.py",)),
        ("layers", ("*.py", "index/*.py")),
        ("config", ("*.yml", "*.csv")),
    ):
        with as_file(files(package)) as folder:
            for path in sorted(_matching(folder, patterns)):
                digest.update(path.relative_to(folder).as_posix().encode())
                digest.update(path.read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library} {version(library)}".encode())
    return digest.hexdigest()


class Keys:
    """Keys of results over the layers as they are now; make a new one for each look."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._states: dict[tuple[str, bool], bytes] = {}
        self._layers = list(catalogue.layers().values())

    def key(self, one: Indicator, perimeter: Perimeter | None) -> str:
        """Return the key of an indicator on a perimeter; None is a town without a boundary."""
        digest = hashlib.sha256(code_version().encode())
        digest.update(one.text.model_dump_json().encode())
        if perimeter is None:
            return digest.hexdigest()
        # The code is part of it: it chooses the legal projection.
        digest.update(f"{perimeter.kind} {perimeter.insee} {perimeter.fictitious}".encode())
        digest.update(shapely.to_wkb(perimeter.area))
        for theme in sorted(one.text.inputs):
            digest.update(self._state(theme, perimeter.fictitious))
        return digest.hexdigest()

    def _state(self, theme: str, fictitious: bool) -> bytes:
        """Return what tells one state of a theme's layers from another."""
        key = (theme, fictitious)
        if key not in self._states:
            told = [
                f"{layer.id} {layer.version.id} {layer.record.model_dump_json()}"
                for layer in self._layers
                if layer.record.theme == theme and layer.record.fictitious == fictitious
            ]
            self._states[key] = "\n".join([theme, *told]).encode()
        return self._states[key]


def _matching(folder: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    return (path for pattern in patterns for path in folder.glob(pattern))
