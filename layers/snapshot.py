"""A catalogue as it is at one moment: one state of the layers for all the work of a request."""

from __future__ import annotations

from layers.catalogue import Catalogue, Layer
from layers.errors import NotFoundError, did_you_mean


class Snapshot(Catalogue):
    """The layers of a catalogue at the moment when this is made, looked up without a file access.

    Everything else is the catalogue's own.
    """

    def __init__(self, source: Catalogue) -> None:
        self.__dict__.update(source.__dict__)
        self._now = source.layers()

    def layers(self) -> dict[str, Layer]:
        """Return the layers that served then, by id."""
        return dict(self._now)

    def layer(self, layer: str) -> Layer:
        """Return a layer that served then; an unknown id raises NotFoundError with the nearest."""
        if layer not in self._now:
            raise NotFoundError(f"No layer {layer!r}.{did_you_mean(layer, self._now)}")
        return self._now[layer]


def snapshot(catalogue: Catalogue) -> Catalogue:
    """Return a catalogue whose layers stay what they are now."""
    return catalogue if isinstance(catalogue, Snapshot) else Snapshot(catalogue)
