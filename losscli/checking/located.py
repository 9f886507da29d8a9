"""The files that a config names, from the folder that it stands in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from losscli.checks.check import Check
from losscli.checks.config import Config
from losscli.data.location import STDIN, names_files
from losscli.inputs.inline import inline


def placed(one: Check, config: Config) -> Check:
    """A check whose files are named as they are found from here."""
    if config.beside("") == "":
        return one
    arrays = {p.name for loss in one.losses for p in loss.parameters if p.type == "array"}
    roles = {role.name for loss in one.losses for role in loss.inputs}
    named = {k: _file(v, config.beside) if k in roles | arrays else v for k, v in one.named.items()}
    options = one.options
    return one._replace(
        named=named,
        options=options.but(
            against=_files(options.against, config.beside),
            sample_weight=_column(options.sample_weight, config.beside),
            cluster=_column(options.cluster, config.beside),
            by=tuple(_column(text, config.beside) for text in options.by),
        ),
    )


def _files(value: Any, beside: Callable[[str], str]) -> Any:
    return {k: _file(v, beside) for k, v in value.items()} if isinstance(value, Mapping) else _file(value, beside)


def _file(value: Any, beside: Callable[[str], str]) -> Any:
    """A path from the config's folder; what is no path there is left alone."""
    if not isinstance(value, str) or value == STDIN or value.startswith(f"{STDIN}::") or "://" in value:
        return value
    return value if inline(value) is not None or Path(value).is_absolute() else beside(value)


def _column(value: Any, beside: Callable[[str], str]) -> Any:
    """A column's name, or a path where there is such a file."""
    if not isinstance(value, str):
        return value
    return _file(value, beside) if "::" in value or names_files(beside(value)) else value
