"""Blocks so small that few rows make several."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

SMALL = 64
"""Elements of a block in the fixture ``small_blocks``."""


@contextmanager
def blocks_of(elements: int) -> Iterator[None]:
    """Let a block hold this many elements, wherever the engine asks for it."""
    modules = [m for name, m in sys.modules.items() if name.startswith("losscli.engine.")]
    holders = [module for module in modules if hasattr(module, "BLOCK_ELEMENTS")]
    assert holders
    with pytest.MonkeyPatch.context() as patch:
        for module in holders:
            patch.setattr(module, "BLOCK_ELEMENTS", elements)
        yield
