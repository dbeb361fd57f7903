"""The command line: one function per command, one line per error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from rich.markup import escape

from layers.errors import UserError
from server.console import (
    console,
    progress_bar,
    tell_lacking,
    tell_layers,
    tell_raster,
    tell_version,
)
from server.settings import DEFAULT_PORT, Settings

if TYPE_CHECKING:
    from layers.catalogue import Catalogue
    from layers.lake import Version
    from layers.records import LayerRecord
    from layers.tables import Table

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Share, understand and act on the geodata of a town. The data folder is COEURVILLE_DATA.",
)
INTERRUPTED = 130
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
File = Annotated[Path, typer.Argument(help="The file to read.")]


def main() -> None:
    """Run a command; a user error is one line on the error stream and exit code 1."""
    try:
        app()
    except UserError as error:
        sys.stderr.write(f"coeurville: {' '.join(str(error).split())}\n")
        sys.exit(1)
    except SystemExit as end:
        # Typer turns an interruption into this code, without a word.
        if end.code == INTERRUPTED:
            sys.stderr.write("coeurville: interrupted; what served before still serves.\n")
        raise


@app.command()
def demo(
    port: Port = DEFAULT_PORT,
    host: Host = "127.0.0.1",
    serve_: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve when ready.")] = True,
) -> None:
    """Fill the data folder with the demo lake, then serve it."""
    from layers.demo import fill_lake
    from server.serving import require_free, run_server

    settings = Settings.from_environment()
    if serve_:
        require_free(host, port)
    with progress_bar() as progress:
        task = progress.add_task("Demo lake", total=None)
        for done, total, name in fill_lake(settings.data):
            progress.update(task, completed=done, total=total, description=name)
    console.print(f"The demo lake is ready in {escape(str(settings.data))}.")
    if serve_:
        run_server(host, port, workers=1)


@app.command()
def add(
    file: File,
    id_: Annotated[str | None, typer.Option("--id", help="Id of the layer.")] = None,
    title: Annotated[str | None, typer.Option(help="Title of the layer.")] = None,
    crs: Annotated[str | None, typer.Option(help="CRS of the file, such as EPSG:2154.")] = None,
    layer: Annotated[str | None, typer.Option(help="Only this layer of the file.")] = None,
    theme: Annotated[
        str | None, typer.Option(help="What its rows are about, for indicators, such as shops.")
    ] = None,
) -> None:
    """Publish any file: every layer of it, with its own attribute names; a raster as a raster."""
    from layers import themes
    from layers.catalogue import Catalogue
    from layers.opening import described, infer_record, open_file, save_record
    from layers.raster_facts import is_raster

    catalogue = Catalogue(Settings.from_environment().data)
    known = catalogue.records()
    if theme is not None:
        themes.require(known, theme)
    if is_raster(file):
        if theme is not None:
            raise UserError("A theme is for features; import an official raster by its source.")
        _add_raster(catalogue, file, id_, title, crs)
        return
    tables = open_file(file, crs=crs, layer=layer)
    if id_ and len(tables) > 1:
        names = ", ".join(table.layer for table in tables)
        raise UserError(f"{file} holds several layers ({names}): choose one with --layer for --id.")
    for table in tables:
        record = infer_record(table, file, id=id_, title=title)
        _refuse_packaged(catalogue, record)
        if (catalogue.own_records / f"{record.id}.yml").exists() and record.id in known:
            record = described(known[record.id], record, title)
        record = record.model_copy(update={"theme": theme or record.theme})
        version = _publish_all(catalogue, [(record, table)], source=file.name)
        save_record(record, catalogue.own_records)
        if theme and (lacks := themes.lacking(known, theme, version)):
            tell_lacking(theme, lacks)


@app.command("import")
def import_(
    source: Annotated[str, typer.Argument(help="Official format, such as dvf or osm.")],
    files: Annotated[list[Path], typer.Argument(help="Files of that format.")],
) -> None:
    """Publish files of an official format, or the raster of an official layer."""
    from layers import mergers
    from layers.catalogue import Catalogue
    from layers.files import require_distinct
    from layers.raster_facts import is_raster
    from layers.readers import source as find_source

    catalogue = Catalogue(Settings.from_environment().data)
    records = [r for r in catalogue.records().values() if source in (r.id, r.reader)]
    record = next((r for r in records if r.geometry == "raster" and not r.fictitious), None)
    if record and is_raster(files[0]):
        _import_raster(catalogue, record, files)
        return
    found = find_source(source)
    for file in files:
        if not file.exists():
            raise UserError(f"No file {file}.")
    require_distinct(files)
    changes = mergers.published(catalogue.lake) if found.changes else []
    tables = found.read([*files, *changes])
    names = ", ".join(file.name for file in files)
    pairs = ((catalogue.record(table.layer), table) for table in tables)
    _publish_all(catalogue, pairs, source=names)


@app.command()
def fetch(
    source: Annotated[str, typer.Argument(help="Official format, such as dvf.")],
    town: Annotated[str, typer.Option(help="INSEE code of the commune.")],
    origin: Annotated[
        str | None, typer.Option(help="Mirror with the same paths, such as https://mirror.example.")
    ] = None,
) -> None:
    """Download the official files of a town."""
    from layers import fetch as downloads
    from layers.readers import source as find_source

    found = find_source(source)
    folder = Settings.from_environment().data / "downloads" / found.id
    if found.address is None:
        raise UserError(f"{found.title} cannot be downloaded by town. {found.hint}")
    paths: list[Path] = []
    with progress_bar() as progress:
        for address in found.address(town):
            wanted = downloads.with_origin(address, origin)
            task = progress.add_task(wanted, total=None)

            def show(done: int, total: int | None, task: object = task) -> None:
                progress.update(task, completed=done, total=total)  # type: ignore[arg-type]

            # Files of several years have one name: they keep the folders of their address.
            place = folder / urlsplit(wanted).path.strip("/").rpartition("/")[0]
            paths.append(downloads.fetch(wanted, place, progress=show).path)
    console.print(f"Now: coeurville import {found.id} {' '.join(str(path) for path in paths)}")


@app.command()
def layers() -> None:
    """List the layers of the data folder."""
    from layers.catalogue import Catalogue

    catalogue = Catalogue(Settings.from_environment().data)
    found = catalogue.layers().values()
    if found:
        tell_layers(found)
    else:
        console.print("No layer yet: try coeurville demo.")


@app.command()
def serve(
    port: Port = DEFAULT_PORT,
    host: Host = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Serve the data folder."""
    from server.serving import require_free, run_server

    require_free(host, port)
    run_server(host, port, workers)


@app.command()
def compute(
    towns: Annotated[str, typer.Option(help="all, or INSEE codes: 24322,12202.")] = "all",
    indicators: Annotated[str, typer.Option(help="all, or ids or codes: H03,H05.")] = "all",
    perimeters: Annotated[str, typer.Option(help="commune, centre, or both.")] = "commune",
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; one per core.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Dask scheduler, such as tcp://10.0.0.1:8786.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Also compute what is current.")] = False,
) -> None:
    """Compute indicators of many towns and publish them as layers; only what changed."""
    from layers.catalogue import Catalogue
    from server.compute import plan as plans
    from server.compute.publish import publish_results
    from server.compute.run import run
    from server.ledger import Ledger

    settings = Settings.from_environment()
    catalogue, ledger = Catalogue(settings.data), Ledger.of(settings)
    found = plans.plan(
        catalogue, ledger, plans.chosen_towns(catalogue, towns),
        plans.chosen_perimeters(perimeters), plans.chosen_indicators(indicators), force=force,
    )  # fmt: skip
    failed = []
    with progress_bar() as progress:
        task = progress.add_task("Computing", total=len(found.tasks))
        workers = jobs or os.cpu_count() or 1
        work = run(found.tasks, ledger, settings.data, jobs=workers, scheduler=scheduler)
        with closing(work):
            for done in work:
                progress.update(task, advance=1, description=f"Computed {done.task.insee}")
                failed += [done] if done.error else []
    published = publish_results(catalogue, ledger)
    for layer, version in published.versions.items():
        console.print(f"Published {layer}: {version.rows:,} rows.", highlight=False)
    if published.outdated:
        console.print(
            f"{published.outdated:,} values are of former layers, and marked so: run coeurville "
            "compute for all towns and perimeters.", highlight=False,
        )  # fmt: skip
    count = sum(len(each.indicators) for each in found.tasks)
    console.print(f"{count:,} values to compute, {found.current:,} were current already.")
    if failed:
        first = failed[0]
        raise UserError(
            f"{len(failed)} of {len(found.tasks)} tasks failed, first that of {first.task.insee}: "
            f"{first.error} The others are kept; run the same command again for these."
        )


@app.command()
def export(
    layer: Annotated[str, typer.Argument(help="Id of the layer.")],
    file: Annotated[
        Path, typer.Argument(help="File to write: .parquet, .gpkg, .geojson, .csv; .tif.")
    ],
) -> None:
    """Write a layer to a file."""
    from layers.catalogue import Catalogue
    from layers.export import export_layer

    found = Catalogue(Settings.from_environment().data).layer(layer)
    count = export_layer(found, file)
    what = "rows of pixels" if found.is_raster else "rows"
    console.print(f"{count:,} {what} written to {escape(str(file))}.")


@app.command()
def report(
    insee: Annotated[str, typer.Argument(help="INSEE code of the town.")],
    file: Annotated[Path, typer.Argument(help="File to write: .pdf or .html.")],
    lang: Annotated[str, typer.Option(help="fr or en.")] = "fr",
    perimeter: Annotated[str, typer.Option(help="Id of a perimeter of the town.")] = "commune",
) -> None:
    """Write the report of a town for elected people and planners."""
    from layers.catalogue import Catalogue
    from server import report as reports

    settings = Settings.from_environment()
    kind = file.suffix.casefold()
    if kind not in (".pdf", ".html"):
        raise UserError(f"A report is a .pdf or an .html file, not {file.name!r}.")
    if not file.parent.is_dir():
        raise UserError(f"No folder {file.parent}: create it first.")
    made = reports.report(Catalogue(settings.data), insee, perimeter, lang, settings.url)
    if kind == ".pdf":
        file.write_bytes(reports.as_pdf(made))
    else:
        file.write_text(reports.as_html(made, file.with_suffix(".pdf").name), encoding="utf-8")
    console.print(f"{escape(made.title)}: written to {escape(str(file))}.", highlight=False)


@app.command()
def versions(
    layer: Annotated[str, typer.Argument(help="Id of the layer.")],
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Serve the version before the current one.")
    ] = False,
    prune: Annotated[int | None, typer.Option(min=1, help="Keep only this many.")] = None,
) -> None:
    """List the versions of a layer, go back to a former one, or delete old ones."""
    from layers.lake import Lake

    lake = Lake(Settings.from_environment().data / "lake")
    if rollback:
        console.print(f"Now serving {lake.rollback(layer).id}.")
    if prune:
        console.print(f"Deleted: {', '.join(lake.prune(layer, prune)) or 'nothing'}.")
    current = lake.require(layer).current
    for version in lake.versions(layer):
        mark = "*" if version.id == current else " "
        console.print(f"{mark} {version.id}  {version.created}  {escape(version.source)}")


@app.command()
def doctor(
    file: Annotated[Path | None, typer.Argument(help="A file; by default the data folder.")] = None,
    crs: Annotated[str | None, typer.Option(help="CRS of the file, such as EPSG:2154.")] = None,
) -> None:
    """Say what is wrong with a file or with the data folder, and how to mend it."""
    from layers.catalogue import Catalogue
    from layers.doctor import examine, examine_lake

    catalogue = Catalogue(Settings.from_environment().data)
    findings = examine(file, crs=crs) if file else examine_lake(catalogue)
    for found in findings:
        count = f" ({found.count:,})" if found.count else ""
        console.print(f"[bold]{found.severity}[/] {escape(f'{found.where}: {found.what}{count}')}")
        console.print(f"  {escape(found.mend)}")
    if any(found.severity == "error" for found in findings):
        raise typer.Exit(1)
    console.print(f"{len(findings)} findings, no error." if findings else "Nothing to mend.")


def _add_raster(
    catalogue: Catalogue, file: Path, id_: str | None, title: str | None, crs: str | None
) -> None:
    from layers.raster_adding import add_raster

    with progress_bar() as progress:
        progress.add_task(f"{file.name}: stored as a cloud-optimised GeoTIFF", total=None)
        record, version = add_raster(catalogue, file, id=id_, title=title, crs=crs)
    tell_raster(record, version)


def _import_raster(catalogue: Catalogue, record: LayerRecord, files: list[Path]) -> None:
    from layers.raster_adding import import_raster

    if len(files) > 1:
        raise UserError(
            f"{record.id} is one raster: give one file (mosaic them with gdalbuildvrt)."
        )
    with progress_bar() as progress:
        progress.add_task(f"{record.id}: stored as a cloud-optimised GeoTIFF", total=None)
        version = import_raster(catalogue, record, files[0])
    tell_raster(record, version)


def _publish_all(
    catalogue: object, pairs: Iterable[tuple[LayerRecord, Table]], source: str
) -> Version | None:
    """Publish tables in turn; return the last version."""
    from layers.catalogue import Catalogue

    assert isinstance(catalogue, Catalogue)
    version = None
    for record, table in pairs:
        with progress_bar() as progress:
            task = progress.add_task(record.id, total=None)

            def show(rows: int, task: object = task, name: str = record.id) -> None:
                text = f"{name}: {rows:,} rows"
                progress.update(task, description=text)  # type: ignore[arg-type]

            version = catalogue.publish(record, table, source=source, progress=show)
        tell_version(record, version)
    return version


def _refuse_packaged(catalogue: object, record: LayerRecord) -> None:
    """Refuse an id that an official layer has: its record would be hidden."""
    from layers.catalogue import Catalogue

    assert isinstance(catalogue, Catalogue)
    known = catalogue.records().get(record.id)
    own = (catalogue.own_records / f"{record.id}.yml").exists()
    if known and not own:
        raise UserError(f"{record.id!r} is the id of an official layer. Choose another with --id.")
