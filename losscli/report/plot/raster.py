"""A picture as PNG or PDF, from its SVG: by vl-convert, which brings fonts of its own, so that no text is ever lost."""

from __future__ import annotations

from losscli.errors import OutputError

SUFFIXES = (".png", ".pdf")
_SCALE = 2.0
"""Pixels of a PNG to a pixel of the SVG."""
_INSTALL = "pip install 'losscli[plot]'"


def require(path: str) -> None:
    """Raise before the work where a picture of that name could not be written after it.

    Raises:
        OutputError: The library is not installed.
    """
    from importlib.util import find_spec

    if path.lower().endswith(SUFFIXES) and find_spec("vl_convert") is None:
        raise OutputError(f"{path}: writing this takes vl-convert, which is not installed.", _INSTALL)


def png(svg: str) -> bytes:
    """The bytes of a PNG file."""
    import vl_convert

    found: bytes = vl_convert.svg_to_png(svg, scale=_SCALE)
    return found


def pdf(svg: str) -> bytes:
    """The bytes of a PDF file."""
    import vl_convert

    found: bytes = vl_convert.svg_to_pdf(svg)
    return found
