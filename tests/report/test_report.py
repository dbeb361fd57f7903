"""A town's report over HTTP: the PDF, the page, and what both say."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

import httpx
import pypdf
import pytest

from server.report.words import Words, report_words

SAMPLE = "Données fictives"


@pytest.fixture(scope="module")
def get(demo_url):
    """Give a function that gets an address of a demo server, kept for the module."""
    kept = {}

    def get_(path: str) -> httpx.Response:
        if path not in kept:
            kept[path] = httpx.get(f"{demo_url}{path}", timeout=60)
        return kept[path]

    return get_


def read_pdf(answer: httpx.Response) -> pypdf.PdfReader:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return pypdf.PdfReader(io.BytesIO(answer.content))


def words_of(pages) -> str:
    text = " ".join(page.extract_text() for page in pages)
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize(
    ("town", "perimeter", "lang"),
    [
        ("00001", "commune", "fr"),
        ("00001", "centre", "en"),
        ("35236", "commune", "fr"),
        ("24322", "centre", "en"),
    ],
)
def test_the_pdf_is_accessible_and_of_six_to_ten_pages(get, town, perimeter, lang):
    pdf = read_pdf(get(f"/towns/{town}/report.pdf?perimeter={perimeter}&lang={lang}"))
    assert 6 <= len(pdf.pages) <= 10
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == lang
    assert re.search(rb"pdfuaid:part>1<", root["/Metadata"].get_data())
    assert get(f"/towns/{town}").json()["name"] in pdf.metadata.title


def test_every_page_of_the_invented_town_says_so(get):
    pdf = read_pdf(get("/towns/00001/report.pdf"))
    assert all(SAMPLE in page.extract_text() for page in pdf.pages)
    assert SAMPLE not in words_of(read_pdf(get("/towns/35236/report.pdf")).pages)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_pdf_and_page_give_the_values_of_the_api(get, lang):
    measures = get("/towns/00001/indicators").json()["measures"]
    page = Page(get(f"/towns/00001/report?lang={lang}").text)
    text = words_of(read_pdf(get(f"/towns/00001/report.pdf?lang={lang}")).pages)
    words = Words(lang)
    for one in measures:
        if one["value"] is None:
            continue
        assert one["value"] in page.values
        shown = words.quantity(one["value"], one["unit"])
        assert re.sub(r"\s+", " ", shown) in text, one["id"]


def test_values_are_never_shown_without_a_unit(get):
    page = Page(get("/towns/00001/report").text)
    bare = [text for text in page.shown if re.fullmatch(r"[\d\s\u00a0,.-]+", text)]
    assert page.shown
    assert bare == []


def test_a_withheld_value_is_not_zero_and_has_its_reason(get):
    html = get("/towns/35236/report").text
    missing = [m for m in get("/towns/35236/indicators").json()["measures"] if m["withheld"]]
    assert len(missing) > 30
    assert html.count("non donné<") + html.count("non donné\n") == len(missing)
    # Layers are called by their titles, not by their ids.
    assert "Sirene" in html
    assert "« establishments »" not in html.replace("\u00a0", " ")


def test_a_town_is_placed_among_its_peers_and_never_ranked(get):
    measure = next(
        m for m in get("/towns/24322/indicators").json()["measures"] if m["id"] == "housing-vacancy"
    )
    told = get("/towns/24322/indicators?peers=nearest").json()
    place = told["positions"]["housing-vacancy"]
    words = Words("en")
    page = Page(get("/towns/24322/report?lang=en").text)
    median = words.quantity(place["median"], "%")
    strip = next(alt for alt in page.alts if alt.startswith("Housing vacancy"))
    assert words.quantity(measure["value"], "%") in strip
    assert f"median {median}" in strip
    for peer in get("/towns/24322/peers").json()["peers"]:
        assert f"{peer['name']} ({peer['insee']})" in page.text
    assert not re.search(r"\b\d+(st|nd|rd|th)\b", page.text)


def test_the_page_is_well_formed_for_those_who_do_not_see_it(get):
    for lang in ("fr", "en"):
        answer = get(f"/towns/00001/report?lang={lang}")
        page = Page(answer.text)
        assert page.language == lang
        assert page.headings[0] == 1
        assert page.headings.count(1) == 1
        steps = zip(page.headings, page.headings[1:], strict=False)
        assert all(after <= before + 1 for before, after in steps)
        assert page.drawings == len(page.alts) > 0
        assert all(page.alts)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "<script" not in answer.text


def test_a_report_is_made_once_for_a_state_of_the_layers(demo_url, get):
    path = "/towns/24322/report.pdf?perimeter=centre&lang=en"
    tag = get(path).headers["etag"]
    again = httpx.get(f"{demo_url}{path}", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert httpx.get(f"{demo_url}{path}").content == get(path).content
    assert get("/towns/24322/report?perimeter=centre&lang=en").headers["etag"] != tag


@pytest.mark.parametrize(
    ("path", "status", "hint"),
    [
        ("/towns/3523/report.pdf", 404, "Did you mean"),
        ("/towns/Redon/report", 404, "Redon is 35236"),
        ("/towns/35236/report.pdf?perimeter=center", 404, "centre"),
        ("/towns/35236/report.pdf?lang=de", 400, "lang"),
        ("/towns/35236/report?language=fr", 400, "lang"),
    ],
)
def test_mistakes_get_one_clear_sentence(get, path, status, hint):
    answer = get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert hint in answer.json()["detail"]


def test_each_text_has_the_same_places_in_both_languages():
    for name, text in report_words().texts.items():
        places = [sorted(re.findall(r"{\w+}", told)) for told in (text.fr, text.en)]
        assert places[0] == places[1], name


def test_french_and_english_write_numbers_their_own_way():
    assert Words("fr").quantity(12.34, "%") == "12,3\u00a0%"
    assert Words("en").quantity(12.34, "%") == "12.3%"
    assert Words("fr").quantity(21775.0, "habitants") == "21\u00a0775\u00a0habitants"
    assert Words("en").quantity(21775.0, "habitants") == "21,775\u00a0inhabitants"
    assert Words("fr").typeset("Qui ? Lui : 10 000 %") == "Qui\u00a0? Lui\u00a0: 10\u00a0000\u00a0%"


class Page(HTMLParser):
    """What a page says, to those who see it and those who do not."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.language = ""
        self.headings: list[int] = []
        self.alts: list[str] = []
        self.drawings = 0
        self.values: list[float] = []
        self.shown: list[str] = []
        self.text = ""
        self._in_value = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self._in_value = tag == "data"
        if tag == "html":
            self.language = given["lang"]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "svg":
            self.drawings += 1
        if given.get("role") == "img":
            self.alts.append(given["aria-label"])
        if self._in_value:
            self.values.append(float(given["value"]))

    def handle_endtag(self, tag):
        self._in_value = False

    def handle_data(self, data):
        self.text += data
        if self._in_value:
            self.shown.append(data)
