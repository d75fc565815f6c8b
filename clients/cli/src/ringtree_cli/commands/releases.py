"""``ringtree releases``: what can be shipped."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from ringtree_cli.decoding import to_json
from ringtree_cli.invocation import Json, operator_api
from ringtree_cli.release_publishing import ProgressListener, measure_archive, publish_release
from ringtree_cli.terminal import Terminal, open_console

app = typer.Typer(name="releases", help="What can be shipped.", no_args_is_help=True)

Version = Annotated[str, typer.Argument(help="Version of the release.")]


@app.command()
def publish(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The archive.", dir_okay=False)],
    version: Annotated[str, typer.Option(help="Version it is published under, once and for ever.")],
    as_json: Json = False,
) -> None:
    """Upload an archive and make it a release. Safe to repeat after a failure."""
    archive = measure_archive(file)
    with operator_api(context) as api, _upload_bar(archive.size_bytes) as advance:
        release = publish_release(api, archive, version, advance)
    words = f"release {release.version} is {release.status}: {release.size_bytes} bytes, SHA-256 {release.sha256}"
    Terminal(as_json).answer(release, words)


@contextmanager
def _upload_bar(size_bytes: int) -> Iterator[ProgressListener]:
    """A bar on stderr while an upload runs, where there is a terminal to draw it on."""
    console = open_console(to_stderr=True)
    columns = (TextColumn("uploading"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("uploading", total=size_bytes)
        yield lambda sent: progress.advance(bar, sent)


@app.command("list")
def list_releases(context: typer.Context, as_json: Json = False) -> None:
    """List releases."""
    with operator_api(context) as api:
        releases = api.releases()
    table = Table("version", "status", "bytes", "SHA-256", "file", "created", box=None)
    for release in releases:
        created = release.created_at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if release.created_at else "-"
        size = f"{release.size_bytes:,}"
        table.add_row(release.version, release.status, size, release.sha256[:12], release.file_name, created)
    Terminal(as_json).answer({"releases": releases}, table)


@app.command()
def show(context: typer.Context, version: Version, as_json: Json = False) -> None:
    """Show one release."""
    with operator_api(context) as api:
        release = api.release(version)
    Terminal(as_json).answer(release, to_json(release))
