"""Records: what ``typing.NamedTuple`` would make of the same declaration."""

from __future__ import annotations

import copy
import inspect
import pickle
import typing

import pytest

from losscli import records


def declared(base):
    class Point(base):
        """Two numbers and a word."""

        x: int
        y: float = 2.0
        word: str | None = None
        other: list[Nothing] = []  # noqa: F821, RUF012 a name that is nowhere

        @property
        def sum(self) -> float:
            return self.x + self.y

        @classmethod
        def of(cls, x: int) -> Point:
            return cls(x)

    return Point


class Kept(records.NamedTuple):
    """One that pickles, for it stands in a module."""

    a: int
    b: str = "b"


@pytest.mark.parametrize(
    "told",
    [
        lambda made: made._fields,
        lambda made: made._field_defaults,
        lambda made: made.__annotations__.keys(),
        lambda made: made.__doc__,
        lambda made: made.__module__,
        lambda made: made.__qualname__,
        lambda made: made.__bases__,
        lambda made: [str(p.replace(annotation="")) for p in inspect.signature(made).parameters.values()],
        lambda made: repr(made(1, word="w")),
        lambda made: made(1) == (1, 2.0, None, []),
        lambda made: made.of(3).sum,
        lambda made: made(1)._replace(y=5).sum,
        lambda made: hasattr(made(1), "__dict__"),
        lambda made: sorted(set(dir(made)) - {"__orig_bases__"}),
    ],
)
def test_a_record_is_what_typing_makes_of_it(told):
    assert told(declared(records.NamedTuple)) == told(declared(typing.NamedTuple))


def test_a_record_travels():
    assert pickle.loads(pickle.dumps(Kept(1))) == copy.deepcopy(Kept(1)) == Kept(1, "b")
    assert type(pickle.loads(pickle.dumps(Kept(1)))) is Kept


def test_annotations_stay_text_that_can_be_read():
    assert Kept.__annotations__ == {"a": "int", "b": "str"}
    assert typing.get_type_hints(Kept) == {"a": int, "b": str}


def test_a_record_of_which_fields_are_missing_is_refused():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'a'"):
        Kept()
