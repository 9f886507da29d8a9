"""The checks that are written down: ``losscli.toml``, or ``[tool.losscli]`` in ``pyproject.toml``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from losscli import losses
from losscli.checks.check import Check
from losscli.checks.limits import CHANGES, ENOUGH, Allowed, GroupLimits
from losscli.checks.places import Places
from losscli.errors import LossCLIError, SourceError, UsageError
from losscli.knobs import Knob
from losscli.knobs.checking import CheckOptions
from losscli.spec.loss import Loss
from losscli.unreadable import unreadable

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OWN, SHARED = "losscli.toml", "pyproject.toml"
BASELINE = "losscli-baseline.json"
"""Where values are stored, if the config does not say."""
_TOP = ("baseline", "significance", "defaults", "check")
_LEFT_OUT = (*CheckOptions.without, "threads")
"""Options that are no business of a single check."""


_Given = dict[str, tuple[tuple[str, ...], Any]]
"""What is given, by key: where it stands, and its value."""


class Written(CheckOptions):
    """What a check asks for, by the names that keys have in a config."""

    @classmethod
    def called(cls, name: str) -> str:
        return dashed(name)


KEYS: dict[str, Knob] = {name: one for name, one in Written.knobs.items() if name not in _LEFT_OUT}


class Config(NamedTuple):
    """A file of checks.

    Attributes:
        path: The file.
        checks: Its checks, in their order; their files are as they stand there, relative to its folder.
        baseline: Where their values are stored, relative to its folder.
    """

    path: str
    checks: tuple[Check, ...]
    baseline: str

    def beside(self, text: str) -> str:
        """The path of a file that the config names."""
        folder = Path(self.path).parent
        return text if folder == Path() else str(folder / text)

    def only(self, names: Iterable[str]) -> Config:
        """The checks of these names alone.

        Raises:
            UsageError: One is none of them.
        """
        wanted, known = list(names), [one.name for one in self.checks]
        for name in wanted:
            if name not in known:
                raise UsageError(f"{self.path}: there is no check {name!r}.", _nearest(name, known))
        return self._replace(checks=tuple(one for one in self.checks if one.name in wanted)) if wanted else self


def find(start: Path) -> Path:
    """The nearest config of a folder and those above, up to that of the repository.

    Raises:
        SourceError: There is none.
    """
    for folder in (start, *start.parents):
        if (folder / OWN).is_file():
            return folder / OWN
        if (folder / SHARED).is_file() and _inner(_inner(_parsed(folder / SHARED)[0], "tool"), "losscli") is not None:
            return folder / SHARED
        if (folder / ".git").exists():
            break
    raise SourceError(f"no checks: there is no {OWN} here or above.", _HOW)


_HOW = "a check is a table [check.NAME] with loss, its inputs and a limit; `losscli guide check` shows one."


def read(path: Path, name: str) -> Config:
    """Read a config.

    Args:
        path: The file.
        name: What it is called in messages.

    Raises:
        SourceError: It cannot be read, or is no TOML.
        UsageError: What stands there makes no sense; the message names the line.
    """
    content, text = _parsed(path, name)
    prefix = ("tool", "losscli") if path.name == SHARED else ()
    for part in prefix:
        content = _inner(content, part)
    content = {} if content is None else content
    return _Reader(name, Places(text), prefix, content).config()


def _inner(content: Any, key: str) -> Any:
    """What stands under a key of a table; None where there is no such key, or no table."""
    return content.get(key) if isinstance(content, dict) else None


def _parsed(path: Path, name: str = "") -> tuple[dict[str, Any], str]:
    name = name or str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        what, _, at = str(error).removesuffix(")").rpartition(" (at ")
        line = at.split()[1].rstrip(",") if at.startswith("line ") else len(text.splitlines())  # the end of document
        raise SourceError(f"{name}:{line}: is no TOML ({what or at}).") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{name}: is not UTF-8 text.") from error
    except OSError as error:
        raise unreadable(name, error) from error


class _Reader:
    """Makes checks of a parsed config; its errors name the line."""

    def __init__(self, name: str, places: Places, prefix: tuple[str, ...], content: dict[str, Any]) -> None:
        self._name, self._places, self._prefix, self._content = name, places, prefix, content

    def config(self) -> Config:
        content = self._table(self._content, ())
        self._refuse_unknown(content, _TOP, (), "there is")
        tables = self._table(content.get("check", {}), ("check",))
        defaults: _Given = {undashed(key): (("defaults", key), value) for key, value in self._defaults().items()}
        if "significance" in content:
            defaults["significance"] = (("significance",), content["significance"])
        if not tables:
            raise UsageError(f"{self._name}: no checks.", _HOW)
        checks = [self._check(name, self._table(own, ("check", name)), defaults) for name, own in tables.items()]
        self._refuse_foreign(defaults, checks)
        baseline = content.get("baseline", BASELINE)
        if not isinstance(baseline, str) or not baseline:
            raise self._error("baseline is the name of a file.", "", "baseline")
        return Config(self._name, tuple(checks), baseline)

    def _defaults(self) -> dict[str, Any]:
        return self._table(self._content.get("defaults", {}), ("defaults",))

    def _check(self, name: str, own: dict[str, Any], defaults: _Given) -> Check:
        at = ("check", name)
        chosen = self._losses(own, defaults, at)
        roles = {role.name for one in chosen for role in one.inputs}
        known = ["loss", "params", "group", *roles, *map(dashed, KEYS)]
        self._refuse_unknown(own, known, at, f"check.{name} has", self._parameters(chosen))
        given = defaults | {undashed(key): ((*at, key), value) for key, value in own.items()}
        named: dict[str, Any] = {key: self._input(given[key], name) for key in roles if key in given}
        where, params = given.get("params", (at, {}))
        named |= self._params(chosen, self._table(params, where), where, name)
        line = self._line(*at)
        groups = self._groups(given, name)
        options = self._options({key: value for key, value in given.items() if key in KEYS}, name, at)
        found = Check(chosen, (), named, options, name, groups, f"{self._name}:{line}")
        try:
            found.require_limits()
        except UsageError as error:
            raise self._error(f"check.{name}: {error.message}", error.hint, *at) from error
        if groups != GroupLimits() and not options.by:
            raise self._error(f"check.{name} has limits of groups, and no groups.", 'by = "COLUMN"', *at, "group")
        return found

    def _losses(self, own: dict[str, Any], defaults: dict[str, Any], at: tuple[str, ...]) -> list[Loss]:
        where, given = ((*at, "loss"), own["loss"]) if "loss" in own else defaults.get("loss", (at, None))
        if given is None:
            raise self._error(f"{'.'.join(at)} names no loss.", 'loss = "mse"', *at)
        try:
            texts = [given] if isinstance(given, str) else given
            if not isinstance(texts, list) or not texts:
                raise TypeError
            return [one for text in texts for one in losses.find_all(text)]
        except (TypeError, AttributeError) as error:
            raise self._error(
                f"{'.'.join(at)}: loss is {given!r}.", "it is a name, or a list of names.", *where
            ) from error
        except LossCLIError as error:
            raise self._error(f"{'.'.join(at)}: {error.message}", error.hint, *where) from error

    def _input(self, given: tuple[tuple[str, ...], Any], name: str) -> Any:
        where, value = given
        if isinstance(value, list):
            return value
        if not isinstance(value, str) or not value.strip():
            raise self._error(
                f"check.{name}: {where[-1]} is {value!r}.", "it is the name of a file, or a list of numbers.", *where
            )
        return value

    def _params(self, chosen: list[Loss], given: dict[str, Any], where: tuple[str, ...], name: str) -> dict[str, Any]:
        self._refuse_unknown(given, self._parameters(chosen), where, f"check.{name}: the loss has")
        return {undashed(key): value for key, value in given.items()}

    @staticmethod
    def _parameters(chosen: list[Loss]) -> list[str]:
        return [p.name for one in chosen for p in one.parameters]

    def _options(self, given: _Given, name: str, at: tuple[str, ...]) -> CheckOptions:
        values = {key: self._value(key, value, where, name) for key, (where, value) in given.items()}
        try:
            return Written(**values)
        except LossCLIError as error:
            raise self._error(f"check.{name}: {error.message}", error.hint, *at) from error

    def _value(self, key: str, value: Any, where: tuple[str, ...], name: str) -> Any:
        try:
            if key in CHANGES and value is not None:
                Allowed.parse(value, dashed(key))
            return KEYS[key].checked(value, dashed(key))
        except LossCLIError as error:
            raise self._error(f"check.{name}: {error.message}", error.hint, *where) from error

    def _groups(self, given: _Given, name: str) -> GroupLimits:
        where, value = given.get("group", ((), {}))
        own = self._table(value, where)
        self._refuse_unknown(own, [*map(dashed, ENOUGH), "min-samples", "limits"], where, f"check.{name}: group has")
        limits = {undashed(key): x for key, x in own.items() if undashed(key) in ENOUGH}
        samples = next((x for key, x in own.items() if undashed(key) == "min_samples"), None)
        each = self._table(own.get("limits", {}), (*where, "limits"))
        return GroupLimits(
            self._limits(limits, where, name),
            {label: self._single(x, (*where, "limits", label), name) for label, x in each.items()},
            0 if samples is None else self._number("min_samples", samples, (*where, "min-samples"), name),
        )

    def _single(self, given: Any, where: tuple[str, ...], name: str) -> dict[str, Any]:
        own = self._table(given, where)
        self._refuse_unknown(own, list(map(dashed, ENOUGH)), where, f"check.{name}: a group has")
        return self._limits({undashed(key): x for key, x in own.items()}, where, name)

    def _limits(self, given: Mapping[str, Any], where: tuple[str, ...], name: str) -> dict[str, Any]:
        return {key: self._number(key, value, (*where, dashed(key)), name) for key, value in given.items()}

    def _number(self, key: str, value: Any, where: tuple[str, ...], name: str) -> Any:
        try:
            return Allowed.parse(value, dashed(key)) if key in CHANGES else KEYS[key].checked(value, dashed(key))
        except LossCLIError as error:
            raise self._error(f"check.{name}: group: {error.message}", error.hint, *where) from error

    def _refuse_foreign(self, defaults: _Given, checks: list[Check]) -> None:
        roles = [role.name for one in checks for loss in one.losses for role in loss.inputs]
        known = [*_TOP, "loss", "params", "group", *roles, *map(dashed, KEYS)]
        self._refuse_unknown({where[-1]: value for where, value in defaults.values()}, known, ("defaults",), "there is")

    def _refuse_unknown(
        self,
        given: Mapping[str, Any],
        known: Iterable[str],
        at: tuple[str, ...],
        who: str,
        parameters: Iterable[str] = (),
    ) -> None:
        allowed = {undashed(key): key for key in known}
        for key in given:
            if undashed(key) in allowed:
                continue
            if undashed(key) in parameters:
                hint = f"parameters of the loss stand in params: params = {{ {key} = {_toml(given[key])} }}"
            else:
                hint = _nearest(key, [*allowed.values(), *parameters])
            raise self._error(f"{who} no key {key!r}.", hint, *at, key)

    def _table(self, value: Any, where: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(value, dict):
            name = ".".join(where or self._prefix)
            raise self._error(f"{name} is {value!r}.", "it is a table of keys.", *where)
        return value

    def _line(self, *path: str) -> int:
        return self._places.line(*self._prefix, *path)

    def _error(self, message: str, hint: str, *path: str) -> UsageError:
        return UsageError(f"{self._name}:{self._line(*path)}: {message}", hint)


def dashed(name: str) -> str:
    """A key as it is shown."""
    return name.replace("_", "-")


def undashed(key: str) -> str:
    """A key as Python has it."""
    return key.replace("-", "_")


def _nearest(key: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(key.replace("_", "-"), known, n=1) or get_close_matches(undashed(key), known, n=1)
    if not close:
        return f"there are {', '.join(sorted(set(known)))}." if known else "it takes none."
    return f"did you mean {close[0]}?"


def _toml(value: Any) -> str:
    """A value as TOML has it, where that is as JSON does; else in Python's words."""
    from json import dumps

    return dumps(value, ensure_ascii=False) if isinstance(value, bool | str | list) else repr(value)
