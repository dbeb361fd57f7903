"""Column types: the few that every client reads alike, whatever the file had."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from layers.errors import PublishError
from layers.records import Attribute, AttributeType

ARROW_TYPES: dict[AttributeType, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),  # UTC
}


def attribute_type(arrow: pa.DataType) -> AttributeType:
    """Return the attribute type that keeps an Arrow type's values; text when none does."""
    types = pa.types
    if types.is_boolean(arrow):
        return "boolean"
    if types.is_integer(arrow):
        return "integer"
    if types.is_floating(arrow) or types.is_decimal(arrow):
        return "number"
    if types.is_date32(arrow):
        return "date"
    if types.is_timestamp(arrow) or types.is_date64(arrow):
        return "datetime"
    return "string"


def attributes_of(
    schema: pa.Schema, geometry_name: str | None, declared: Sequence[Attribute]
) -> tuple[Attribute, ...]:
    """Return the attributes of a table: the declared ones, else those that its columns have.

    Raises:
        PublishError: the record declares columns and the file has others.
    """
    columns = [name for name in schema.names if name != geometry_name]
    if not declared:
        return tuple(Attribute(name=n, type=attribute_type(schema.field(n).type)) for n in columns)
    missing = [a.name for a in declared if a.name not in columns]
    surplus = [name for name in columns if name not in {a.name for a in declared}]
    if missing or surplus:
        raise PublishError(
            f"Columns do not match the record: missing {missing or 'none'}, "
            f"unknown {surplus or 'none'}."
        )
    return tuple(declared)


def conform(table: pa.Table, attributes: Sequence[Attribute]) -> list[pa.ChunkedArray]:
    """Return the attribute columns in their declared order and types.

    Raises:
        PublishError: a value does not fit its declared type.
    """
    return [_cast(table.column(attribute.name), attribute) for attribute in attributes]


def _cast(column: pa.ChunkedArray, attribute: Attribute) -> pa.ChunkedArray:
    target = ARROW_TYPES[attribute.type]
    try:
        if attribute.type == "string" and not _is_text(column.type):
            return _as_text(column)
        if pa.types.is_timestamp(column.type) and column.type.tz:
            column = column.cast(pa.timestamp("us", "UTC"), safe=False)
        if attribute.type == "number":
            column = _without_nan(column.cast(target))
        return column.cast(target, safe=attribute.type != "datetime")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise PublishError(
            f"Column {attribute.name!r} is not of type {attribute.type}: {error}"
        ) from error


def _is_text(arrow: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(arrow) or pa.types.is_large_string(arrow) or pa.types.is_null(arrow)
    )


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return nested values as JSON, bytes as hexadecimal, the rest as Arrow writes them."""
    if pa.types.is_dictionary(column.type) or not (
        pa.types.is_nested(column.type) or pa.types.is_binary(column.type)
    ):
        return column.cast(pa.string())
    texts = [None if value is None else _text(value) for value in column.to_pylist()]
    return pa.chunked_array([pa.array(texts, type=pa.string())])


def _text(value: Any) -> str:
    return (
        value.hex()
        if isinstance(value, bytes)
        else json.dumps(value, ensure_ascii=False, default=str)
    )


def _without_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return missing for NaN and infinities: JSON has neither."""
    return pc.if_else(pc.is_finite(column), column, pa.scalar(None, type=column.type))
