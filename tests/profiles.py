"""How much of the suite runs: a sample by default, all of it where ``TEST_PROFILE=thorough`` is set, as in ``.ci/run``.

What grows with the number of losses, formats and backends are the cases of a test. The quick profile runs a sample of
them, drawn anew for every test but always the same for one, so that together the tests still see each loss.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple


class Profile(NamedTuple):
    """How much is run.

    Attributes:
        cases: Cases of one test at most; 0 for all of them.
        examples: Examples of a law, where it does not say how many itself.
    """

    cases: int
    examples: int


PROFILES = {"quick": Profile(cases=16, examples=10), "thorough": Profile(cases=0, examples=25)}
NAME = os.environ.get("TEST_PROFILE", "quick")


def sampled(cases: Sequence[str], most: int) -> list[str]:
    """Of the node ids of cases, in their order, no more than this many of each test."""
    by_test = defaultdict(list)
    for case in cases:
        by_test[case.partition("[")[0]].append(case)
    kept = set()
    for test, mine in by_test.items():
        kept |= set(mine if len(mine) <= most else random.Random(test).sample(mine, most))
    return [case for case in cases if case in kept]
