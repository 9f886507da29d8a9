"""What a backend is: a namespace, a way in for arrays, a way out for values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from losscli.errors import BackendError
from losscli.records import NamedTuple
from losscli.spec.calls import call
from losscli.spec.gradients import pulled_back
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


def no_closed_form(loss: Loss, to: str) -> BackendError:
    """The error for a gradient that only a backend with derivatives of its own has."""
    whole = ", with all of the data in memory: it is one number for the whole set" if loss.whole else ""
    return BackendError(f"{loss.name} has no gradient{to} in closed form.", f"-b torch takes it by autograd{whole}.")


class Backend(ABC):
    """A way to compute. An instance serves one run; its methods are called from several threads.

    Args:
        device: Where to compute: ``cpu``, or what the backend lists.
        dtype: What is asked for: ``float64``, ``float32`` or ``float16``.

    Attributes:
        arithmetic: What kernels compute in: ``dtype``, but at least float32. As to torch's own kernels,
            float16 is a way to store numbers to them: a sum inside a loss would overflow at 65504.
        autograd: Whether it has gradients of losses without a closed form.
        origin: The distribution that it comes from.
    """

    name: str = ""
    autograd: bool = False
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

    def gradients(
        self, loss: Loss, arguments: Mapping[str, Any], by_class: Collection[str], wanted: Collection[str], back: Any
    ) -> dict[str, Any]:
        """The gradients to inputs of a block by the loss's closed form, in the layout in which its kernel sees them.

        Args:
            loss: Whose gradient to take.
            arguments: Inputs, parameters and what was prepared, by name.
            by_class: The inputs whose classes are axis 0, as kernels see them.
            wanted: The inputs to take it to.
            back: The gradient by the units, in their shape.

        Raises:
            BackendError: It has no closed form.
        """
        found = pulled_back(loss, {"xp": self.xp, "back": back, **arguments}, wanted)
        if found is None or set(found) < set(wanted):
            raise no_closed_form(loss, "" if found is None else f" to {', '.join(sorted(set(wanted) - set(found)))}")
        return found

    def whole_gradients(
        self,
        loss: Loss,
        arguments: Mapping[str, Any],
        constants: Mapping[str, Any],
        wanted: Collection[str],
        mean: bool,
    ) -> dict[str, Any]:
        """The gradients of a loss that is one number for the whole set, of which the block is all.

        Args:
            loss: Whose gradient to take.
            arguments: Inputs, parameters and what was prepared, by name.
            constants: What :meth:`losscli.spec.loss.Loss.finish` may name of them.
            wanted: The inputs to take it to.
            mean: Whether it is that of the mean; else of the sum.

        Raises:
            BackendError: This backend has none.
        """
        raise no_closed_form(loss, "")

    def slope(self, loss: Loss, arguments: Mapping[str, Any]) -> float:
        """The derivative of what :meth:`losscli.spec.loss.Loss.value` makes of a mean or a total, on the host.

        Raises:
            BackendError: The loss does not tell it.
        """
        found = loss.ask("slope", arguments)
        if found is None:
            raise no_closed_form(loss, "")
        return float(found)

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
