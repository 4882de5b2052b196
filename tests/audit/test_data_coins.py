"""Halves that are drawn from counts have the chances that single rows have."""

from __future__ import annotations

import numpy as np
from scipy import stats

from fairloss.audit.data.coins import throw_coins


def test_coins_are_binomial_and_independent() -> None:
    counts = np.random.default_rng(0).integers(0, 300, 20_000)
    first, second = throw_coins(counts, "a"), throw_coins(counts, "b")
    chances = stats.binom.cdf(first, counts, 0.5) - stats.binom.pmf(first, counts, 0.5) * np.linspace(0, 1, len(counts))
    # A randomized distribution function is uniform; the random numbers need not be fresh.
    assert stats.kstest(np.random.default_rng(1).permutation(chances), "uniform").pvalue > 0.001
    scaled = [(heads - counts / 2) / np.sqrt(np.maximum(counts, 1) / 4) for heads in (first, second)]
    assert abs(np.corrcoef(*scaled)[0, 1]) < 4 / np.sqrt(len(counts))
    assert abs(np.corrcoef(scaled[0][1:], scaled[0][:-1])[0, 1]) < 4 / np.sqrt(len(counts))


def test_coins_are_within_their_cells_and_stay_the_same() -> None:
    counts = np.array([0, 1, 63, 64, 65, 128, 0, 10**6, 0])
    heads = throw_coins(counts, "x")
    assert (heads >= 0).all()
    assert (heads <= counts).all()
    assert throw_coins(counts, "x").tolist() == heads.tolist()
    assert throw_coins(np.zeros(3, dtype=np.int64), "x").tolist() == [0, 0, 0]
    assert throw_coins(np.ones(5000, dtype=np.int64), "x").max() == 1
    assert heads[7] == sum(_bits(counts, "x")[321 : 321 + 10**6])


def _bits(counts: np.ndarray, name: str) -> list[int]:
    """Give the used bits of the stream one after the other: the low ones of a word of which not all are used."""
    import hashlib

    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:16], "big")
    words = iter(np.random.PCG64(seed).random_raw(int((-(-counts // 64)).sum())).tolist())
    bits: list[int] = []
    for rows in counts.tolist():
        left = rows
        while left > 0:
            word, used = next(words), min(left, 64)
            bits += [word >> (64 - used + place) & 1 for place in range(used)]
            left -= used
    return bits
