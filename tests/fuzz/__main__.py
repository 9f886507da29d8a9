"""``python -m tests.fuzz``; see :mod:`fuzz.run`."""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    # As in pytest, the helpers of the tests are modules of their own.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    sys.exit(importlib.import_module("fuzz.run").main())
