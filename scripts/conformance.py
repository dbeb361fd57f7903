"""Run the abstract tests and OGC's own executable suites against a server of the demo lake.

Reports stay in build/conformance. A suite is an "all in one" jar: one found in the folder named
by COEURVILLE_SUITES, or else what Maven resolves; one that cannot be had is said so and skipped.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen
from xml.etree import ElementTree

from suite_defects import FEATURES, PROCESSES, Defect

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "conformance"
MINUTE = 60


@dataclass(frozen=True)
class Suite:
    """An executable test suite, pinned.

    ``properties`` are its arguments beside the address; ``defects`` its own.
    """

    name: str
    artifact: str
    version: str
    properties: tuple[tuple[str, str], ...] = ()
    defects: tuple[Defect, ...] = ()

    @property
    def jar(self) -> str:
        """Return the name of the file."""
        return f"{self.artifact}-{self.version}-aio.jar"


DEFINITIONS = "http://www.opengis.net/def"
TILES = "{url}/collections/towns/tiles/WebMercatorQuad"
SUITES = (
    Suite(
        "features",
        "ets-ogcapi-features10",
        "1.9",
        properties=(("noofcollections", "-1"),),
        defects=FEATURES,
    ),
    Suite(
        "tiles",
        "ets-ogcapi-tiles10",
        "1.2",
        properties=(
            ("tilematrixsetdefinitionuri", f"{DEFINITIONS}/tilematrixset/OGC/1.0/WebMercatorQuad"),
            ("urltemplatefortiles", TILES + "/{tileMatrix}/{tileRow}/{tileCol}"),
            ("tilematrix", "5"),
            ("mintilerow", "10"),
            ("maxtilerow", "11"),
            ("mintilecol", "15"),
            ("maxtilecol", "16"),
        ),
    ),
    Suite("processes", "ets-ogcapi-processes10", "1.3", defects=PROCESSES),
)


def main() -> int:
    """Run what can be run; return the number of failures."""
    names = [suite.name for suite in SUITES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="*", choices=[*names, []], help="all by default")
    wanted = parser.parse_args().suites or names
    BUILD.mkdir(parents=True, exist_ok=True)
    failures = abstract_tests()
    found = {suite: jar for suite in SUITES if suite.name in wanted and (jar := jar_of(suite))}
    if found:
        with demo_server() as url:
            failures += sum(run(suite, jar, url) for suite, jar in found.items())
    print(f"Reports: {BUILD.relative_to(ROOT)}. Failures: {failures}.")
    return min(failures, 1)


def abstract_tests() -> int:
    """Run the tests ported from the standards' abstract test suites; return 1 if any fails."""
    report = BUILD / "abstract-tests.xml"
    command = [sys.executable, "-m", "pytest", "-q", "tests/conformance", f"--junitxml={report}"]
    return min(subprocess.run(command, cwd=ROOT).returncode, 1)


def jar_of(suite: Suite) -> Path | None:
    """Return the jar of a suite, or say why there is none."""
    given = Path(os.environ.get("COEURVILLE_SUITES", BUILD / "suites")) / suite.jar
    if given.exists():
        return given if has_java(suite) else None
    maven = shutil.which("mvn")
    if maven and has_java(suite):
        goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
        artifact = f"-Dartifact=org.opengis.cite:{suite.artifact}:{suite.version}:jar:aio"
        folder = f"-DoutputDirectory={BUILD / 'suites'}"
        command = [maven, "-B", "-q", goal, artifact, folder]
        subprocess.run(command, capture_output=True, timeout=5 * MINUTE)
    resolved = BUILD / "suites" / suite.jar
    if resolved.exists():
        return resolved
    print(f"{suite.name}: {suite.jar} is not to be had here; put it in COEURVILLE_SUITES. Skipped.")
    return None


def has_java(suite: Suite) -> bool:
    """Tell whether the suite can run, or say that it cannot."""
    if not shutil.which("java"):
        print(f"{suite.name}: Java is not installed. Skipped.")
    return shutil.which("java") is not None


def run(suite: Suite, jar: Path, url: str) -> int:
    """Run a suite, print its counts and return its failures that are the server's."""
    folder = BUILD / suite.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    entries = "".join(
        f'<entry key="{key}">{value.replace("{url}", url)}</entry>'
        for key, value in (("iut", url), *suite.properties)
    )
    arguments = folder / "arguments.xml"
    arguments.write_text(f'<?xml version="1.0"?><properties version="1.0">{entries}</properties>')
    with (folder / "run.log").open("w") as log:
        command = ["java", "-jar", str(jar), "-o", str(folder), str(arguments)]
        subprocess.run(command, stdout=log, stderr=log, timeout=20 * MINUTE)
    results = next(folder.glob("testng/*/testng-results.xml"), None)
    if results is None:
        print(f"{suite.name}: the suite ended without results, see {folder}/run.log")
        return 1
    return report(suite, results, url)


def report(suite: Suite, results: Path, url: str) -> int:
    """Print counts and failures; return those that the suite's own defects do not explain."""
    counts: Counter[str] = Counter()
    failed = 0
    for method in ElementTree.parse(results).iter("test-method"):
        if method.get("is-config"):
            continue
        counts[str(method.get("status")).lower()] += 1
        if method.get("status") != "FAIL":
            continue
        name = str(method.get("name"))
        texts = [(value.text or "").strip() for value in method.iter("value")]
        values = [text for text in texts if text and len(text) < 100 and "@" not in text]
        said = (method.findtext(".//message") or "").strip()
        defect = explanation(suite, name, said, values, url)
        failed += defect is None
        why = f"not the server's: {defect.reason} ({defect.requirement})" if defect else said
        print(f"  {name} {' '.join(values)}: {why}")
    told = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    print(f"{suite.name} {suite.version}: {told}; {failed} of the failures are the server's")
    return failed


def explanation(suite: Suite, test: str, said: str, values: list[str], url: str) -> Defect | None:
    """Return the defect of a suite that explains a failure, and is proved by asking the server."""
    known = (d for d in suite.defects if d.test == test and d.says in said)
    return next((defect for defect in known if defect.proof(url, values)), None)


@contextmanager
def demo_server() -> Iterator[str]:
    """Serve the demo lake on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {"COEURVILLE_DATA": str(BUILD / "data"), "COEURVILLE_URL": url}
    fill = [sys.executable, "-c", "from server.cli import main; main()", "demo", "--no-serve"]
    subprocess.run(fill, env=environment, cwd=ROOT, check=True)
    serve = [sys.executable, "-m", "uvicorn", "--factory", "server.app:create_app"]
    serve += ["--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(serve, env=environment, cwd=ROOT)
    try:
        await_answer(f"{url}/ogc", process)
        yield f"{url}/ogc"
    finally:
        process.terminate()
        process.wait(MINUTE)


def await_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return once the server answers."""
    end = time.monotonic() + MINUTE
    while time.monotonic() < end and process.poll() is None:
        try:
            urlopen(url, timeout=MINUTE).close()
        except URLError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("The server did not start.")


if __name__ == "__main__":
    sys.exit(main())
