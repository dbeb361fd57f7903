"""The command that computes all towns: only what changed, whatever stops it, wherever it runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import orjson
import pytest

from layers.catalogue import Catalogue
from server.compute import plan as plans
from server.compute.run import run
from server.indicators.registry import indicators
from server.ledger import Ledger
from server.settings import Settings
from tests.compute.conftest import TOWNS, answers, await_results, census, codes

TWO = ("--indicators", "H03,E04", "--jobs", "2")


def test_values_are_those_known_by_hand_and_become_layers(compute, catalogue, ledger) -> None:
    compute(*TWO)
    found = {place: orjson.loads(measure) for place, (_, measure) in answers(ledger).items()}
    assert len(found) == 2 * TOWNS
    for n, code in enumerate(codes()):
        assert found[code, "commune", "housing-vacancy"]["value"] == n
    wide = catalogue.layer("town-indicators").index
    rows = wide.rows(range(wide.count)).to_pylist()
    assert {row["insee"]: row["housing_vacancy"] for row in rows} == dict(
        zip(codes(), map(float, range(TOWNS)), strict=True)
    )
    titled = {a.name: a for a in wide.attributes}["housing_vacancy"]
    assert (titled.unit, titled.title.fr) == ("%", indicators()["housing-vacancy"].text.name.fr)
    long = catalogue.layer("town-indicators-long").index
    shops = [r for r in long.rows(range(long.count)).to_pylist() if r["code"] == "E04"]
    assert {row["licence"] for row in shops} == {catalogue.record("shops").licence}
    assert {(row["numerator"], row["denominator"]) for row in shops} <= {(7, 20), (6, 20)}


def test_only_what_changed_is_computed(compute, catalogue, ledger) -> None:
    assert "60 values to compute, 0 were current" in compute(*TWO)
    assert "0 values to compute, 60 were current" in compute(*TWO)
    version = catalogue.layer("town-indicators").version.id
    census(catalogue, extra=1)
    assert "30 values to compute, 30 were current" in compute(*TWO)
    assert catalogue.layer("town-indicators").version.id != version
    value = orjson.loads(answers(ledger)[codes()[0], "commune", "housing-vacancy"][1])["value"]
    assert value == 1
    catalogue.lake.rollback("iris-housing")
    assert "30 values to compute" in compute(*TWO)


def test_towns_left_out_of_a_run_stay_in_the_layers_marked_as_outdated(compute, catalogue) -> None:
    compute(*TWO)
    census(catalogue, extra=1)
    first, second, *_ = codes()
    printed = compute(*TWO, "--towns", first)
    assert f"{TOWNS - 1} values are of former layers" in printed
    wide = catalogue.layer("town-indicators").index
    rows = {row["insee"]: row for row in wide.rows(range(wide.count)).to_pylist()}
    assert sorted(rows) == codes()
    told = {code: (rows[code]["housing_vacancy"], rows[code]["outdated"]) for code in rows}
    assert told[first] == (1, None)
    assert told[second] == (1, "H03")
    long = catalogue.layer("town-indicators-long").index
    found = long.rows(range(long.count)).to_pylist()
    assert {(r["insee"], r["code"]) for r in found if not r["current"]} == {
        (code, "H03") for code in codes()[1:]
    }
    assert "former layers" not in compute(*TWO)
    wide = catalogue.layer("town-indicators").index
    assert {row["outdated"] for row in wide.rows(range(wide.count)).to_pylist()} == {None}


def test_a_killed_run_keeps_what_was_done_and_goes_on(
    start, compute, ledger, slowed, monkeypatch
) -> None:
    process = start("--indicators", "H03,E04", "--jobs", "1")
    before = len(await_results(ledger, 6))
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = answers(ledger)
    assert len(kept) >= before
    left = 2 * TOWNS - len(kept)
    assert left > 0
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    printed = compute(*TWO)
    assert f"{left} values to compute, {len(kept)} were current" in printed
    resumed = answers(ledger)
    assert {place: resumed[place] for place in kept} == kept
    compute(*TWO, "--force")
    assert answers(ledger) == resumed


def test_an_interrupted_run_says_so_in_one_line_and_keeps_what_was_done(
    catalogue, ledger, slowed, repository
) -> None:
    program = "from server.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "compute", "--indicators", "H03,E04", "--jobs", "1"],
        env={**os.environ, "COEURVILLE_DATA": str(catalogue.data)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    await_results(ledger, 6)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the command and its processes
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "coeurville: interrupted" in printed
    assert "Traceback" not in printed
    assert 6 <= len(answers(ledger)) < 2 * TOWNS


def test_a_pool_and_dask_workers_give_the_same(catalogue, ledger, tmp_path) -> None:
    from distributed import LocalCluster

    def computed(name: str, **where) -> dict:
        store = Ledger(f"sqlite:///{tmp_path / name}")
        chosen = plans.chosen_indicators("H03,E04,E10")
        found = plans.plan(catalogue, store, plans.chosen_towns(catalogue, "all"),
                           ["commune", "centre"], chosen)  # fmt: skip
        done = list(run(found.tasks, store, catalogue.data, **where))
        assert [d.error for d in done] == [None] * (2 * TOWNS)
        return answers(store)

    pool = computed("pool.sqlite", jobs=2)
    options = {"n_workers": 2, "threads_per_worker": 2, "dashboard_address": None}
    with LocalCluster(host="127.0.0.1", **options) as cluster:
        workers = computed("dask.sqlite", jobs=1, scheduler=cluster.scheduler_address)
    assert len(pool) == 6 * TOWNS
    assert pool == workers


def test_a_worker_that_is_killed_has_its_towns_done_by_others(catalogue, ledger) -> None:
    tasks = plans.plan(catalogue, ledger, plans.chosen_towns(catalogue, "all"), ["commune"],
                       plans.chosen_indicators("H03")).tasks  # fmt: skip
    running = run(tasks, ledger, catalogue.data, jobs=2)
    first = next(running)
    children = _children(os.getpid())
    assert children
    os.kill(children[0], signal.SIGKILL)
    done = [first, *running]
    assert sorted(d.task.insee for d in done) == codes()
    assert not [d.error for d in done if d.error]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--towns", "12o01"), "No town '12o01'.*Did you mean '12"),
        (("--indicators", "H3"), "No indicator 'H3'.*H03"),
        (("--perimeters", "comune"), "perimeters must be commune or centre.*'commune'"),
        (("--scheduler", "tcp://127.0.0.1:9"), "No Dask scheduler answers at tcp://127.0.0.1:9"),
    ],
)
def test_a_wrong_choice_is_one_clear_sentence(start, arguments, said) -> None:
    process = start(*arguments)
    printed, _ = process.communicate(timeout=90)
    assert process.returncode == 1
    assert re.search(f"^coeurville: {said}", printed, re.MULTILINE)
    assert "Traceback" not in printed


def test_themes_that_indicators_read_are_those_they_declare(demo_data) -> None:
    """A theme that an indicator's text does not name would be missing from its keys."""
    from server.indicators import perimeters
    from server.indicators.context import Context
    from server.indicators.evaluation import measured

    catalogue = Catalogue(demo_data)
    for insee in ("00001", "24322"):
        town = perimeters.town(catalogue, insee)
        for area in (perimeters.commune(catalogue, town), perimeters.centre(catalogue, town)):
            for one in indicators().values():
                context = Context(catalogue, area)
                measured(context, one)
                assert context.themes <= set(one.text.inputs), one.text.id


def test_programs_that_open_a_new_ledger_at_once_all_may(tmp_path) -> None:
    program = (
        "import sys; from server.ledger import Ledger, jobs; jobs.waiting(Ledger(sys.argv[1]))"
    )
    url = str(Ledger.of(Settings(tmp_path)).url)
    opening = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(6)]
    assert [one.wait(60) for one in opening] == [0] * 6


def test_ledgers_of_another_version_are_refused(tmp_path) -> None:
    from sqlalchemy import update

    from layers.errors import UserError
    from server.ledger.tables import schema

    ledger = Ledger.of(Settings(tmp_path))
    with ledger.write() as connection:
        connection.execute(update(schema).values(version=99))
    with pytest.raises(UserError, match="schema 99"), Ledger.of(Settings(tmp_path)).read():
        pass


def _children(pid: int) -> list[int]:
    """Return the worker processes of this one, the resource tracker left out."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            command = (status.parent / "cmdline").read_text()
            if f"\nPPid:\t{pid}\n" in status.read_text() and "spawn_main" in command:
                found.append(int(status.parent.name))
    return found
