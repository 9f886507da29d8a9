"""Files to try the program on, and what to type: for a first minute away from the repository."""

from __future__ import annotations

import shlex
from pathlib import Path

from losscli.errors import OutputError

COMMANDS = (
    ("a loss, by group", "losscli compute mse diabetes_results.csv --pred y_hat --target y --by sex,age"),
    ("the worst samples, and how sure", "losscli compute ce digits_logits.csv digits_target.csv --top 3 --ci 95%"),
    ("is one model better", "losscli compare mse diabetes_pred.csv diabetes_knn.csv diabetes_target.csv"),
    ("a gate for CI", "losscli check mse diabetes_pred.csv diabetes_target.csv --max 3000"),
    ("what is in files", "losscli doctor digits_logits.csv digits_target.csv"),
    ("the temperature of logits", "losscli sweep ce digits_logits.csv digits_target.csv --temperature fit"),
)
"""What there is to try, and the command."""
FOLDER = "losscli-demo"
_HERE = Path(__file__).parent


def files() -> list[Path]:
    """The files that the commands name, where they lie: in the package, or beside it in a checkout."""
    home = next(folder for folder in (_HERE / "sample_data", _HERE.parent / "sample_data") if folder.is_dir())
    words = [word for _, command in COMMANDS for word in shlex.split(command)]
    return [home / word for word in dict.fromkeys(words) if (home / word).is_file()]


def write(folder: Path) -> list[str]:
    """Write the files into a folder, which is made where it is not there yet; their names.

    Raises:
        OutputError: One cannot be written, or another file is in its place.
    """
    from losscli.output.folder import Folder

    contents = {source.name: source.read_bytes() for source in files()}
    try:
        for name, content in contents.items():
            target = folder / name
            if target.exists() and target.read_bytes() != content:
                raise OutputError(f"{target}: is there already, and is another file.", "losscli demo FOLDER")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with Folder(str(folder)) as place:
            for name, content in contents.items():
                place.write(name, content)
    except OSError as error:
        raise OutputError(f"{error.filename or folder}: cannot be written ({error.strerror}).") from error
    return list(contents)
