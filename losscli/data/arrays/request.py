"""What is asked of a file of several arrays: a key, or the only array there is."""

from __future__ import annotations

from typing import IO, NamedTuple

from losscli.errors import SourceError, UnknownKeyError

CUT_HINT = "was it cut off while being written or copied?"
_MOST_LISTED = 20
_CHUNK = 1 << 20


class ArrayRequest(NamedTuple):
    """One array of a file.

    Attributes:
        path: The file.
        key: The array's name in it, or None for the only one.
        name: What the user typed, for messages.
    """

    path: str
    key: str | None
    name: str

    def pick(self, keys: list[str]) -> str:
        """The key that is asked for, or the only one there is."""
        if not keys:
            raise SourceError(f"{self.name}: holds no array.")
        if self.key is None:
            if len(keys) == 1:
                return keys[0]
            raise UnknownKeyError(
                f"{self.name}: holds {len(keys)} arrays: {_listed(keys)}.",
                f"give one: {self.path}::{keys[0]}",
                tuple(keys),
            )
        if self.key not in keys:
            raise UnknownKeyError(
                f"{self.name}: holds no array {self.key!r}.", self._nearest(self.key, keys), tuple(keys)
            )
        return self.key

    def _nearest(self, key: str, keys: list[str]) -> str:
        from difflib import get_close_matches

        close = get_close_matches(key, keys, n=2)
        if close:
            return f"did you mean {' or '.join(f'{self.path}::{c}' for c in close)}?"
        return f"it holds {_listed(keys)}."

    def label(self, key: str) -> str:
        """The name with the key, whether that was typed or not, for messages about one array."""
        typed = self.key is not None and self.name.endswith(f"::{self.key}")
        return self.name if typed else f"{self.name}::{key}"

    def broken(self, kind: str, error: Exception) -> SourceError:
        return SourceError(f"{self.name}: is not a whole {kind} file ({reason(error)}).", CUT_HINT)


def _listed(keys: list[str]) -> str:
    more = len(keys) - _MOST_LISTED
    return ", ".join(keys[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def reason(error: Exception) -> str:
    """A library's message, of which the first sentence is enough; some are one number or nothing."""
    sentence = str(error).partition("\n")[0].partition(". ")[0].rstrip(".")
    return sentence if " " in sentence else type(error).__name__


def read_to_end(member: IO[bytes]) -> None:
    """Read on in a member of a ZIP file: at its end its checksum is compared, and an error raised if it is another."""
    while member.read(_CHUNK):
        pass
