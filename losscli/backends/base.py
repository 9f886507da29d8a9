"""What a backend is: a namespace, a way in for arrays, a way out for values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from losscli.spec.calls import call
from losscli.spec.units import UNITS, Counts

if TYPE_CHECKING:
    from losscli.spec.loss import Loss


class Status(NamedTuple):
    """Whether a backend can run here, for ``losscli backends``."""

    version: str = ""
    devices: tuple[str, ...] = ()
    install: str = ""

    @property
    def installed(self) -> bool:
        """Whether its library is there."""
        return bool(self.version)


class Backend(ABC):
    """A way to compute. An instance serves one run; its methods are called from several threads.

    Args:
        device: Where to compute: ``cpu``, or what the backend lists.
        dtype: What is asked for: ``float64``, ``float32`` or ``float16``.

    Attributes:
        arithmetic: What kernels compute in: ``dtype``, but at least float32. As to torch's own kernels,
            float16 is a way to store numbers to them: a sum inside a loss would overflow at 65504.
        origin: The distribution that it comes from.
    """

    name: str = ""
    origin: str = "losscli"

    def __init__(self, device: str, dtype: str) -> None:
        self.device = device
        self.dtype = dtype
        self.arithmetic = "float32" if dtype == "float16" else dtype

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.device, self.dtype)  # its library is found again where it arrives

    @classmethod
    @abstractmethod
    def status(cls) -> Status:
        """Version and devices, or how to install; looks without computing."""

    @property
    @abstractmethod
    def version(self) -> str:
        """The version of the library that computes, for signatures."""

    def fingerprint(self) -> str:
        """What its numbers are told by from those of another machine with the same version, for signatures."""
        from losscli.backends.fingerprint import fingerprint

        return fingerprint(type(self), self.device, self.dtype)

    @property
    @abstractmethod
    def xp(self) -> Any:
        """The namespace kernels are handed: the Python array API standard."""

    @abstractmethod
    def array(self, raw: Any, buffer: Any = None, classes_first: bool = False, picked: bool = False) -> Any:
        """An array of the arithmetic dtype from a NumPy array of real numbers.

        Kernels may write over what is writeable. With a ``buffer`` that may only be an array in it; without one
        the engine sees to it.

        Args:
            raw: Rows of a source, of any real dtype.
            buffer: Storage this thread may overwrite, as :meth:`buffer` made it, or None.
            classes_first: Deliver axis 1 as axis 0.
            picked: The array will only be indexed, and may keep its own float dtype.
        """

    @abstractmethod
    def labels(self, raw: Any) -> Any:
        """An array of whole numbers, such as class indices, from a NumPy array of integers or bools."""

    @abstractmethod
    def numpy(self, values: Any) -> Any:
        """An array of this backend as a NumPy array on the host."""

    def dtype_of(self, loss: Loss) -> str:
        """The dtype of a loss's values: what was asked for where torch has the loss, whose values are so too."""
        return self.dtype if loss.torch else self.arithmetic

    def buffer(self, shape: tuple[int, ...]) -> Any:
        """Storage for one block, kept by a thread between blocks; None where it is of no use."""
        return None

    def kept(self, array: Any) -> Any:
        """The same array where kernels must not write over it, because others read it too."""
        if not getattr(getattr(array, "flags", None), "writeable", False):  # kernels write over nothing else
            return array
        view = array.view()
        view.flags.writeable = False
        return view

    def values(self, loss: Loss, arguments: Mapping[str, Any], by_class: Collection[str]) -> Any:
        """What a loss makes of a block: unreduced values, :class:`losscli.spec.units.Units` or a ``Statistic``.

        Args:
            loss: Whose kernel to call.
            arguments: Inputs, parameters and what was prepared, by name.
            by_class: The inputs whose classes are axis 0, as kernels see them.
        """
        return call(loss.kernel, {"xp": self.xp, **arguments})

    def counts(self, loss: Loss, arguments: Mapping[str, Any]) -> Counts:
        """What the mean counts in a block, of losses that tell it beside their values."""
        found: Counts | None = loss.ask("counts", {"xp": self.xp, **arguments})
        return found or UNITS

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hold the settings a run needs, and put them back."""
        yield

    @contextmanager
    def block(self) -> Iterator[None]:
        """Hold the settings that belong to a thread, around all of its work."""
        yield
