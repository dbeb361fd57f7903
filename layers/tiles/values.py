"""Attributes of rows as the keys, values and tags of a vector tile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.tiles import wire


@dataclass(frozen=True)
class Tags:
    """The attributes of a tile's features.

    Attributes:
        tokens: alternately the number of a key and of a value, feature after feature.
        counts: (n) number of tokens of each feature; a missing value has none.
        keys: the encoded keys.
        values: the encoded values, each once in its column.
    """

    tokens: np.ndarray
    counts: np.ndarray
    keys: bytes
    values: bytes


def tags_of(table: pa.Table) -> Tags:
    """Return the attributes of rows, one feature a row.

    Texts stay texts, numbers are doubles, whole numbers unsigned or signed, dates and instants
    the texts that GeoJSON has. Missing values and those that are no number are left out.
    """
    rows = table.num_rows
    matrix = np.empty((rows, table.num_columns, 2), dtype=np.uint64)
    there = np.empty((rows, table.num_columns), dtype=bool)
    blocks, start = [], 0
    for at, column in enumerate(table.columns):
        codes, encoded, count = _column(column)
        there[:, at] = codes >= 0
        matrix[:, at, 0] = at
        matrix[:, at, 1] = np.where(codes >= 0, codes + start, 0)
        blocks.append(encoded)
        start += count
    keys = [wire.block(wire.LAYER_KEY, name.encode()) for name in table.column_names]
    counts = 2 * there.sum(axis=1, dtype=np.int64)
    return Tags(matrix[there].ravel(), counts, b"".join(keys), b"".join(blocks))


def _column(column: pa.ChunkedArray) -> tuple[np.ndarray, bytes, int]:
    """Return the number of each row's value (-1 for none), the encoded values, how many."""
    plain = _plain(column.combine_chunks())
    coded = plain.dictionary_encode()
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, _encode(coded.dictionary), len(coded.dictionary)


def _plain(values: pa.Array) -> pa.Array:
    """Return values of one of the types of a tile, null where GeoJSON has null."""
    kind = values.type
    if pa.types.is_date(kind):
        return pc.strftime(values, "%Y-%m-%d")
    if pa.types.is_timestamp(kind):
        return _instants(values)
    if pa.types.is_floating(kind):
        values = values.cast(pa.float64())
        return pc.if_else(pc.is_finite(values), values, None)
    if pa.types.is_integer(kind):
        return values.cast(pa.int64())
    return values if pa.types.is_boolean(kind) else values.cast(pa.string())


def _instants(values: pa.Array) -> pa.Array:
    """Return instants as GeoJSON writes them: no fraction where it is zero, Z for UTC."""
    micro = values.cast(pa.timestamp("us"))
    whole = pc.strftime(micro.cast(pa.timestamp("s"), safe=False), "%Y-%m-%dT%H:%M:%S")
    micros = pc.add(pc.multiply(pc.millisecond(micro), 1000), pc.microsecond(micro))
    fraction = pc.binary_join_element_wise(".", pc.utf8_lpad(micros.cast(pa.string()), 6, "0"), "")
    shown = pc.if_else(pc.equal(micros, 0), "", fraction)
    return pc.binary_join_element_wise(whole, shown, "Z", "")


def _encode(values: pa.Array) -> bytes:
    """Return distinct values, each as a field of the layer."""
    if pa.types.is_floating(values.type):
        return _doubles(values)
    if pa.types.is_integer(values.type):
        return _integers(values)
    if pa.types.is_boolean(values.type):
        head = bytes([wire.LAYER_VALUE, 2, wire.VALUE_BOOL])
        return b"".join(head + bytes([value]) for value in values.to_pylist())
    return _texts(values)


def _doubles(values: pa.Array) -> bytes:
    out = np.empty((len(values), 11), dtype=np.uint8)
    out[:, :3] = (wire.LAYER_VALUE, 9, wire.VALUE_DOUBLE)
    out[:, 3:] = values.to_numpy().astype("<f8").view(np.uint8).reshape(-1, 8)
    return out.tobytes()


def _integers(values: pa.Array) -> bytes:
    numbers = values.to_numpy()
    negative = numbers < 0
    tokens = np.empty((len(numbers), 4), dtype=np.uint64)
    tokens[:, 3] = np.where(negative, wire.zigzag(numbers), numbers.astype(np.uint64))
    tokens[:, 0] = wire.LAYER_VALUE
    tokens[:, 1] = 1 + wire.varint_sizes(tokens[:, 3])
    tokens[:, 2] = np.where(negative, wire.VALUE_SINT, wire.VALUE_UINT)
    return wire.varints(tokens.ravel()).tobytes()


def _texts(values: pa.Array) -> bytes:
    lengths = pc.binary_length(values).to_numpy().astype(np.uint64)
    heads = np.empty((len(lengths), 4), dtype=np.uint64)
    heads[:, 0], heads[:, 2], heads[:, 3] = wire.LAYER_VALUE, wire.VALUE_STRING, lengths
    heads[:, 1] = lengths + np.uint64(1) + wire.varint_sizes(lengths).astype(np.uint64)
    sizes = wire.varint_sizes(heads.ravel())
    starts = np.concatenate([[0], np.cumsum(sizes.reshape(-1, 4).sum(axis=1))]).astype(np.int32)
    data = wire.varints(heads.ravel(), sizes).tobytes()
    head = pa.Array.from_buffers(
        pa.binary(), len(lengths), [None, pa.py_buffer(starts), pa.py_buffer(data)]
    )
    return _joined(pc.binary_join_element_wise(head, values.cast(pa.binary()), b""))


def _joined(values: pa.Array) -> bytes:
    """Return the bytes of an array of bytes, one after another."""
    if not len(values):
        return b""
    ends = np.frombuffer(values.buffers()[1], dtype=np.int32)
    first, last = ends[values.offset], ends[values.offset + len(values)]
    return bytes(values.buffers()[2][int(first) : int(last)])
