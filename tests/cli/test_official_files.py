"""Official files on the command line: what one import leaves serves the next."""

from __future__ import annotations

import os
import subprocess
import sys

COMMAND = [sys.executable, "-c", "from server.cli import main; main()"]


def run(data, *arguments):
    environment = {**os.environ, "COEURVILLE_DATA": str(data), "COLUMNS": "200"}
    return subprocess.run(
        [*COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=120
    )


def test_changes_of_communes_that_the_lake_holds_serve_later_imports(tmp_path):
    """Two synthetic communes that merged."""
    changes, vacancy = tmp_path / "v_mvt_commune_2025.csv", tmp_path / "lovac.csv"
    changes.write_text(
        "MOD,DATE_EFF,TYPECOM_AV,COM_AV,TYPECOM_AP,COM_AP\n32,2016-01-01,COM,01003,COM,01004\n"
    )
    vacancy.write_text(
        "CODGEO_25;pp_vacant_25;pp_vacant_plus_2ans_25;ff_pp_total_24\n01003;20;s;9\n01004;2;3;90\n"
    )
    data = tmp_path / "data"
    assert "2 rows kept of 2" in run(data, "import", "lovac", str(vacancy)).stdout
    assert "1 rows kept of 1" in run(data, "import", "cog", str(changes)).stdout
    told = run(data, "import", "lovac", str(vacancy)).stdout
    assert "1 rows kept of 2" in told
    assert "1 × code of a former commune replaced by the present one" in told
    assert "1 × secret number kept as an interval: vacant_2y" in told


def test_a_file_given_twice_is_refused_as_its_rows_would_count_twice(tmp_path):
    flows = "CODGEO;LIBGEO;DCLT;L_DCLT;NBFLUX_C22_ACTOCC15P\n01004;A;01004;A;12.5\n"
    first, copy = tmp_path / "flux.csv", tmp_path / "flux (1).csv"
    first.write_text(flows)
    copy.write_text(flows)
    for again in (first, copy):
        done = run(tmp_path / "data", "import", "commuting", str(first), str(again))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"coeurville: {again} is the same file as {first}: give it once.\n"
