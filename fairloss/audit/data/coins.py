"""Halves of rows that are counts: as if a coin had been thrown for each of them."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

__all__ = ["throw_coins"]

Counts = np.ndarray[Any, np.dtype[np.int64]]
_ONES = np.array([bin(byte).count("1") for byte in range(256)], dtype=np.uint8)
_WORD = 64


def throw_coins(counts: Counts, name: str) -> Counts:
    """Give how many rows of each cell fall into the first half.

    Every row has its own bit of a fixed stream (PCG64, whose stream NumPy keeps), so the numbers of cells are
    independent binomial ones with chance one half, as they are where single rows are drawn.

    Parameters
    ----------
    counts : integer array of shape (cells,)
        The rows of each cell, in an order that does not depend on the table's.
    name : str
        What is counted; another stream for another name.

    Examples
    --------
    >>> first = throw_coins(np.array([0, 1, 1000]), "age")
    >>> bool(first[0] == 0 and first[1] <= 1 and 400 < first[2] < 600)
    True
    """
    words = -(-counts // _WORD)
    if not words.sum():
        return np.zeros(len(counts), dtype=np.int64)
    seed = int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:16], "big")
    bits = np.random.PCG64(seed).random_raw(int(words.sum()))
    filled = words > 0
    ends = np.cumsum(words)[filled]
    spare = (words * _WORD - counts)[filled].astype(np.uint64)
    bits[ends - 1] >>= spare
    ones = _ONES[bits.view(np.uint8)].reshape(-1, 8).sum(1, dtype=np.int64)
    heads = np.zeros(len(counts), dtype=np.int64)
    heads[filled] = np.add.reduceat(ones, ends - words[filled])
    return heads
