"""``losscli demo [FOLDER]``: files to try the program on, and what to type."""

from __future__ import annotations

import shlex
import textwrap
from pathlib import Path
from typing import Annotated

import typer

from losscli import demo, temporary
from losscli.cli.messages import emit
from losscli.errors import OutputError
from losscli.knobs import refuse_empty

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("demo")
def write_demo(
    folder: Annotated[str, typer.Argument(metavar="[FOLDER]", help="Where the files go.")] = demo.FOLDER,
) -> None:
    """Write files to try the program on, and say what to type."""
    refuse_empty(folder, "FOLDER")
    names = write(Path(folder))
    wrote = f"Wrote {len(names)} files to {folder}: {', '.join(names)}."
    lines = [*textwrap.wrap(wrote, 80, break_long_words=False, break_on_hyphens=False), "", f"cd {shlex.quote(folder)}"]
    for about, command in demo.COMMANDS:
        lines += [f"{command}", f"    {about}"]
    emit("\n".join(lines) + "\n")


def write(folder: Path) -> list[str]:
    """Write the files into a folder, which is made where it is not there yet, all of them or none; their names.

    Raises:
        OutputError: One cannot be written, or another file is in its place.
    """
    from losscli.output.folder import Folder

    contents = {source.name: source.read_bytes() for source in demo.files()}
    try:
        for name, content in contents.items():
            target = folder / name
            if target.exists() and target.read_bytes() != content:
                raise OutputError(f"{target}: is there already, and is another file.", "losscli demo FOLDER")
        for above in reversed(folder.parents):
            if not above.is_dir():
                temporary.make_folder(str(above))
        with Folder(str(folder)) as place:
            for name, content in contents.items():
                place.write(name, content)
    except OSError as error:
        raise OutputError(f"{error.filename or folder}: cannot be written ({error.strerror}).") from error
    return list(contents)
