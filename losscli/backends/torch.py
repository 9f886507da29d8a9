"""The torch backend: ``torch.nn.functional`` where it has the loss, else the kernel on torch tensors."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from losscli.backends.base import Backend, Status
from losscli.errors import BackendError
from losscli.spec.several import alone, with_inputs
from losscli.spec.units import UNITS, Counts, Units

if TYPE_CHECKING:
    from losscli.spec.loss import Loss

_INSTALL = "pip install 'losscli[torch]'"


class TorchBackend(Backend):
    """Blocks of tensors, one thread of torch for each thread of losscli."""

    name = "torch"
    autograd = True

    def __init__(self, device: str, dtype: str) -> None:
        super().__init__(device, dtype)
        kind = device.partition(":")[0]
        if kind not in ("cpu", "cuda", "mps"):
            raise BackendError(f"torch has no device {device!r} here.", "--device takes cpu, cuda, cuda:N or mps.")
        if kind != "cpu" and kind not in _accelerators(self.torch):
            raise BackendError(f"torch sees no {kind} device on this machine.", "--device cpu always works.")
        if kind == "mps" and dtype == "float64":
            raise BackendError("mps devices have no float64.", "--dtype float32 computes there, with float64 sums.")

    @classmethod
    def status(cls) -> Status:
        from importlib.util import find_spec

        if find_spec("torch") is None or find_spec("array_api_compat") is None:
            return Status(install=_INSTALL)
        import torch

        return Status(torch.__version__, ("cpu", *_accelerators(torch)))

    @cached_property
    def torch(self) -> Any:
        """The library, imported on first use."""
        try:
            import torch
        except ImportError as error:
            raise BackendError("the torch backend is not installed.", _INSTALL) from error
        return torch

    @property
    def version(self) -> str:
        return str(self.torch.__version__)

    @cached_property
    def xp(self) -> Any:
        try:
            import array_api_compat.torch as namespace
        except ImportError as error:
            raise BackendError("the torch backend lacks array-api-compat.", _INSTALL) from error
        return namespace

    def array(self, raw: Any, buffer: Any = None, classes_first: bool = False, picked: bool = False) -> Any:
        tensor = self._tensor(raw).to(self.device, getattr(self.torch, self.arithmetic))
        return tensor.movedim(1, 0) if classes_first else tensor

    def labels(self, raw: Any) -> Any:
        # torch knows next to nothing of unsigned integers.
        return self._tensor(raw.astype("int64") if raw.dtype.kind == "u" else raw).to(self.device)

    def _tensor(self, raw: Any) -> Any:
        # torch has no read-only tensors and fewer dtypes; blocks are never written to.
        import numpy as np

        if raw.dtype.kind in "u" or raw.dtype.itemsize > 8:
            raw = raw.astype(np.float64)
        if not raw.flags.writeable:
            raw = raw.copy()
        return self.torch.from_numpy(np.asarray(raw, order="C"))

    def numpy(self, values: Any) -> Any:
        return self.torch.as_tensor(values).detach().cpu().numpy()

    def values(self, loss: Loss, arguments: Mapping[str, Any], by_class: Collection[str]) -> Any:
        if not loss.torch or not hasattr(self.torch.nn.functional, loss.torch):  # an older torch lacks the newest
            return super().values(loss, arguments, by_class)
        given = {name: self._own(value) for name, value in arguments.items()}
        for name in by_class:  # which torch wants on axis 1
            given[name] = given[name].movedim(0, 1)
        functional = self.torch.nn.functional
        if "native" in loss.hooks:
            return loss.ask("native", {"functional": functional, **given})
        required = [given.pop(role.name) for role in loss.inputs if not role.optional]
        named = {name: value for name, value in given.items() if name in loss.argument_names and value is not None}
        return getattr(functional, loss.torch)(*required, **named, reduction="none")

    def gradients(
        self, loss: Loss, arguments: Mapping[str, Any], by_class: Collection[str], wanted: Collection[str], back: Any
    ) -> dict[str, Any]:
        with self.torch.enable_grad():
            leaves, given = self._leaves(loss, arguments, wanted)
            slope_of_kernel = loss.gradient_of_its_own  # torch's function would give another
            found = super().values(loss, given, by_class) if slope_of_kernel else self.values(loss, given, by_class)
            units = found.values if isinstance(found, Units) else found
            return self._autograd((units * back.to(units.dtype)).sum(), leaves)

    def whole_gradients(
        self,
        loss: Loss,
        arguments: Mapping[str, Any],
        constants: Mapping[str, Any],
        wanted: Collection[str],
        mean: bool,
    ) -> dict[str, Any]:
        with self.torch.enable_grad():
            leaves, given = self._leaves(loss, arguments, wanted)
            read_whole = {name: given[name] for name in constants}
            found = self.values(loss, given, ())
            units = loss.ask("finish", {"xp": self.xp, **read_whole, "statistic": found})
            values, counts = units if isinstance(units, Units) else (units, UNITS)
            total = (values if counts.factor is None or not mean else values * counts.factor).sum()
            if mean:
                total = total / self._denominator(values, counts)
                made = loss.ask("value", {"xp": self.xp, **constants, "mean": total, "total": values.sum()})
                total = total if made is None else made
            return self._autograd(total, leaves)

    def slope(self, loss: Loss, arguments: Mapping[str, Any]) -> float:
        torch = self.torch
        with torch.enable_grad():
            at = {name: torch.tensor(float(arguments[name]), dtype=torch.float64) for name in ("mean", "total")}
            leaf = at[loss.made_of].requires_grad_()
            return float(torch.autograd.grad(loss.ask("value", {**arguments, "xp": self.xp, **at}), leaf)[0])

    def _denominator(self, values: Any, counts: Counts) -> Any:
        if counts.share is not None:
            return counts.share.sum()
        return values.numel() if counts.ignored is None else (~counts.ignored).sum()

    def _leaves(
        self, loss: Loss, arguments: Mapping[str, Any], wanted: Collection[str]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The inputs that gradients are taken to, and all arguments with them."""
        leaves = {name: alone(arguments[name]).detach().clone().requires_grad_() for name in wanted}
        given = with_inputs(loss, arguments, leaves)
        if "prepare" in loss.hooks:  # it may be made of them
            given[loss.hooks["prepare"].__name__] = loss.ask("prepare", {"xp": self.xp, **given})
        return leaves, given

    def _autograd(self, total: Any, leaves: dict[str, Any]) -> dict[str, Any]:
        if not total.requires_grad:  # none of them has a part in it
            return {name: self.torch.zeros_like(leaf) for name, leaf in leaves.items()}
        found = self.torch.autograd.grad(total, list(leaves.values()), allow_unused=True, materialize_grads=True)
        return dict(zip(leaves, found, strict=True))

    def _own(self, value: Any) -> Any:
        """Real numbers in the dtype asked for: torch's functions see to their sums themselves."""
        if self.arithmetic == self.dtype or not self.torch.is_tensor(value) or not value.is_floating_point():
            return value
        return value.to(getattr(self.torch, self.dtype))

    @contextmanager
    def running(self) -> Iterator[None]:
        before = self.torch.get_num_threads()
        self.torch.set_num_threads(1)
        try:
            yield
        finally:
            self.torch.set_num_threads(before)

    @contextmanager
    def block(self) -> Iterator[None]:
        # Both are kept per thread by torch.
        self.torch.set_num_threads(1)
        with self.torch.no_grad():
            yield


def _accelerators(torch: Any) -> tuple[str, ...]:
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return tuple(name for name, there in present.items() if there)
