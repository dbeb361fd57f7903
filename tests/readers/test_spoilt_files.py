"""Spoilt copies of real files: each says in one line what is wrong, or counts what it left out."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from layers.errors import ReadError
from layers.readers import source

REAL = {
    "dvf": ("perpignan/dvf_66136.csv", 2_000),
    "rp-housing": ("iris/base-ic-logement-2021.csv", 3_302),
    "ort": ("acv/ort_communes.csv", 2_290),
}
LAYER = {"dvf": "sales", "rp-housing": "iris-housing", "ort": "ort-communes"}


@pytest.fixture(params=sorted(REAL))
def real(request, shared_data):
    """Give the name of a source, its real file and the rows that it holds."""
    path, rows = REAL[request.param]
    return request.param, shared_data / path, rows


def zipped(path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(path.name, path.read_bytes())
    return packed.getvalue()


def read(name, path) -> None:
    for table in source(name).read([path]):
        list(table.batches)


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize(
    ("suffix", "spoil", "words"),
    [
        ("", lambda path: b"", r"^\S+ is empty\.$"),
        (
            "",
            lambda path: path.read_bytes().split(b"\n")[0] + b"\n",
            r"holds a header and no row\.$",
        ),
        ("", lambda path: b'{"error": "quota exceeded"}', r"is JSON.*Download"),
        ("", lambda path: b'[\n {"code": 1}\n]', r"is JSON.*Download"),
        ("", lambda path: b"<html><title>403</title></html>", r"is a web page.*Download"),
        ("", lambda path: b"\x89PNG\r\n\x1a\n\0\0\0", r"is not a text file"),
        (".gz", lambda path: half(gzip.compress(path.read_bytes())), r"truncated.*Download"),
        (".zip", lambda path: half(zipped(path)), r"truncated.*Download"),
    ],
)
def test_what_cannot_be_read_is_one_clear_line(real, written, suffix, spoil, words):
    name, path, _ = real
    spoilt = written(path.name + suffix, spoil(path))
    with pytest.raises(ReadError, match=words) as told:
        read(name, spoilt)
    assert "\n" not in str(told.value)


def test_every_other_source_refuses_the_file_as_not_its_own(real):
    name, path, _ = real
    for other in ("bpe", "bpe-ranges", "lovac", "commuting", "commuting-detail", "cog", "dpe",
                  "ban", "rnb", "rp-housing-communes", "sirene", *REAL):  # fmt: skip
        if other != name:
            with pytest.raises(ReadError, match=r"no column|needs two files|is by IRIS"):
                read(other, path)


def test_a_cut_last_row_is_counted(imported, written, real):
    name, path, rows = real
    text = path.read_bytes().rstrip(b"\n")
    done = imported(name, written(path.name, text[: text.rindex(b"\n") + 8]))
    report = done.report(LAYER[name])
    assert report["kept"] == rows - 1
    assert report["refused"] == {"row with another number of columns than the header": 1}


def test_files_joined_end_to_end_repeat_their_header_which_is_no_row(imported, written, real):
    name, path, rows = real
    header, _, rest = path.read_bytes().partition(b"\n")
    middle = rest.index(b"\n", len(rest) // 2) + 1
    joined = header + b"\n" + rest[:middle] + header + b"\n" + rest[middle:]
    report = imported(name, written(path.name, joined)).report(LAYER[name])
    assert report["kept"] == rows
    assert report["refused"] == {"header repeated among the rows": 1}


def test_a_second_file_that_holds_nothing_new_adds_nothing(imported, written, shared_data):
    path = shared_data / "perpignan" / "dvf_66136.csv"
    extract = b"".join(path.read_bytes().splitlines(keepends=True)[:5])
    done = imported("dvf", path, written("extract.csv", extract))
    assert len(done.rows("sales")) == 2_000
    assert done.report("sales")["refused"] == {"line of a sale that a former file holds too": 4}
