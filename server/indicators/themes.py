"""What readers call a theme: the title of the official layer about it."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

from layers.record_files import load_records
from layers.records import Text


@cache
def theme_titles() -> dict[str, Text]:
    """Return titles by theme; the layer that has its theme's own name tells before others."""
    with as_file(files("config") / "layers") as folder:
        records, _ = load_records([folder])
    told = sorted(records.values(), key=lambda record: (record.id == record.theme, record.id))
    return {record.theme or record.id: record.title for record in told}


def theme_title(theme: str) -> Text:
    """Return the title of a theme; one that no layer of ours has is called by its id."""
    return theme_titles().get(theme) or Text(fr=theme, en=theme)
