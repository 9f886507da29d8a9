"""Pictures as PNG and PDF, and what is said where their library is missing."""

import importlib.util
import struct

import pytest
from report.plot.pictures import curves

from losscli.errors import OutputError
from losscli.report.plot import raster, svg


def test_png_and_pdf():
    text = svg.render(curves(1.0, 2.0))
    png = raster.png(text)
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert width > height > 300
    assert raster.pdf(text).startswith(b"%PDF")


def test_without_the_library_it_is_said_before_the_work(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(OutputError, match="not installed") as refused:
        raster.require("c.PNG")
    assert "losscli[plot]" in refused.value.hint
    raster.require("c.svg")
