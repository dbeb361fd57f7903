"""Records of the sample town's layers: those of the real ones, plainly labelled as invented."""

from __future__ import annotations

from collections.abc import Mapping

from layers.records import LayerRecord, Text

PREFIX = "sample-"
SECOND = ("bdtopo-buildings",)
PRODUCER = "coeurville (données inventées / invented data)"
LICENCE = "CC0 1.0"
SOURCE = "Invented by coeurville for trying the service; describes no real place"
_FR = "Données inventées d'une ville qui n'existe pas, pour essayer le service."
_EN = "Invented data of a town that does not exist, for trying the service."


def sample_records(records: Mapping[str, LayerRecord]) -> dict[str, LayerRecord]:
    """Return the sample town's twin of each record that describes an official layer.

    Args:
        records: records by id; those whose theme is not their id are layers that users added,
            or another producer's of the same theme, of which SECOND have a twin.
    """
    twins = [_twin(r) for r in records.values() if r.theme == r.id or r.id in SECOND]
    return {twin.id: twin for twin in twins}


def _twin(record: LayerRecord) -> LayerRecord:
    facts = {
        "id": f"{PREFIX}{record.id}",
        "title": Text(
            fr=f"{record.title.fr} — ville fictive", en=f"{record.title.en} — fictitious town"
        ),
        "description": Text(
            fr=f"{_FR} {record.description.fr}", en=f"{_EN} {record.description.en}"
        ),
        "producer": PRODUCER,
        "licence": LICENCE,
        "source": SOURCE,
        "cadence": "never",
        "reader": None,
        "fictitious": True,
    }
    return record.model_copy(update=facts)
