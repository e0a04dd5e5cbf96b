"""A GPU where there is none: tensors that say they are on ``cuda`` and are computed on the CPU.

What a real GPU refuses is refused here too: operations on tensors of both devices, and NumPy's view of a tensor that
has not been copied to the CPU. Whatever is computed has the bits that the CPU gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)
ATEN = torch.ops.aten
COPIES = (ATEN._to_copy.default, ATEN.copy_.default)  # the operations that take tensors of both devices


class Pretended(Tensor):
    """A tensor that says it is on a GPU. For PyTorch's own code, which would call CUDA, it is on the CPU."""

    __torch_function__ = torch._C._disabled_torch_function_impl
    inner: Tensor

    @staticmethod
    def __new__(cls, inner: Tensor) -> Pretended:
        form = {"strides": inner.stride(), "storage_offset": inner.storage_offset(), "dtype": inner.dtype}
        made = Tensor._make_wrapper_subclass(cls, inner.size(), **form)
        made.inner = inner
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return computed(func, args, kwargs or {})

    # What PyTorch answers without dispatching, by the device that it knows.

    @property
    def device(self) -> torch.device:
        return GPU

    @property
    def data(self) -> Tensor:
        return self.detach()

    @data.setter
    def data(self, other: Pretended) -> None:
        self.inner = other.inner

    def cpu(self) -> Tensor:
        return self.inner.clone()

    def to(self, device: torch.device) -> Tensor:
        return self if device.type == "cuda" else self.cpu()

    def numpy(self) -> Any:
        raise TypeError("can't convert cuda:0 device type tensor to numpy; use Tensor.cpu() first")

    def tolist(self) -> Any:
        return self.inner.tolist()

    def new_tensor(self, values: Any) -> Tensor:
        return Pretended(torch.tensor(values, dtype=self.dtype))


def computed(func: Any, args: Any, kwargs: Any) -> Any:
    """An operation on the CPU. Its result is on the device of the call, or else on that of its tensors."""
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    there = {id(tensor.inner): tensor for tensor in tensors if isinstance(tensor, Pretended)}
    if there and func not in COPIES and any(not isinstance(each, Pretended) and each.ndim for each in tensors):
        raise RuntimeError(f"{func}: expected all tensors to be on the same device, but found cuda:0 and cpu")
    on_gpu = bool(there)
    if func is ATEN.copy_.default:
        on_gpu = isinstance(args[0], Pretended)
    if kwargs.get("device") is not None:
        # Autograd's own code, such as that of index_select, makes tensors like others where it believes these to be.
        like = on_gpu and func is not ATEN._to_copy.default
        on_gpu, kwargs = like or torch.device(kwargs["device"]).type == "cuda", {**kwargs, "device": CPU}

    def outer(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        return there[id(value)] if id(value) in there else Pretended(value) if on_gpu else value

    args, kwargs = tree_map(lambda value: value.inner if isinstance(value, Pretended) else value, (args, kwargs))
    return tree_map(outer, func(*args, **kwargs))


class Operations(TorchDispatchMode):
    """Computes operations that have no pretended tensor yet, such as ``torch.zeros(device=...)``."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return computed(func, args, kwargs or {})


class Copies(TorchFunctionMode):
    """Makes the copies to the GPU that would reach CUDA before any dispatch."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        devices = [value for value in (*args, *kwargs.values()) if isinstance(value, torch.device)]
        if [device.type for device in devices] == ["cuda"]:
            if func is torch.tensor:
                return Pretended(func(*args, **{**kwargs, "device": CPU}))
            if func is Tensor.to and not isinstance(args[0], Pretended):
                return Pretended(args[0].detach().clone())
        return func(*args, **kwargs)


class Generator(torch.Generator):
    """A generator on the CPU, whichever device it is asked for."""

    def __new__(cls, device: Any = None) -> Generator:
        return super().__new__(cls)


@contextmanager
def pretended_gpu() -> Iterator[torch.device]:
    """Within this context there is a GPU, which it yields."""
    overwrite = torch.__future__.get_overwrite_module_params_on_conversion()
    torch.__future__.set_overwrite_module_params_on_conversion(True)  # a parameter becomes another tensor on the way
    with pytest.MonkeyPatch.context() as patch, Operations(), Copies():
        patch.setattr(torch.cuda, "_lazy_init", lambda: None)
        patch.setattr(torch.cuda, "get_rng_state", lambda device: torch.get_rng_state())
        patch.setattr(torch.cuda, "set_rng_state", lambda state, device: torch.set_rng_state(state))
        patch.setattr(torch, "Generator", Generator)
        patch.setattr(torch, "inference_mode", torch.no_grad)  # its tensors count no versions, as wrappers must
        yield torch.device("cuda")
    torch.__future__.set_overwrite_module_params_on_conversion(overwrite)
