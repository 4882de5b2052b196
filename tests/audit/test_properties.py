"""What every audit must do, whatever its counts: the properties that a second look would ask for."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairloss.audit import audit_counts
from fairloss.inference import below_four_fifths, ratio_interval
from fairloss.notions import GroupCounts, Grouping

seeded = settings(deadline=None, derandomize=True, max_examples=25)
tables = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), min_size=2, max_size=5).map(
    lambda rows: [(min(x, n), n) for x, n in rows]
)


def counts(rows: list[tuple[int, int]], names: list[str] | None = None) -> GroupCounts:
    x, n = np.array(rows).T
    named = names or [chr(97 + code) for code in range(len(rows))]
    return GroupCounts(np.stack([n - x, x], -1)[:, None], grouping=Grouping(("g",), tuple((name,) for name in named)))


@seeded
@given(rows=tables, order=st.randoms(use_true_random=False))
def test_another_order_of_the_groups_gives_the_same_rows(rows: list[tuple[int, int]], order: object) -> None:
    names = [chr(97 + code) for code in range(len(rows))]
    places = list(range(len(rows)))
    order.shuffle(places)  # type: ignore[attr-defined]
    first = audit_counts(counts(rows, names), reference={"g": "a"})
    other = audit_counts(counts([rows[p] for p in places], [names[p] for p in places]), reference={"g": "a"})
    for name in ("rates", "comparisons"):
        one, two = ({row["group"]: row for row in report.rows(name)} for report in (first, other))
        assert set(one) == set(two)
        for group, row in one.items():
            for key, value in row.items():
                if isinstance(value, float):
                    assert two[group][key] == pytest.approx(value, rel=1e-9, nan_ok=True)
                else:
                    assert two[group][key] == value


@seeded
@given(rows=tables, more=tables)
def test_merged_windows_are_the_audit_of_all_rows(rows: list[tuple[int, int]], more: list[tuple[int, int]]) -> None:
    size = min(len(rows), len(more))
    merged = counts(rows[:size]) + counts(more[:size])
    summed = [(a + c, b + d) for (a, b), (c, d) in zip(rows[:size], more[:size], strict=True)]
    assert audit_counts(merged).to_json() == audit_counts(counts(summed)).to_json()


@seeded
@given(rows=tables)
def test_the_group_with_the_highest_rate_is_compared_with_nobody_and_no_ratio_is_above_1(
    rows: list[tuple[int, int]],
) -> None:
    report = audit_counts(counts(rows))
    ratios = [row["ratio"] for row in report.rows("comparisons")]
    assert len(ratios) == len(rows) - 1
    assert all(np.isnan(one) or one <= 1 for one in ratios)
    itself = audit_counts(counts([rows[0], rows[0]]))
    assert all(row["ratio"] == 1 or rows[0][0] == 0 for row in itself.rows("comparisons"))


@seeded
@given(rows=tables)
def test_koopman_holds_1_exactly_where_z_is_below_1_96(rows: list[tuple[int, int]]) -> None:
    for row in audit_counts(counts(rows)).rows("comparisons"):
        z = abs(row["z"])
        if not np.isnan(row["ratio"]) and abs(z - 1.959963984540054) > 1e-9:
            sides = ("numerator", "denominator", "reference_numerator", "reference_denominator")
            koopman = ratio_interval(*(row[side] for side in sides), method="koopman")
            assert (koopman.low <= 1 <= koopman.high) == (z < 1.959963984540054)


def test_whole_numbers_and_fractions_agree_about_four_fifths_for_all_sizes_to_60() -> None:
    for n1 in range(1, 61):
        for n2 in range(max(1, n1 - 3), min(61, n1 + 4)):  # fractions are slow: a band of sizes, all counts
            x1, x2 = (grid.ravel() for grid in np.meshgrid(np.arange(0, n1 + 1, 4), np.arange(0, n2 + 1, 3)))
            found = below_four_fifths(x1, n1, x2, n2)
            told = [
                b > 0 and Fraction(int(a), n1) / Fraction(int(b), n2) < Fraction(4, 5)
                for a, b in zip(x1, x2, strict=True)
            ]
            assert found.tolist() == told
    x = np.arange(61)
    for n1 in range(1, 61):
        for n2 in range(1, 61):
            a, b = np.meshgrid(x[: n1 + 1], x[: n2 + 1])
            whole = 5 * a * n2 < 4 * b * n1
            sure = np.abs(a / n1 - 0.8 * b / n2) > 1e-9
            assert (whole == (a / n1 < 0.8 * b / n2))[sure].all()
