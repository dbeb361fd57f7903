"""The page, and all that it links to, under a path that the documented proxy gives the service."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

OPERATING = Path(__file__).resolve().parents[2] / "docs" / "operating.md"
AROUND = """daemon off;
pid nginx.pid;
error_log error.log;
events {{}}
http {{
  access_log off; client_body_buffer_size 16m;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{
    listen 127.0.0.1:{port};
{documented}
  }}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def documented(port: str) -> str:
    """Return the example of the documentation, before a service on another port."""
    (example,) = re.findall(r"```nginx\n(.*?)```", OPERATING.read_text(encoding="utf-8"), re.S)
    assert "127.0.0.1:8000" in example
    return str(example.replace("127.0.0.1:8000", f"127.0.0.1:{port}"))


@pytest.fixture(scope="module")
def mounted(demo_data, run_server, require_program, eventually, tmp_path_factory) -> Iterator[str]:
    """Return the public address of a demo behind nginx, ``…/geo``."""
    nginx = require_program("nginx")
    folder, front = tmp_path_factory.mktemp("nginx"), free_port()
    public = f"http://127.0.0.1:{front}/geo"
    with run_server(demo_data, public=public) as inside:
        example = documented(inside.rsplit(":", 1)[1])
        (folder / "nginx.conf").write_text(AROUND.format(port=front, documented=example))
        command = [nginx, "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"]
        process = subprocess.Popen(command)
        try:
            eventually(lambda: answers(public), 30)
            yield public
        finally:
            process.terminate()
            process.wait(30)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def shown(browser: Browser, mounted: str) -> Iterator[Callable[[str], Page]]:
    """Give a function that opens a view of the page; ``lost`` are its refused requests."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})

    def open_(query: str) -> Page:
        page = context.new_page()
        page.lost = []
        page.on(
            "response", lambda a: page.lost.append((a.status, a.url)) if a.status > 399 else None
        )
        page.goto(f"{mounted}/{query}")
        page.locator("body[data-ready]").wait_for()
        page.locator("#map[data-drawn]").wait_for(state="attached")
        page.wait_for_load_state("networkidle")
        return page

    yield open_
    context.close()


VIEWS = {
    "home": "",
    "question": "?town=00001&question=shops-holding",
    "explained": "?town=00001&view=figures&indicator=centre-population",
    "layers": "?town=00001&view=layers&layers=sample-shops,sample-land-cover",
    "search": "?town=00001&view=query&find=sample-shops;status;%3D;vacant",
    "comparison": "?town=24322&view=compare&with=12202:commune",
    "take-away": "?town=24322&view=take&lang=en",
}


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_is_whole_and_stays_under_the_path(shown, mounted, view) -> None:
    page = shown(VIEWS[view])
    assert page.lost == []
    expect(page.locator("main .failure")).to_have_count(0)
    assert int(page.locator("#map").get_attribute("data-drawn") or 0) > 0 or view == "comparison"
    told = "all => all.map(one => one.href || one.src || one.dataset.address).filter(Boolean)"
    links = page.eval_on_selector_all("a[href], img[src], [data-address]", told)
    assert len(links) > 5
    outside = [link for link in links if not link.startswith((f"{mounted}/", "blob:", "data:"))]
    assert outside == []


def test_what_the_page_links_to_opens(shown, mounted) -> None:
    page = shown(VIEWS["take-away"])
    links = page.eval_on_selector_all(
        "main a[href], main [data-address], footer a[href]",
        "all => all.map(one => one.dataset.address || one.href)",
    )
    opened = {link: httpx.get(link, timeout=120).status_code for link in set(links)}
    assert len(opened) > 20
    assert {link: status for link, status in opened.items() if status != 200} == {}


def test_a_frame_is_whole(shown, mounted, browser) -> None:
    page = browser.new_page()
    page.goto(f"{mounted}/embed?town=35236&indicator=H03")
    expect(page.locator(".figure .value .unit")).to_have_text("%")
    link = page.get_by_role("link").get_attribute("href")
    assert urlsplit(link or "").path == "/geo/"
    page.close()


def test_links_of_answers_start_with_the_public_address(mounted) -> None:
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    for path in ("/ogc?f=json", "/ogc/collections/towns?f=json", "/towns/24322"):
        text = httpx.get(mounted + path, headers=forged).text
        found = set(re.findall(r"http://127[^/\"]*/[a-z]*", text))
        assert found == {mounted}, path
        assert "evil.example" not in text


def test_a_file_larger_than_the_proxys_default_reaches_the_service(mounted) -> None:
    ring = [[-3, 46.5], [-2.99, 46.5], [-2.99, 46.51], [-3, 46.5]]
    body = {"perimeter": {"type": "Polygon", "coordinates": [ring]}, "indicators": ["H01"]}
    padded = httpx.Request("POST", f"{mounted}/evaluate", json=body).content + b" " * 2_000_000
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(f"{mounted}/evaluate", content=padded, headers=headers, timeout=60)
    assert answer.status_code == 200
    refused = httpx.post(f"{mounted}/evaluate", content=b" " * 11_000_000, headers=headers)
    assert refused.status_code == 413


def test_metrics_stay_inside(mounted) -> None:
    assert httpx.get(f"{mounted}/metrics").status_code == 403
