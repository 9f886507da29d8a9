"""What the build backend asks for: the man page of the program as it is, for the wheel. Not in the wheel itself."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MAN_PAGE = "share/man/man1/losscli.1"
"""Where ``man`` looks, beside the folder of programs that is on the user's path."""


class ManPage(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the man page into a wheel, made from the program while that is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the page; without Typer, which a build outside of an environment of its own may lack, there is none."""
        sys.path.insert(0, self.root)
        try:
            from losscli.cli.manual import render
        except ModuleNotFoundError as error:
            self.app.display_warning(f"The wheel has no man page: {error.name} is not installed.")
            return
        finally:
            sys.path.remove(self.root)
        descriptor, self._page = tempfile.mkstemp(suffix=".1")
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(render())
        Path(self._page).chmod(0o644)
        build_data["shared_data"][self._page] = MAN_PAGE

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the page, which the wheel holds by now."""
        if MAN_PAGE in build_data["shared_data"].values():
            Path(self._page).unlink()
