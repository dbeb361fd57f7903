"""Whatever the page gives to copy works elsewhere: addresses open, commands run."""

from __future__ import annotations

import json
import shlex
import subprocess

import httpx
import pytest

FICTIVE = "/?town=00001"
OWN = "perimeter=circle&circle=-3,46.5,500"
VIEWS = {
    "question": f"{FICTIVE}&question=shops-holding",
    "figures": "/?town=24322&view=figures",
    "explained": f"{FICTIVE}&view=figures&indicator=retail-vacancy",
    "layers": f"{FICTIVE}&view=layers&layers=sample-shops,sample-land-cover",
    "search": f"{FICTIVE}&view=query&find=sample-shops;status;%3D;vacant;sample-transit-stops;;300",
    "comparison": "/?town=24322&view=compare&with=12202:commune",
    "take-away": f"{FICTIVE}&view=take",
}
GIVEN = "all => [...new Set(all.map(one => one.dataset.address || one.dataset.command))]"


@pytest.mark.parametrize("view", VIEWS)
def test_every_copied_address_and_every_file_opens(opened, view) -> None:
    page = opened(VIEWS[view])
    copied = page.eval_on_selector_all("[data-address]", GIVEN)
    files = page.eval_on_selector_all("a[download]", "all => all.map(one => one.href)")
    assert copied
    for address in {*copied, *files}:
        answer = httpx.get(address, timeout=120)
        assert answer.status_code == 200, (address, answer.text[:200])
        assert answer.content


@pytest.mark.parametrize("view", ["figures", "compare&with=24322:commune"])
def test_what_is_asked_by_post_is_copied_as_a_command(opened, require_program, view) -> None:
    """A perimeter of one's own has no address: what is copied must bring its values."""
    require_program("curl")
    page = opened(f"{FICTIVE}&view={view}&{OWN}&indicator=retail-vacancy")
    commands = page.eval_on_selector_all("[data-command]", GIVEN)
    assert commands
    for command in [*commands[:3], commands[-1]]:
        arguments = ["curl", "--silent", "--fail", *shlex.split(command)[1:]]
        told = json.loads(subprocess.run(arguments, capture_output=True, check=True).stdout)
        assert "measures" in told or "measure" in told
