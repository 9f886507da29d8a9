"""``losscli show LOSS``: what a learner of losses reads."""

from __future__ import annotations

import sys
import textwrap

from losscli import backends, losses
from losscli.cli.command import on_files
from losscli.cli.help import THE_REST
from losscli.cli.messages import emit
from losscli.cli.options import Listed
from losscli.report import declaration, listing
from losscli.spec.kinds import Choice
from losscli.spec.loss import Loss, Parameter


class Asked(Listed):
    """What ``show`` can be asked for."""

    without = (*Listed.without, "quiet")


def _complete(incomplete: str) -> list[str]:
    before, comma, begun = incomplete.rpartition(",")
    named = before.split(",")
    names = (one.name for one in losses.entries())
    return [f"{before}{comma}{name}" for name in names if name.startswith(begun) and name not in named]


def _show(names: list[str], asked: Asked) -> int:
    import shutil

    width = min(shutil.get_terminal_size().columns, 100) if sys.stdout.isatty() else 100
    chosen = [one for name in names for one in losses.find_all(name)]
    forms = {
        "table": lambda: "\n\n".join(page(one, width) for one in chosen),
        "json": lambda: listing.json("losses", [declaration.document(one) for one in chosen]),
    }
    emit(asked.form(forms))
    return 0


def page(one: Loss, width: int) -> str:
    """The page of a loss, wrapped to ``width`` columns."""
    doc = one.doc
    parts = [f"{one.name}: {doc.title}", _prose(doc.summary, width, "")]
    parts.append(_section("Formula", textwrap.indent(doc.sections.get("Formula", "").strip(), "  ")))
    parts.append(
        _section(
            "Inputs",
            "\n".join(
                _entry(r.name, f"{r.kind.name} {r.shape}{', optional' if r.optional else ''}. {r.meaning}", width)
                for r in one.inputs
            ),
        )
    )
    if one.parameters:
        parts.append(_section("Parameters", "\n".join(_entry(p.name, _parameter(p), width) for p in one.parameters)))
    parts.append(_section("Mean", f"  over {one.mean_over}; reductions: {', '.join(one.reductions)}"))
    parts.extend(_section(n, _prose(doc.sections.get(n, ""), width, "  ")) for n in ("Use when", "Avoid when"))
    parts.append(_section("Pitfalls", _items(doc.items("Pitfalls"), width)))
    parts.append(_section("Gradient", textwrap.indent(doc.sections.get("Gradient", "").strip(), "  ")))
    if one.aliases:
        parts.append(_section("Aliases", _prose(", ".join(one.aliases), width, "  ")))
    native = f"; torch runs torch.nn.functional.{one.torch}" if one.torch else ""
    parts.append(_section("Backends", "  " + ", ".join(b.name for b in backends.every()) + native))
    parts.append(_section("References", _items(doc.items("References"), width)))
    parts.append(_section("Example", textwrap.indent(doc.sections.get("Example", "").strip(), "  ")))
    return "\n\n".join(p for p in parts if p) + "\n"


def _section(name: str, body: str) -> str:
    return f"{name}\n{body}" if body.strip() else ""


def _prose(text: str, width: int, indent: str) -> str:
    paragraphs = [" ".join(p.split()) for p in text.split("\n\n")]
    return "\n\n".join(_fill(p, width, indent, indent) for p in paragraphs if p)


def _items(items: list[str], width: int) -> str:
    return "\n".join(_fill(item, width, "  - ", "    ") for item in items)


def _entry(name: str, text: str, width: int) -> str:
    return _fill(f"{name}: {text}", width, "  ", "      ")


def _fill(text: str, width: int, first: str, rest: str) -> str:
    return textwrap.fill(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _parameter(p: Parameter) -> str:
    domain = "one of " + ", ".join(p.domain.options) if isinstance(p.domain, Choice) else declaration.domain(p)
    words = ", ".join(w for w in (p.type, domain, f"default {p.default}") if w)
    return f"{words}. {p.meaning}"


app = on_files(
    "show",
    Asked,
    _show,
    "Show a loss: formula, inputs, parameters, when to use it, pitfalls, gradient, references.",
    "LOSS...",
    "A name or an alias, or several: mse,huber.",
    THE_REST,
    _complete,
)
