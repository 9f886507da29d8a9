"""Records of which declaring one is cheap: ``typing.NamedTuple`` that takes the annotations as the text they are.

Typing compiles the annotation of every field, at every start: more than half of what a record costs, of which a small
run makes sixty. Where a module's annotations are no text, ``typing.NamedTuple`` is as cheap and reads them anywhere.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class _Declared(type):
        """Makes the named tuple that a class declares; that defaults come last is what mypy sees to."""

        def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, space)
            kinds = space.pop("__annotations__", {})
            defaults = [space.pop(field) for field in kinds if field in space]
            made = namedtuple(name, kinds, defaults=defaults, module=space["__module__"])
            made.__annotations__ = made.__new__.__annotations__ = kinds
            for key, value in space.items():
                setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Declared):
        """What declares a record, as ``typing.NamedTuple`` does."""
