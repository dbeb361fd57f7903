"""Records: what is known of a layer before any row is read, one YAML file each.

A record is frozen and validated; an error names the file, the line and the nearest valid key.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from layers.errors import RecordError, did_you_mean

Kebab = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
AttributeType = Literal["string", "integer", "number", "boolean", "date", "datetime"]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
# Colour maps whose order survives colour blindness and grey print.
ColourMap = Literal["cividis", "viridis", "magma", "inferno", "plasma", "gray"]
GeometryType = Literal["point", "line", "polygon", "any", "none", "raster"]


RESERVED_IDS = ("catalogue",)


class Frozen(BaseModel):
    """A validated, immutable piece of configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Text(Frozen):
    """A text in the two languages of the service."""

    fr: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Attribute(Frozen):
    """One column of a layer: its name in the file, its type, its unit."""

    name: str = Field(min_length=1)
    type: AttributeType
    title: Text | None = None
    unit: str | None = None
    values: tuple[str, ...] | None = None


class Break(Frozen):
    """A year from which values compare no more with those before, and why."""

    year: int = Field(ge=1900, le=2100)
    reason: Text


class RasterClass(Frozen):
    """One class of a raster of codes: the value of its pixels, its colour, its name.

    ``code`` is what other editions of the same nomenclature write in their pixels: CORINE comes
    numbered from 1 to 44, or as codes from 111 to 523.
    """

    value: int
    code: int | None = None
    color: Colour
    title: Text


class Stretch(Frozen):
    """How a raster of quantities is coloured: ``low`` and below one end, ``high`` the other.

    Both are in the raster's own unit.
    """

    low: float
    high: float
    colormap: ColourMap = "cividis"

    @model_validator(mode="after")
    def _ordered(self) -> Stretch:
        if not self.low < self.high:
            raise ValueError(f"low ({self.low:g}) must be less than high ({self.high:g})")
        return self


# libyaml's reads the records of a start in a tenth of the time; not every platform has it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LayerRecord(Frozen):
    """What a layer is, where it comes from and who may use it.

    Attributes:
        theme: what the rows are about (``sales``, ``shops``); indicators ask for a theme, so that
            a town may share its own layer of it, and the sample town has fictitious ones.
        source: address or name of the official publication.
        reader: id of the source format that fills the layer; None for a layer added by a user.
        id_field: attribute that identifies a feature; None numbers the rows of the file.
        time_field: attribute that dates a feature.
        fictitious: the rows are invented, and must be labelled so wherever they show.
        attributes: declared columns; empty means those of the file. Of a raster: its bands.
        breaks: years whose vintages compare no more with earlier ones.
        classes: legend of a raster of codes.
        legend: id of an official layer whose classes a raster shares.
        nodata: pixel that stands for no data in a raster whose file declares none.
        stretch: colours of a raster of quantities; by default those of its own distribution.
    """

    id: Kebab
    title: Text
    description: Text
    theme: Kebab | None = None
    producer: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    source: str = Field(min_length=1)
    cadence: str = "unknown"
    reader: Kebab | None = None
    geometry: GeometryType
    id_field: str | None = None
    time_field: str | None = None
    fictitious: bool = False
    access: Literal["open", "restricted"] = "open"
    attributes: tuple[Attribute, ...] = ()
    breaks: tuple[Break, ...] = ()
    classes: tuple[RasterClass, ...] = ()
    legend: Kebab | None = None
    nodata: float | None = None
    stretch: Stretch | None = None

    @model_validator(mode="after")
    def _free_id(self) -> LayerRecord:
        if self.id in RESERVED_IDS:
            raise ValueError(f"id: {self.id!r} is an address of the service: choose another")
        return self

    @model_validator(mode="after")
    def _legend(self) -> LayerRecord:
        given = [self.classes, self.legend, self.stretch]
        if self.nodata is not None and self.geometry != "raster":
            raise ValueError("nodata is for rasters: set geometry: raster")
        if any(given) and self.geometry != "raster":
            raise ValueError("classes, legend and stretch are for rasters: set geometry: raster")
        if sum(map(bool, given)) > 1:
            raise ValueError("a raster has classes, the legend of another layer or a stretch")
        numbers = [n for c in self.classes for n in {c.value, c.code} if n is not None]
        if twice := {n for n in numbers if numbers.count(n) > 1}:
            raise ValueError(f"classes: the value {min(twice)} is given twice")
        return self


def load_record[Model: BaseModel](path: Path, model: type[Model]) -> Model:
    """Read one YAML record.

    Raises:
        RecordError: ``file:line: what is wrong``, with the nearest valid key for an unknown one.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data = yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe one, whichever it is
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RecordError(f"{path}:{line}: not valid YAML: {error.problem}.") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RecordError(f"{path}:1: cannot be read: {error}.") from error
    if not isinstance(data, dict):
        raise RecordError(f"{path}:1: expected keys and values, found {type(data).__name__}.")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        node = yaml.compose(text, Loader=LOADER)
        raise RecordError(_explain(path, node, model, error)) from error


def load_layer_record(path: Path) -> LayerRecord:
    """Read the record of a layer; its id must be the name of its file."""
    record = load_record(path, LayerRecord)
    if record.id != path.stem:
        raise RecordError(f"{path}:1: the id {record.id!r} must be the file's name {path.stem!r}.")
    return record


def kebab(name: str) -> str:
    """Return a name as an id: ASCII words joined by hyphens (``Été_2024`` → ``ete-2024``)."""
    import unicodedata

    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", ascii_name)
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:80].rstrip("-") or "layer"


def _explain(
    path: Path, node: yaml.Node | None, model: type[BaseModel], error: ValidationError
) -> str:
    # A mistyped key is also a missing one: the first of the two is what the user did.
    first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
    location = first["loc"]
    line = _line(node, location)
    key = ".".join(str(part) for part in location)
    if first["type"] == "extra_forbidden":
        known = _keys(model, location[:-1])
        return f"{path}:{line}: unknown key {key!r}.{did_you_mean(str(location[-1]), known)}"
    if first["type"] == "missing":
        return f"{path}:{line}: the key {key!r} is missing."
    if first["type"] == "value_error":
        reason = first["msg"].removeprefix("Value error, ")
        return f"{path}:{line}: {key + ': ' if key else ''}{reason}."
    return f"{path}:{line}: {key}: {first['msg']} (found {first['input']!r})."


def _line(node: yaml.Node | None, location: tuple[Any, ...]) -> int:
    """Return the line of the deepest part of a location that the file holds (from 1)."""
    line = 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _keys(model: type[BaseModel], location: tuple[Any, ...]) -> list[str]:
    """Return the valid keys at a location inside a model."""
    for part in location:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        nested = [
            a for a in _types_in(annotation) if isinstance(a, type) and issubclass(a, BaseModel)
        ]
        if not nested:
            return []
        model = nested[0]
    return list(model.model_fields)


def _types_in(annotation: Any) -> list[Any]:
    arguments = getattr(annotation, "__args__", ())
    return [annotation, *(t for a in arguments for t in _types_in(a))]
