"""Records read again when a file changes; a broken one keeps its former state."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from importlib.resources import as_file, files
from pathlib import Path

from layers.errors import RecordError
from layers.records import LayerRecord, load_layer_record
from layers.sample_records import sample_records

LOGGER = logging.getLogger(__name__)


class RecordFiles:
    """The packaged records, those of the sample town, and an installation's own, which prevail.

    Attributes:
        errors: what is wrong with the files as they are now.
    """

    def __init__(self, own: Path) -> None:
        self.errors: list[RecordError] = []
        self.known: Mapping[str, LayerRecord] = {}
        self._own = own
        self._seen: object = None

    def current(self) -> Mapping[str, LayerRecord]:
        """Return all valid records by id."""
        with as_file(files("config") / "layers") as packaged:
            folders = (packaged, self._own)
            seen = [(path, _changed(path)) for path in _records_in(folders)]
            if seen != self._seen:
                self._read(folders)
                self._seen = seen
        return self.known

    def _read(self, folders: Iterable[Path]) -> None:
        records, errors = load_records(folders)
        for error in errors:
            LOGGER.error("%s", error)
        broken = {Path(str(error).split(":", 1)[0]).stem for error in errors}
        former = {i: record for i, record in self.known.items() if i in broken}
        read = sample_records(records) | former | records
        # An unchanged record stays the same object, so that its layer stays open.
        self.known = {i: _same(self.known.get(i), record) for i, record in read.items()}
        self.errors = errors


def load_records(folders: Iterable[Path]) -> tuple[dict[str, LayerRecord], list[RecordError]]:
    """Read the records of some folders, later ones prevailing, and what is wrong with others."""
    records: dict[str, LayerRecord] = {}
    errors: list[RecordError] = []
    for path in _records_in(folders):
        try:
            record = load_layer_record(path)
        except RecordError as error:
            errors.append(error)
        else:
            records[record.id] = record
    return records, errors


def _records_in(folders: Iterable[Path]) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.glob("*.yml"))]


def _changed(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # removed since it was listed
        return None


def _same(former: LayerRecord | None, record: LayerRecord) -> LayerRecord:
    return former if former is not None and former == record else record
