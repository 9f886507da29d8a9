"""What a command can be asked for: every knob as an option, and what its value means for what is shown."""

# Annotations are read when this is imported, at every start: as text they would have to be compiled first.
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from os.path import splitext
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from losscli.errors import UsageError
from losscli.knobs import NAMES, SILENT, Knob, knob, refuse_empty
from losscli.knobs.options import ComputeOptions, Options, OutputOptions, ShowOptions

if TYPE_CHECKING:
    from typing import Self

    from losscli.output.target import OutputFile, TextFile
    from losscli.report import Report

_ENDS = 5
"""Samples shown at either end of the table."""


class Shown(OutputOptions):
    """What the user asked for by options, of any command that shows what it found."""

    @classmethod
    def called(cls, name: str) -> str:
        return cls.knobs[name].flag

    @classmethod
    def out_of(cls, given: Mapping[str, Any]) -> "tuple[Self, dict[str, Any]]":
        """What was asked for, and what belongs to the losses; a list is typed as one text.

        Raises:
            UsageError: A value is empty: most often a variable of the shell that is not set.
        """
        asked, own = super().out_of({k: _listed(cls.knobs[k], v) if k in cls.knobs else v for k, v in given.items()})
        return asked, cls.own(own)

    @classmethod
    def own(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """What was given by name to the losses.

        Raises:
            UsageError: A value is empty.
        """
        for name, value in given.items():
            refuse_empty(value, f"--{name.replace('_', '-')}")
        return dict(given)

    @property
    def _table(self) -> bool:
        return self.format == "table" and not self.quiet and self.output is None

    def text_target(self, inputs: Iterable[str], suffixes: Iterable[str]) -> AbstractContextManager["TextFile | None"]:
        """The file to write, opened before the work, or nothing.

        Args:
            inputs: The files that are read.
            suffixes: Those that it may have, such as ``.json``.
        """
        if self.output is None:
            return nullcontext()
        from losscli.output.target import TextFile

        return TextFile(self.output, tuple(suffixes), inputs, self.format)

    @contextmanager
    def delivering(self, inputs: Iterable[str], suffixes: Iterable[str]) -> "Iterator[Callable[..., None]]":
        """Around the work: takes the forms of what it found to the file that was opened before, or to standard output.

        What is yielded takes them, and the files that were read of which nothing was known before the work.

        Args:
            inputs: The files that are read.
            suffixes: Those that the file may have, such as ``.json``.
        """
        from losscli.cli.messages import emit, tell

        told: list[str] = []
        with self.text_target(inputs, suffixes) as target:

            def deliver(forms: Mapping[str, Callable[[], str]], read: Iterable[str] = ()) -> None:
                if target is None:
                    told.append(self.form(forms))
                else:
                    target.refuse(read)
                    target.write(self.form(forms, target.suffix))

            yield deliver
        for text in told:
            emit(text)
        if target is not None and not self.quiet:
            tell(f"wrote {target.name}")

    def printable(self, text: str) -> str:
        """Text for standard output: data in a pipe or a file; a terminal would act on what controls it."""
        # The table's own escapes are meant.
        if self._table or not sys.stdout.isatty():
            return text
        from losscli.report.numbers import plain

        return plain(text, kept="\n\t")

    def form(self, forms: Mapping[str, Callable[[], str]], suffix: str = "") -> str:
        """What was asked for among the forms of a result: by ``-q``, by ``-f``, or by the suffix of a file.

        Args:
            forms: Makes each from its name: ``table``, ``json``, ``csv``, ``markdown``, …, and ``quiet`` for ``-q``.
            suffix: That of the file it goes to, or "" for standard output; ``.x`` is the form ``x``, if no other.
        """
        if suffix:
            from losscli.output.target import SUFFIXES

            names = {one: name for name, one in SUFFIXES.items()}
            return forms[names.get(suffix, suffix[1:])]()
        return self.printable(forms["quiet" if self.quiet else self.format]())


class Listed(Shown):
    """What a command can be asked for that tells what there is."""

    format: str = knob("table", "What stdout gets.", choices=("table", "json"), signed=SILENT, short="-f")
    quiet: bool = knob(False, "Only the names.", signed=SILENT, short="-q")
    without: ClassVar[tuple[str, ...]] = ("digits", "output")


class Typed(Options, Shown):
    """What the user asked for by options, of a command on the files of a loss."""

    @property
    def beside(self) -> list[str]:
        """Columns and files that are read beside the inputs."""
        given = [one for one in (self.sample_weight, self.cluster) if one is not None]
        return [*given, *self.by, *self.keep]

    def paths(self, files: Iterable[str], own: Mapping[str, Any]) -> list[str]:
        """The paths of all that is typed.

        Args:
            files: What stands by position.
            own: What is given by name to the losses: a text or several, or what is no text.
        """
        from losscli.inputs.files import paths_of

        given = [text for value in own.values() for text in (value if isinstance(value, list) else [value])]
        return paths_of(x for x in (*files, *given, *self.beside) if isinstance(x, str))


class Asked(Typed, ComputeOptions, ShowOptions):
    """What the user asked for, of that which every ``compute`` command takes."""

    def check(self) -> None:
        super().check()
        if self.record and self.form_of_output != "json":
            raise UsageError("--record is kept in JSON.", "-f json, or -o result.json")
        if self.top and self.head:
            raise UsageError("--top and --head exclude each other.", "leave one of them out.")
        if (self.top or self.head) and self.per_sample is False:
            raise UsageError("--no-per-sample leaves out what --top and --head select.", "leave it out.")
        if (self.top or self.head) and self.per_sample is None and not self._table:
            self.per_sample = True

    @property
    def form_of_output(self) -> str:
        """The format of what is printed or written, whichever it is; "" for bare numbers."""
        suffix = "" if self.output is None else splitext(self.output)[1].lower()  # noqa: PTH122 (slower to import)
        return suffix.removeprefix(".") or ("" if self.quiet else self.format)

    @property
    def unreduced(self) -> bool:
        """Whether values are wanted as they are, one a unit."""
        return self.reduction == "none" and not self.per_sample

    @property
    def every_sample(self) -> bool:
        """Whether the losses of all samples are wanted."""
        return bool(self.per_sample) and not (self.top or self.head)

    @property
    def selection(self) -> Any:
        """The samples whose losses are wanted, or None."""
        if self.per_sample is False or not (self.per_sample or self._table or self.top or self.head):
            return None
        from losscli.engine.collect import Selection

        if self._table and not (self.top or self.head):
            return Selection(_ENDS, _ENDS)
        return Selection.asked(self.head, self.top, bool(self.by))

    def target(self, losses: int, inputs: list[str]) -> AbstractContextManager["OutputFile | None"]:
        """The file to write, opened before the work, or nothing."""
        if self.output is None:
            return nullcontext()
        from losscli.output.target import OutputFile

        arrays = bool(self.per_sample) or self.reduction == "none"
        return OutputFile(self.output, arrays, losses, inputs, self.format, selected=bool(self.top or self.head))

    def render(self, report: "Report") -> str:
        """The text for standard output."""
        import importlib

        name = "quiet" if self.quiet else self.format
        text: str = importlib.import_module(f"losscli.report.{name}").render(report)
        return self.printable(text)


def _listed(one: Knob, text: Any) -> Any:
    """The names that one text holds, where a knob takes several."""
    if text is None or one.kind != NAMES or one.repeats:
        return text
    refuse_empty(text, one.flag)
    return tuple(part.strip() for part in text.split(","))


WORDS = "losscli.words"
"""Where a context has the words behind its command, for what completes: of those before an option that lacks its value
Click keeps nothing."""


def completed(shown: str, choices: tuple[str, ...] = (), several: bool = False) -> Any:
    """What completes a value, made only while a shell completes; see :func:`losscli.cli.completion.completer`."""
    if "_LOSSCLI_COMPLETE" not in os.environ:
        return None
    from losscli.cli.completion import completer

    return completer(shown, choices, several)


def parameter(one: Knob) -> inspect.Parameter:
    """A knob as a parameter of a command's signature, from which Typer makes the option."""
    text = one.kind in (NAMES, Any)
    option = typer.Option(
        *_flags(one),
        metavar=one.shown or "|".join(one.choices) or None,
        help=one.help,
        min=one.least,
        max=one.most,
        rich_help_panel=one.group,
        autocompletion=completed(one.shown, one.choices, one.kind == NAMES),
        show_default=type(one.default) in (str, int, float),
    )
    kind: Any = list[str] if one.repeats else str | None if text else one.kind
    default: Any = [] if one.repeats else None if text else one.default
    return inspect.Parameter(
        one.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
    )


def _flags(one: Knob) -> list[str]:
    """What stands for a knob on the command line; one that may be detected, or is on, can be switched either way."""
    either = one.kind == bool | None or one.default is True
    long = f"{one.flag}/--no-{one.flag.removeprefix('--')}" if either else one.flag
    return [f"{one.short}/ " if either else one.short, long] if one.short else [long]
