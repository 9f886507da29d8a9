"""Commands of which every loss is a subcommand, made from its declaration when it is asked for."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Generic, TypeVar

import typer
import typer.core
import typer.main

from losscli import losses
from losscli.cli.command import Command, refuse_odd_options
from losscli.cli.help import EXPLORE, OF_THE_LOSS, grouped, write_groups
from losscli.cli.options import WORDS, Typed, completed, parameter
from losscli.errors import UsageError
from losscli.inputs.roles import inputs_of
from losscli.records import NamedTuple
from losscli.spec.kinds import Choice
from losscli.spec.loss import Input, Loss, Parameter

_TYPES = {"float": float, "int": int, "bool": bool, "str": str, "array": str}
A = TypeVar("A", bound=Typed)
Work = Callable[[list[Loss], list[str], dict[str, Any], A], None]
"""What a command does with the losses, the files, what is given by name to the losses, and what is asked for."""


class Bare(NamedTuple):
    """What a command does where no loss is named.

    Attributes:
        asked: The knobs that it takes then.
        work: What it does.
    """

    asked: type[Any]
    work: Callable[[Any], None]


class OfLosses(Generic[A]):
    """A command with a subcommand for every loss, and for several that are joined by commas.

    Args:
        name: What it is called.
        asked: The knobs that it takes beside the losses' own inputs and parameters, which come first where they share
            a name.
        work: What it does.
        about: Its help.
        alone: Whether it does something without any file.
        several: Whether a parameter takes several values, as text.
        names: What stands for the files in its help, of the names of a loss's required inputs.
        flags: Options that stand for a loss that is not in the catalogue.
        bare: What it does without a loss, if anything.
        group: Where it stands among the commands.
        files_alone: Whether files may stand there without a loss.
        stream: Whether a file may be standard input.

    Attributes:
        app: The command, for Typer.
    """

    def __init__(
        self,
        name: str,
        asked: type[A],
        work: Work[A],
        about: str,
        *,
        alone: bool = False,
        several: bool = False,
        names: Callable[[list[str]], str] = " ".join,
        flags: Mapping[str, Loss] = MappingProxyType({}),
        bare: Bare | None = None,
        group: str = EXPLORE,
        files_alone: bool = False,
        stream: bool = True,
    ) -> None:
        self.name, self.asked, self.work, self.flags, self.bare = name, asked, work, flags, bare
        self.files_alone = files_alone
        self._alone, self._several, self._names, self._stream = alone, several, names, stream
        self.app = typer.Typer(
            name=name,
            cls=type("Group", (_Group,), {"of": self}),
            no_args_is_help=bare is None,
            invoke_without_command=bare is not None,
            rich_markup_mode=None,
            add_completion=False,
            help=about,
        )
        self.app.callback(help=about, rich_help_panel=group)(_before if bare is None else self._without_loss(bare))

    def _without_loss(self, bare: Bare) -> Callable[..., None]:
        """What is done with options that stand where no loss does, or before one."""
        offered = bare.asked.offered()
        unasked = {one.name: parameter(one).default for one in offered}

        def callback(ctx: typer.Context, **given: Any) -> None:
            if ctx.invoked_subcommand is None:
                bare.work(bare.asked.out_of(given)[0])
                return
            early = next((one for one in offered if given[one.name] != unasked[one.name]), None)
            if early is not None:
                raise UsageError(
                    f"{early.flag} stands before the loss.",
                    f"options stand behind it: losscli {self.name} {ctx.invoked_subcommand} ... {early.flag}",
                )

        context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        callback.__signature__ = inspect.Signature([context, *map(parameter, offered)])  # type: ignore[attr-defined]
        return callback

    def command(self, chosen: list[Loss]) -> Any:
        """The subcommand of these losses, in one pass; its options are their union and the common ones.

        Of none it is that of files alone.
        """
        roles = {role.name: role for role in inputs_of(chosen)}
        parameters = {p.name: p for one in chosen for p in one.parameters if p.name not in roles}
        mine = {*roles, *parameters}

        def callback(files: list[str] | None, **given: Any) -> None:
            asked, _ = self.asked.out_of({name: value for name, value in given.items() if name not in mine})
            own = self.asked.own({name: value for name, value in given.items() if name in mine})
            self.work(chosen, files or [], own, asked)

        callback.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [
                _files(roles, self._names, self._stream),
                *map(_role, roles.values()),
                *(_option(p, self._several) for p in parameters.values()),
                *(parameter(one) for one in self.asked.offered() if one.name not in mine),
            ]
        )
        callback.__doc__ = _help(chosen)
        name = ",".join(one.name for one in chosen) or self.name
        made = typer.Typer(rich_markup_mode=None, add_completion=False)
        forms = () if "format" in self.asked.without else self.asked.knobs["format"].choices
        kind = type("Command", (Command,), {"forms": forms})
        title = chosen[0].doc.title if chosen else ""
        made.command(name, cls=kind, short_help=title, no_args_is_help=not self._alone)(callback)
        return typer.main.get_command(made)


def _before() -> None:
    """Take what stands before a loss: nothing."""


class _Group(typer.core.TyperGroup):
    """A group whose commands are the losses; each is built when it is asked for, and no other."""

    of: ClassVar[OfLosses[Any]]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """What stands before a loss; an option that stands for one takes its place."""
        if ctx.resilient_parsing:
            ctx.meta[WORDS] = [*args]
        elif self.of.bare:
            refuse_odd_options(self, ctx, args, ())
        flag = next((flag for flag in self.of.flags if flag in args), None)
        return super().parse_args(ctx, args if flag is None else [flag[2:], *(x for x in args if x != flag)])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of the loss that the first argument names, or where it is a file that of files alone."""
        if self.of.files_alone and args and _is_file(args[0]):
            return self.of.name, self.of.command([]), args
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        """Every loss by its canonical name, for help and completion."""
        return sorted(one.name for one in losses.every())

    def get_command(self, ctx: Any, name: str) -> Any:
        """The command of one loss, or of several joined by commas.

        Raises:
            UsageError: It names a file, or nothing.
        """
        if f"--{name}" in self.of.flags:
            return self.of.command([self.of.flags[f"--{name}"]])
        if not ctx.resilient_parsing and os.path.exists(name) and not losses.known(name.partition(",")[0]):
            config = " --config" if self.of.bare and name.endswith(".toml") else " LOSS"
            raise UsageError(
                f"{name} is a file, and the loss comes first.", f"losscli {self.of.name}{config} {name} ..."
            )
        try:
            return self.of.command(losses.find_all(name))
        except UsageError:
            if ctx.resilient_parsing:  # a shell completes, and nothing completes an unknown loss
                return None
            raise

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options in their groups, and the losses in their families, of which none is imported."""
        write_groups(grouped(self.get_params(ctx), ctx), formatter)
        families: dict[str, list[tuple[str, str]]] = {}
        for one in losses.entries():
            families.setdefault(f"{one.family.capitalize()} losses", []).append((one.name, one.title))
        write_groups(families, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """The losses whose names begin so; after a comma, those that are not named yet."""
        if self.of.files_alone and "::" in incomplete:
            files = next(one for one in self.of.command([]).params if one.name == "files")
            return files.shell_complete(ctx, incomplete)
        before, comma, begun = incomplete.rpartition(",")
        named = before.split(",")
        found = [item for item in super().shell_complete(ctx, begun) if item.value not in named]
        for item in found:
            item.value = f"{before}{comma}{item.value}"
        return found


def _is_file(text: str) -> bool:
    """Whether a text that stands where a loss may is a file's name, though there may be no such file."""
    return not losses.known(text.partition(",")[0]) and (os.path.exists(text) or bool({".", "/", ":"} & set(text)))


def before_polars(threads: int | None) -> None:
    """Set what polars reads when it is imported; it would read row groups of Parquet ahead until the disk is done."""
    os.environ.setdefault("POLARS_ROW_GROUP_PREFETCH_SIZE", "2")
    if threads is not None:
        os.environ.setdefault("POLARS_MAX_THREADS", str(threads))


def _files(roles: dict[str, Input], shown: Callable[[list[str]], str], stream: bool) -> inspect.Parameter:
    required = [role for role in roles.values() if not role.optional]
    names = shown([role.name.upper() for role in required])
    about = "; ".join(f"{role.name}: {role.kind.name} {role.shape}" for role in required) or "The inputs"
    annotation = Annotated[
        list[str] | None,
        typer.Argument(
            metavar=names,
            help=f"{about}. {'`-` is standard input; n' if stream else 'N'}umbers may stand here as 1,2,0.5.",
            show_default=False,
            autocompletion=completed("FILE"),
        ),
    ]
    return inspect.Parameter("files", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _role(role: Input) -> inspect.Parameter:
    about = f"{role.meaning} Once for each." if role.several else role.meaning
    shown = typer.Option(
        _flag(role.name),
        metavar="FILE",
        help=about,
        show_default=False,
        rich_help_panel=OF_THE_LOSS,
        autocompletion=completed("COLUMN"),
    )
    kind: Any = list[str] | None if role.several else str | None
    return inspect.Parameter(role.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, shown])


def _option(p: Parameter, several: bool) -> inspect.Parameter:
    """A parameter of a loss; one that takes ``several`` values is typed as text, whatever it is."""
    either = p.type == "bool" and not several
    flags = f"{_flag(p.name)}/--no-{p.name.replace('_', '-')}" if either else _flag(p.name)
    # None means "the loss's own default", which losses in one pass need not share.
    shown = typer.Option(
        flags,
        help=f"{p.meaning}{_default(p)}",
        metavar=_metavar(p, several),
        show_default=False,
        rich_help_panel=OF_THE_LOSS,
        autocompletion=completed("", p.domain.options if isinstance(p.domain, Choice) else ()),
    )
    kind: Any = (str if several else _TYPES[p.type]) | None
    return inspect.Parameter(p.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, shown])


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _metavar(p: Parameter, several: bool) -> str | None:
    if several and p.type != "array":
        return "VALUES"
    if isinstance(p.domain, Choice):
        return "|".join(p.domain.options)
    return {"array": "FILE|NUMBERS", "bool": None}.get(p.type, p.type.upper())


def _default(p: Parameter) -> str:
    if p.default is None:
        return ""
    return f" [default: {('on' if p.default else 'off') if p.type == 'bool' else p.default}]"


def _help(chosen: list[Loss]) -> str:
    parts = []
    for one in chosen:
        parts.append(f"{one.doc.title}.")
        formula = one.doc.sections.get("Formula", "").strip()
        parts.append("\b\n" + "\n".join(f"  {line}".rstrip() for line in formula.splitlines()))
    names = " and ".join(f"`losscli show {one.name}`" for one in chosen if losses.known(one.name))
    if names:
        parts.append(f"{names}: when to use it, pitfalls, gradient, references.")
    return "\n\n".join(parts)
