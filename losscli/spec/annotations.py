"""What a kernel's annotations and shapes say of its arguments, read for a declaration."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

from losscli.spec.kinds import Along, Choice, Interval
from losscli.spec.signature import Signature


def signature_of(shapes: str, kernel: Callable[..., Any]) -> Signature:
    """A signature with as many inputs in each form as the kernel has.

    Raises:
        ValueError: It has not, or holds what is no axis.
    """
    count = kernel.__code__.co_argcount - 1
    signature = Signature(shapes or ",".join(["(*)"] * count) + "->(*)")
    if any(len(form.inputs) != count for form in signature.forms):
        raise ValueError(f"{kernel.__name__} has {count} inputs, and its shapes are {shapes!r}")
    return signature


def counted(signature: Signature) -> str:
    """What a mean over the units counts, in a word."""
    output = signature.forms[0].output
    if output == ("*",):
        return "elements"
    return "samples" if len(output) == 1 else "positions"


def metadata(annotation: Any, wanted: tuple[type, ...]) -> Any:
    """The one of some types that an annotation carries, be it of what may be None.

    Raises:
        TypeError: It carries none.
    """
    for alternative in (annotation, *typing.get_args(annotation)):
        for item in getattr(alternative, "__metadata__", ()):
            if isinstance(item, wanted):
                return item
    raise TypeError(f"annotation {annotation!r} carries none of {', '.join(w.__name__ for w in wanted)}")


def typed(annotation: Any) -> tuple[str, Interval | Choice | Along | None]:
    """The type of a parameter, be it of one that may be None, and its domain."""
    if annotation is bool:
        return "bool", None
    domain = metadata(annotation, (Interval, Choice, Along))
    if isinstance(domain, Along):
        return "array", domain
    either = (annotation, *typing.get_args(annotation))
    base = next(typing.get_args(one)[0] for one in either if hasattr(one, "__metadata__"))
    return base.__name__, domain
