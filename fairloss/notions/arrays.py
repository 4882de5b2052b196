"""The three operations that NumPy, torch and exact fractions spell differently.

Everything else in this room is written with operators and indexing, which the three share. torch is never imported
here: if the caller's array is a tensor, torch is already loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["Array", "divide", "is_tensor", "stack", "to_numpy"]

Array = Any
"""A NumPy array (of numbers, or of ``Fraction`` objects) or a torch tensor."""


def is_tensor(array: Array) -> bool:
    """Tell whether the array is a torch tensor, without importing torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)


def divide(of: Array, among: Array) -> Array:
    """Divide elementwise; an empty denominator gives NaN, silently and with a zero gradient.

    Examples
    --------
    >>> divide(np.array([1, 2]), np.array([4, 0]))
    array([0.25,  nan])
    """
    if is_tensor(of):
        torch = sys.modules["torch"]
        empty = among == 0
        safe = torch.where(empty, torch.ones_like(among), among)
        ratio = of / safe
        return torch.where(empty, torch.full_like(ratio, float("nan")), ratio)
    of, among = np.broadcast_arrays(np.asarray(of), np.asarray(among))
    if of.dtype == object or among.dtype == object:
        pairs = zip(of.ravel(), among.ravel(), strict=True)
        quotients = np.empty(of.size, dtype=object)
        quotients[:] = [a / b if b else float("nan") for a, b in pairs]
        return quotients.reshape(of.shape)
    out = np.full(of.shape, np.nan)
    return np.divide(of, among, out=out, where=among != 0)


def stack(parts: Sequence[Array], axis: int) -> Array:
    """Stack arrays of one shape along a new axis."""
    if is_tensor(parts[0]):
        return sys.modules["torch"].stack(list(parts), dim=axis)
    return np.stack(parts, axis=axis)


def to_numpy(array: Array) -> np.ndarray[Any, Any]:
    """Give the array as NumPy, detached from any graph and moved to the CPU."""
    if is_tensor(array):
        array = array.detach().cpu()
        array = (array.float() if array.dtype is sys.modules["torch"].bfloat16 else array).numpy()
    return np.asarray(array)
