"""What happened to the rows of a file: none is dropped without being counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, SupportsInt


@dataclass
class Report:
    """Rows of one layer of one import, counted by fate.

    ``read`` = ``kept`` + refused, where refused is the sum of ``refused`` by reason.
    ``repaired`` counts, by reason, rows that were kept after a change.
    """

    read: int = 0
    kept: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def refuse(self, reason: str, count: SupportsInt = 1) -> None:
        """Count rows that could not be used."""
        if int(count):
            self.refused[reason] += int(count)

    def repair(self, reason: str, count: SupportsInt = 1) -> None:
        """Count rows that were kept after a change."""
        if int(count):
            self.repaired[reason] += int(count)

    def note(self, text: str) -> None:
        """Add a remark for the user, once."""
        if text not in self.notes:
            self.notes.append(text)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as kept in the manifest of the version."""
        return {
            "read": self.read,
            "kept": self.kept,
            "refused": dict(self.refused),
            "repaired": dict(self.repaired),
            "notes": list(self.notes),
        }
