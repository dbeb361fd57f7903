"""Attribute values as fields of a tile's layer, whole columns at a time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from layers.mvt import wire


def plain(values: pa.Array) -> pa.Array:
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


def encode(values: pa.Array) -> tuple[bytes, np.ndarray]:
    """Return plain values as fields of the layer, one after another, and the bytes of each."""
    if pa.types.is_floating(values.type):
        return _doubles(values), np.full(len(values), 11)
    if pa.types.is_integer(values.type):
        return _integers(values)
    if pa.types.is_boolean(values.type):
        head = bytes([wire.LAYER_VALUE, 2, wire.VALUE_BOOL])
        return b"".join(head + bytes([v]) for v in values.to_pylist()), np.full(len(values), 4)
    return _texts(values)


def _doubles(values: pa.Array) -> bytes:
    out = np.empty((len(values), 11), dtype=np.uint8)
    out[:, :3] = (wire.LAYER_VALUE, 9, wire.VALUE_DOUBLE)
    out[:, 3:] = values.to_numpy().astype("<f8").view(np.uint8).reshape(-1, 8)
    return out.tobytes()


def _integers(values: pa.Array) -> tuple[bytes, np.ndarray]:
    numbers = values.to_numpy()
    negative = numbers < 0
    tokens = np.empty((len(numbers), 4), dtype=np.uint64)
    tokens[:, 3] = np.where(negative, wire.zigzag(numbers), numbers.astype(np.uint64))
    tokens[:, 0] = wire.LAYER_VALUE
    tokens[:, 1] = 1 + wire.varint_sizes(tokens[:, 3])
    tokens[:, 2] = np.where(negative, wire.VALUE_SINT, wire.VALUE_UINT)
    sizes = wire.varint_sizes(tokens.ravel())
    return wire.varints(tokens.ravel(), sizes).tobytes(), sizes.reshape(-1, 4).sum(
        axis=1, dtype=np.int64
    )


def _texts(values: pa.Array) -> tuple[bytes, np.ndarray]:
    lengths = pc.binary_length(values).to_numpy().astype(np.uint64)
    heads = np.empty((len(lengths), 4), dtype=np.uint64)
    heads[:, 0], heads[:, 2], heads[:, 3] = wire.LAYER_VALUE, wire.VALUE_STRING, lengths
    heads[:, 1] = lengths + np.uint64(1) + wire.varint_sizes(lengths).astype(np.uint64)
    sizes = wire.varint_sizes(heads.ravel())
    before = sizes.reshape(-1, 4).sum(axis=1, dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(before)]).astype(np.int32)
    data = wire.varints(heads.ravel(), sizes).tobytes()
    head = pa.Array.from_buffers(
        pa.binary(), len(lengths), [None, pa.py_buffer(starts), pa.py_buffer(data)]
    )
    data = _joined(pc.binary_join_element_wise(head, values.cast(pa.binary()), b""))
    return data, before + lengths.astype(np.int64)


def _joined(values: pa.Array) -> bytes:
    """Return the bytes of an array of bytes, one after another."""
    if not len(values):
        return b""
    ends = np.frombuffer(values.buffers()[1], dtype=np.int32)
    first, last = ends[values.offset], ends[values.offset + len(values)]
    return bytes(values.buffers()[2][int(first) : int(last)])
