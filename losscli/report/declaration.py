"""What a loss declares, as a document for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from losscli.spec.loss import Input, Loss, Parameter

_TEXTS = ("Formula", "Use when", "Avoid when", "Gradient", "Example")
_LISTS = ("Pitfalls", "References")


def document(one: Loss) -> dict[str, Any]:
    """A loss: its names, inputs, parameters and mean, and the sections of its page by their names in lower case."""
    doc = one.doc
    return {
        "name": one.name,
        "title": doc.title,
        "family": one.family,
        "origin": one.origin,
        "aliases": list(one.aliases),
        "summary": _line(doc.summary),
        "inputs": [_input(role) for role in one.inputs],
        "parameters": [_parameter(p) for p in one.parameters],
        "mean_over": one.mean_over,
        "reductions": list(one.reductions),
        "torch": one.torch or None,
        **{_key(name): doc.sections.get(name, "").strip() for name in _TEXTS},
        **{_key(name): [_line(item) for item in doc.items(name)] for name in _LISTS},
    }


def domain(p: Parameter) -> str:
    """What a number may be, as an interval; "" for what is none."""
    return "" if p.domain is None or hasattr(p.domain, "options") else str(getattr(p.domain, "domain", p.domain))


def _input(role: Input) -> dict[str, Any]:
    return {
        "name": role.name,
        "kind": role.kind.name,
        "shape": role.shape,
        "optional": role.optional,
        "several": role.several,
        "meaning": role.meaning,
    }


def _parameter(p: Parameter) -> dict[str, Any]:
    choices = list(getattr(p.domain, "options", ()))
    found = {"name": p.name, "type": p.type, "default": p.default, "domain": domain(p), "meaning": p.meaning}
    return found | ({"choices": choices} if choices else {})


def _key(section: str) -> str:
    return section.lower().replace(" ", "_")


def _line(text: str) -> str:
    return " ".join(text.split())
