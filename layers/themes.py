"""Themes: what rows are about, so that indicators find the layers that towns share."""

from __future__ import annotations

from collections.abc import Mapping

from layers.errors import UserError, did_you_mean
from layers.lake import Version
from layers.records import LayerRecord


def require(records: Mapping[str, LayerRecord], theme: str) -> None:
    """Refuse a theme that no record of features has; the nearest is given."""
    known = sorted({r.theme for r in records.values() if r.theme and r.geometry != "raster"})
    if theme not in known:
        raise UserError(
            f"No theme {theme!r}.{did_you_mean(theme, known)} Known: {', '.join(known)}."
        )


def lacking(records: Mapping[str, LayerRecord], theme: str, version: Version | None) -> list[str]:
    """Return the attributes of a theme's official layer that a version does not have."""
    official = next((r for r in records.values() if r.theme == theme and r.reader), None)
    official = official or next((r for r in records.values() if r.id == theme), None)
    if official is None or version is None:
        return []
    there = {attribute["name"] for attribute in version.facts["attributes"]}
    return [attribute.name for attribute in official.attributes if attribute.name not in there]
