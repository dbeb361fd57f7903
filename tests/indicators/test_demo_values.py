"""On the sample town: every indicator has a value, and its rows add up to its parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from layers.catalogue import Catalogue
from server.indicators import perimeters
from server.indicators.context import Context
from server.indicators.evaluation import measured
from server.indicators.registry import indicators

FOR_COMMUNES = {"H03": "no-contours"} | dict.fromkeys(
    ("H04", "M06", "D01", "D02", "D03", "D04"), "commune-only"
)
# Towns are compared with towns that exist.
INVENTED = {"V01": "fictitious-town", "V02": "fictitious-town"}
BEYOND_100 = ("E06", "M07")


@pytest.fixture(scope="module")
def contexts(demo_data: Path) -> dict[str, Context]:
    catalogue = Catalogue(demo_data)
    town = perimeters.town(catalogue, "00001")
    return {
        "commune": Context(catalogue, perimeters.commune(catalogue, town)),
        "centre": Context(catalogue, perimeters.centre(catalogue, town)),
    }


def test_every_indicator_has_a_value_or_says_why(contexts: dict[str, Context]) -> None:
    allowed = {"commune": {"H06": "whole-commune"} | INVENTED, "centre": FOR_COMMUNES | INVENTED}
    for name, context in contexts.items():
        for one in indicators().values():
            measure, _ = measured(context, one)
            reason = measure.withheld.reason if measure.withheld else None
            assert reason == allowed[name].get(one.text.code), (name, one.text.code)


def test_percentages_and_shares_keep_within_100(contexts: dict[str, Context]) -> None:
    for context in contexts.values():
        for one in indicators().values():
            measure, _ = measured(context, one)
            shares = [measure.coverage, measure.imputed_share]
            if measure.unit == "%" and measure.code not in BEYOND_100:
                shares.append(measure.value)
            for share in shares:
                assert share is None or -1e-9 <= share <= 100 + 1e-9, measure
            if measure.interval and measure.value is not None:
                assert measure.interval[0] <= measure.value <= measure.interval[1], measure


def test_what_rows_are_said_to_add_is_what_the_value_is_made_of(contexts) -> None:
    for context in contexts.values():
        for one in indicators().values():
            measure, outcome = measured(context, one)
            if outcome is None:
                continue
            for part, terms in outcome.terms.items():
                assert len(terms) == len(outcome.counted[0][1]), (one.text.code, part)
                if part != "value":
                    total = np.asarray(terms, float).sum()
                    assert total == pytest.approx(getattr(measure, part)), (one.text.code, part)
