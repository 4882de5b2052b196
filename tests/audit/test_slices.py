"""The search for slices: planted ones are found, absent ones are not, and the counts are those of the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from fairloss.audit import find_slices
from fairloss.errors import InputError
from fairloss.inference import benjamini_hochberg, confirm_slices, worst_slices


def _people(rng: np.random.Generator, n: int, rate: Any) -> dict[str, Any]:
    table = {
        "sex": rng.choice(["F", "M"], n),
        "site": rng.choice(["x", "y", "z"], n),
        "age": rng.choice(["young", "old"], n),
        "team": rng.integers(0, 5, n),
    }
    chance = rate(table) if callable(rate) else np.full(n, rate)
    return {**table, "hired": (rng.random(n) < chance).astype(int)}


def _planted(table: dict[str, Any]) -> Any:
    return np.where((table["sex"] == "F") & (table["site"] == "y"), 0.25, 0.5)


def test_where_nothing_is_there_hardly_anything_is_confirmed() -> None:
    """Every confirmed slice is false here, so any at all may be confirmed in 5 % of the searches."""
    rng = np.random.default_rng(1)
    found = [bool(find_slices(_people(rng, 800, 0.4), decision="hired", seed=k).confirmed) for k in range(120)]
    assert np.mean(found) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 120)


def test_the_share_of_false_findings_is_kept_where_some_are_true() -> None:
    rng = np.random.default_rng(2)
    shares, hits = [], []
    for seed in range(60):
        search = find_slices(_people(rng, 2000, _planted), decision="hired", seed=seed)
        # True: every slice whose true rate differs from that of the rest, i.e. that meets the planted one unevenly.
        false = [one for one in search.confirmed if not {"sex", "site"} & {name for name, _ in one.conditions}]
        shares.append(len(false) / max(len(search.confirmed), 1))
        hits.append(any(one.conditions == (("sex", "F"), ("site", "y")) for one in search.confirmed))
    assert np.mean(shares) <= 0.05
    assert np.mean(hits) >= 0.95


def test_the_counts_and_tests_are_those_of_the_held_out_rows() -> None:
    table = _people(np.random.default_rng(3), 1500, _planted)
    search = find_slices(table, decision="hired", seed=4)
    half = np.zeros(1500, bool)
    half[np.random.RandomState(4).permutation(1500)[:750]] = True
    assert search.rows == (750, 750)
    for one in search.slices:
        inside = np.ones(1500, bool)
        for name, value in one.conditions:
            inside &= table[name].astype(str) == value
        mine, rest = table["hired"][inside & ~half], table["hired"][~inside & ~half]
        assert one.held_out == (mine.sum(), len(mine))
        assert one.searched == (table["hired"][inside & half].sum(), (inside & half).sum())
        lower = table["hired"][inside & half].mean() < table["hired"][half].mean()
        counts = [[mine.sum(), len(mine) - mine.sum()], [rest.sum(), len(rest) - rest.sum()]]
        oracle = stats.fisher_exact(counts, alternative="less" if lower else "greater").pvalue
        assert one.p_value == pytest.approx(oracle, rel=1e-9)
        assert one.difference == pytest.approx(mine.mean() - rest.mean())
    adjusted = benjamini_hochberg([one.p_value for one in search.slices])
    assert [one.p_adjusted for one in search.slices] == pytest.approx(adjusted.tolist())
    assert str(search).splitlines()[1].startswith("sex = F and site = y: selection rate ")
    assert list(search.table.confirmed) == [one.confirmed for one in search.slices]


def test_rates_of_some_people_and_numbers_in_quarters() -> None:
    rng = np.random.default_rng(5)
    n = 4000
    income, sex = rng.normal(size=n).round(3), rng.choice(["F", "M"], n)
    income[:40] = np.nan
    label = rng.integers(0, 2, n)
    miss = (income > 0.7) & (sex == "F")
    table = {"income": income, "sex": sex, "good": label, "chosen": np.where(miss, 0, label)}
    search = find_slices(table, decision="chosen", label="good", rate="true_positive_rate")
    first = search.confirmed[0]
    assert first.conditions[0][1].startswith("above 0.7")
    assert first.conditions[1] == ("sex", "F")
    assert first.held_out[0] < 0.1 * first.held_out[1]
    assert find_slices(table, label="good", columns=["sex"]).rate == "base_rate"


def test_slices_against_the_rest() -> None:
    assert worst_slices([5, 5, 0], [10, 10, 0], (10, 20)).tolist() == []
    found = confirm_slices([0], [0], (10, 20), [True])
    assert np.isnan(found.p_value[0])
    assert not found.confirmed[0]
    with pytest.raises(InputError, match="within the total"):
        worst_slices([5], [10], (4, 20))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"most_columns": 4}, "1, 2 or 3 columns"),
        ({"rate": "balanced_accuracy"}, "share of people"),
        ({"rate": "true_positive_rate"}, "needs a label"),
        ({"columns": ["code"]}, "at most 12 values"),
        ({"most": 0}, "1 slice or more"),
    ],
)
def test_bad_input_is_one_sentence(options: dict[str, Any], says: str) -> None:
    table = {"sex": list("FM") * 50, "code": [f"c{k}" for k in range(100)], "hired": [0, 1, 1, 0] * 25}
    given = {"columns": ["sex"], **options}
    with pytest.raises(InputError, match=says):
        find_slices(table, decision="hired", **given)
