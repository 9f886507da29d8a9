"""Blocks so small that few rows make several."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import losscli.engine

SMALL = 64
"""Elements of a block in the fixture ``small_blocks``."""


@contextmanager
def blocks_of(elements: int) -> Iterator[None]:
    """Let a block hold this many elements, wherever the engine asks for it."""
    # All of its modules: one that is imported meanwhile would keep the number.
    found = pkgutil.walk_packages(losscli.engine.__path__, "losscli.engine.")
    holders = [m for m in (importlib.import_module(one.name) for one in found) if hasattr(m, "BLOCK_ELEMENTS")]
    assert holders
    with pytest.MonkeyPatch.context() as patch:
        for module in holders:
            patch.setattr(module, "BLOCK_ELEMENTS", elements)
        yield
