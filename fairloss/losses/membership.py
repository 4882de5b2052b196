"""Who is in which group, as a matrix with one row per person: what codes and probabilities have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor

from fairloss.errors import InputError, UnknownName, quote
from fairloss.notions import Grouping, Groups
from fairloss.notions.arrays import to_numpy

__all__ = ["Attribute", "membership", "resolve_groups", "tensor_of"]

_ORDERED = {torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8}
"""The whole numbers of which torch finds the smallest and the largest."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A sensitive attribute that a criterion watches: its name and the names of its groups, or one number per row."""

    name: str
    groups: tuple[str, ...]
    grouping: Grouping | None = None
    continuous: bool = False

    def __len__(self) -> int:
        return 1 if self.continuous else len(self.groups)


def resolve_groups(groups: Any) -> tuple[Attribute, ...]:
    """Turn the argument ``groups=`` into attributes.

    Parameters
    ----------
    groups : int, Grouping, Groups, "continuous", or mapping of str to any of these
        The number of groups, what they are called, or that the attribute is a number, such as age; for each attribute.

    Examples
    --------
    >>> [attribute] = resolve_groups({"sex": 2})
    >>> attribute.name, attribute.groups
    ('sex', ('0', '1'))
    """
    if isinstance(groups, Mapping):
        if not groups:
            raise InputError("FairLoss needs at least one attribute in groups, got an empty mapping. Name one.")
        return tuple(_attribute(str(name), size) for name, size in groups.items())
    return (_attribute(None, groups),)


def _attribute(name: str | None, groups: Any) -> Attribute:
    grouping = groups.grouping if isinstance(groups, Groups) else groups
    if isinstance(groups, str) and groups == "continuous":
        return Attribute(name or "attribute", (), continuous=True)
    if isinstance(grouping, Grouping):
        return Attribute(name or grouping.attribute, grouping.names, grouping)
    if isinstance(groups, bool) or not isinstance(groups, int) or groups < 1:
        raise InputError(
            f"FairLoss needs the number of groups as a whole number above 0, got groups={quote(groups)}. "
            "Pass an int, encoded Groups, 'continuous', or a mapping from attribute names to these."
        )
    return Attribute(name or "group", tuple(str(code) for code in range(groups)))


def membership(
    sensitive_features: Any, attributes: tuple[Attribute, ...], like: Tensor, wanted: frozenset[str]
) -> dict[str, Tensor]:
    """Give the membership matrix, of shape (n, G), for each wanted attribute.

    Parameters
    ----------
    sensitive_features : codes, membership, or mapping of attribute names to these
        Integer codes (n,), -1 meaning unknown, or shares (n, G), such as probabilities of membership. Of a continuous
        attribute its values (n,), NaN meaning unknown.
    attributes : tuple of Attribute
        What the criterion was made with.
    like : Tensor
        The model's output: gives n, the device and the type.
    wanted : frozenset of str
        The attributes that some term uses.

    Raises
    ------
    InputError
        If an attribute is missing, lengths differ, or a code is out of range.
    """
    if not isinstance(sensitive_features, Mapping):
        if len(attributes) > 1:
            names = ", ".join(quote(attribute.name) for attribute in attributes)
            raise InputError(
                f"FairLoss watches several attributes ({names}), got one array. "
                "Pass sensitive_features as a mapping from names to codes."
            )
        sensitive_features = {attributes[0].name: sensitive_features}
    result = {}
    for attribute in attributes:
        if attribute.name not in wanted:
            continue
        if attribute.name not in sensitive_features:
            raise UnknownName("attribute", attribute.name, map(str, sensitive_features))
        result[attribute.name] = _matrix(sensitive_features[attribute.name], attribute, like)
    return result


def _matrix(values: Any, attribute: Attribute, like: Tensor) -> Tensor:
    tensor = _tensor(values, attribute, like.device)
    if tensor.ndim == 0 or len(tensor) != len(like):
        came = "one value" if tensor.ndim == 0 else f"{len(tensor)}"
        raise InputError(
            f"FairLoss needs one group of {quote(attribute.name)} per row, got {came} for {len(like)} rows. "
            "Align sensitive_features with input; the code -1 means unknown."
        )
    if attribute.continuous:
        return _values(tensor, attribute).to(like.dtype)
    whole = not tensor.is_floating_point() and not tensor.is_complex()
    if tensor.ndim == 1 and whole:
        return _one_hot(tensor, attribute, like.dtype)
    if tensor.ndim != 2 or tensor.shape[1] != len(attribute) or tensor.is_complex():
        raise InputError(
            f"Groups of {quote(attribute.name)} come as integer codes of shape ({len(like)},) or as shares of shape "
            f"({len(like)}, {len(attribute)}), got {tensor.dtype} of shape {tuple(tensor.shape)}. Convert them first."
        )
    return _shares(tensor.to(like.dtype), attribute)


def _tensor(values: Any, attribute: Attribute, device: torch.device) -> Tensor:
    if isinstance(values, Tensor):
        return values.to(device)
    if isinstance(values, Groups):
        if attribute.grouping not in (None, values.grouping):
            raise InputError(
                f"FairLoss was made for the groups {quote(attribute.groups)} of {quote(attribute.name)}, got "
                f"{quote(values.names)}. Encode all rows with the same codes."
            )
        values = values.codes
    if values is None:
        raise InputError(
            f"FairLoss needs the group of each row for {quote(attribute.name)}, got None. Pass sensitive_features."
        )
    array = to_numpy(values)
    if array.dtype.kind not in "biuf":
        raise InputError(
            f"Groups of {quote(attribute.name)} must be codes 0, 1, ..., got {array.dtype} values. "
            "Encode the groups once, with fairloss.tables.encode."
        )
    return tensor_of(array).to(device)


def tensor_of(array: Any) -> Tensor:
    """Copy numbers of NumPy: these may be read-only, of another byte order, or of a type that torch only half knows."""
    return torch.from_numpy(array.astype("float64" if array.dtype.kind == "f" else "int64"))


def _one_hot(codes: Tensor, attribute: Attribute, dtype: torch.dtype) -> Tensor:
    if codes.dtype not in _ORDERED:
        codes = codes.long()
    ends = codes.aminmax()
    low, high = ends.min.item(), ends.max.item()
    if low < -1 or high >= len(attribute):
        row = int(((codes < -1) | (codes >= len(attribute))).nonzero()[0])
        raise InputError(
            f"Group codes of {quote(attribute.name)} must lie in 0..{len(attribute) - 1} (-1 is unknown), got "
            f"{int(codes[row])} in row {row}. Encode the groups once, with fairloss.tables.encode."
        )
    codes = codes.long() if low >= 0 else codes.long() % (len(attribute) + 1)
    return _identity(len(attribute), dtype, codes.device).index_select(0, codes)


@cache
def _identity(groups: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Give the row of each code; the last one, of zeros, is that of the unknown."""
    with torch.inference_mode(False):
        return torch.eye(groups + 1, groups, dtype=dtype, device=device)


def _values(values: Tensor, attribute: Attribute) -> Tensor:
    column = values[:, None] if values.ndim == 1 else values
    if column.ndim != 2 or column.shape[1] != 1 or column.is_complex() or column.isinf().any():
        raise InputError(
            f"The continuous attribute {quote(attribute.name)} is one finite number per row (NaN is unknown), got "
            f"{values.dtype} of shape {tuple(values.shape)}. Convert it first."
        )
    return column


def _shares(shares: Tensor, attribute: Attribute) -> Tensor:
    low, high = shares.aminmax()
    if not (low >= 0 and high <= 1):
        row = int((~((shares >= 0) & (shares <= 1))).any(1).nonzero()[0])
        raise InputError(
            f"Shares of membership in {quote(attribute.name)} must lie in [0, 1], got "
            f"{quote(shares[row].tolist())} in row {row}. Pass zeros for a row whose group is unknown."
        )
    return shares
