"""What a report says, in one language, before it is a PDF or a page: sections of blocks.

Both templates draw these blocks and decide nothing, so that both say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Figure:
    """A picture.

    Attributes:
        svg: its drawing, without any style sheet.
        alt: what it shows, for those who do not see it.
        caption: text below it; a figure in a cell has none.
    """

    svg: str
    alt: str
    caption: str = ""
    kind: Literal["figure"] = "figure"


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: its main line.
        notes: smaller lines below.
        value: the exact number that ``text`` rounds.
        figure: a small picture below the main line.
    """

    text: str
    notes: tuple[str, ...] = ()
    value: float | None = None
    figure: Figure | None = None


@dataclass(frozen=True)
class Table:
    """A table: one header row, the first cell of each row heads it.

    Attributes:
        widths: relative widths of the columns.
        small: whether it is set in small type.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[float, ...]
    small: bool = False
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``tone`` tells a note from a warning."""

    text: str
    tone: Literal["plain", "note", "warning"] = "plain"
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True)
class Bullets:
    """A list; each item may start with words in bold."""

    items: tuple[tuple[str, str], ...]
    small: bool = False
    kind: Literal["bullets"] = "bullets"


@dataclass(frozen=True)
class Heading:
    """A heading inside a section (level 3 of the document)."""

    text: str
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True)
class Code:
    """Addresses or commands to copy."""

    text: str
    kind: Literal["code"] = "code"


Block = Figure | Table | Paragraph | Bullets | Heading | Code


@dataclass(frozen=True)
class Section:
    """A part of the report (level 2)."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """A whole report.

    Attributes:
        language: ``fr`` or ``en``.
        banner: words on every page, empty where there is nothing to warn of.
        facts: pairs of words and values on the cover.
        footer: words at the foot of each page.
        labels: words of the templates' own.
        stamp: when the newest of its data was published, ISO 8601.
        sections: what it says.
    """

    language: str
    title: str
    subtitle: str
    banner: str
    facts: tuple[tuple[str, str], ...]
    footer: str
    labels: dict[str, str]
    stamp: str
    sections: tuple[Section, ...] = field(default=())
