"""Files to try the program on, and what to type: for a first minute away from the repository."""

from __future__ import annotations

import shlex
from pathlib import Path

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
