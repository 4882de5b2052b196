"""Counting rows, merging counts, and moving between groups and classes."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fairloss.errors import InputError, UnknownName
from fairloss.notions import RATES, GroupCounts, Grouping, Groups

rows = st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 2), st.integers(0, 2)), max_size=40)


@given(rows=rows)
@settings(max_examples=100, deadline=None)
def test_counts_equal_a_loop_over_the_rows(rows: list[tuple[int, int, int]]) -> None:
    expected = np.zeros((4, 3, 3), dtype=int)
    for g, y, d in rows:
        if g >= 0:
            expected[g, y, d] += 1
    g, y, d = (np.array([row[i] for row in rows], dtype=int) for i in range(3))
    counts = GroupCounts.of(y, d, Groups.of(g, "abcd"), classes=3)
    np.testing.assert_array_equal(counts.cells, expected)
    assert counts.cells.dtype == np.int64


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.int64, np.uint16])
@pytest.mark.parametrize("n_groups", [1, 60, 100])
def test_counts_do_not_depend_on_the_integer_type_or_the_chunk(dtype: type, n_groups: int) -> None:
    rng = np.random.default_rng(0)
    g, y, d = rng.integers(0, n_groups, 150_000), rng.integers(0, 2, 150_000), rng.integers(0, 2, 150_000)
    expected = np.bincount((g * 2 + y) * 2 + d, minlength=n_groups * 4).reshape(n_groups, 2, 2)
    groups = Groups.of(g.astype(dtype), [str(i) for i in range(n_groups)])
    np.testing.assert_array_equal(GroupCounts.of(y.astype(dtype), d.astype(bool), groups).cells, expected)


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64, np.float64, ">i4"])
def test_a_third_class_or_a_negative_one_in_the_last_of_many_rows_is_not_missed(dtype: object) -> None:
    y, d, g = np.zeros(70_000, dtype=dtype), np.ones(70_000, dtype=dtype), np.zeros(70_000, dtype=int)
    y[-1] = 2
    counts = GroupCounts.of(y, d, g)
    assert counts.cells.shape == (1, 3, 3)
    assert counts.cells[0, :, 1].tolist() == [69_999, 0, 1]
    d[-1] = -1
    with pytest.raises(InputError, match=r"decision must be 0 or more, got -1.* in row 69999"):
        GroupCounts.of(y, d, g)


def test_weights_are_summed_with_their_squares() -> None:
    counts = GroupCounts.of([1, 1, 0], [1, 1, 0], [0, 0, 1], weight=[0.5, 2.0, 3.0])
    assert counts.cells[0, 1, 1] == 2.5
    assert counts.squares is not None
    assert counts.squares[0, 1, 1] == 4.25
    assert counts.row_squares[1, 0, 0] == 9.0


def test_a_soft_decision_is_shared_between_the_two_decisions() -> None:
    counts = GroupCounts.of([1, 1], np.array([0.25, 0.5], dtype=np.float32), [0, 0])
    assert counts.cells.tolist() == [[[0.0, 0.0], [1.25, 0.75]]]


@given(rows=rows, cut=st.integers(0, 40))
@settings(max_examples=50, deadline=None)
def test_counts_of_parts_add_up_and_subtract(rows: list[tuple[int, int, int]], cut: int) -> None:
    def counted(part: list[tuple[int, int, int]]) -> GroupCounts:
        g, y, d = (np.array([row[i] for row in part], dtype=int) for i in range(3))
        return GroupCounts.of(y, d, Groups.of(g, "abcd"), classes=3)

    whole, left, right = counted(rows), counted(rows[:cut]), counted(rows[cut:])
    np.testing.assert_array_equal((left + right).cells, whole.cells)
    np.testing.assert_array_equal((whole - left).cells, right.cells)


def test_scaling_is_what_a_decaying_memory_needs() -> None:
    counts = GroupCounts.of([1, 0], [1, 0], [0, 0], weight=[2.0, 4.0]) * 0.5
    assert counts.cells[0].tolist() == [[2.0, 0.0], [0.0, 1.0]]
    assert counts.squares is not None
    assert counts.squares[0].tolist() == [[4.0, 0.0], [0.0, 1.0]]


def _crossed() -> GroupCounts:
    levels = tuple(product(("F", "M"), ("x", "y", "z")))
    rng = np.random.default_rng(3)
    groups = Groups(rng.integers(0, 6, 500), Grouping(("sex", "race"), levels))
    return GroupCounts.of(rng.integers(0, 2, 500), rng.integers(0, 2, 500), groups, rng.uniform(0, 1, 500))


@pytest.mark.parametrize("convert", [lambda c: c, torch.as_tensor])
def test_a_marginal_equals_counting_the_one_attribute(convert: object) -> None:
    counts = _crossed()
    crossed = GroupCounts(convert(counts.cells), convert(counts.squares), counts.grouping)  # type: ignore[operator]
    by_sex = crossed.marginal("sex")
    np.testing.assert_allclose(by_sex.cells, counts.cells.reshape(2, 3, 2, 2).sum(1))
    np.testing.assert_allclose(by_sex.squares, counts.squares.reshape(2, 3, 2, 2).sum(1))
    assert by_sex.names == ("F", "M")
    assert crossed.marginal("race", "sex").names[1] == "y × F"
    np.testing.assert_allclose(crossed.overall().cells[0], counts.cells.sum(0))


def test_regrouping_drops_groups_marked_minus_one() -> None:
    counts = GroupCounts.of([1, 1, 1], [1, 1, 0], [0, 1, 2])
    assert counts.regroup([0, -1, 0], 1).cells.tolist() == [[[0, 0], [1, 1]]]


def test_one_vs_rest_equals_counting_each_class_by_itself() -> None:
    rng = np.random.default_rng(4)
    y, d, g = rng.integers(0, 3, 300), rng.integers(0, 3, 300), rng.integers(0, 2, 300)
    tables = GroupCounts.of(y, d, g).one_vs_rest()
    for c in range(3):
        np.testing.assert_array_equal(tables.cells[c], GroupCounts.of(y == c, d == c, g).cells)
    # True negatives are all rows that are neither: with three classes not "all other true positives".
    assert tables.cells[2, :, 0, 0].sum() == ((y != 2) & (d != 2)).sum()
    assert RATES["accuracy"](tables).shape == (3, 2)
    merged = GroupCounts.of(y, d, g).binary([1, 2])
    np.testing.assert_array_equal(merged.cells, GroupCounts.of(y > 0, d > 0, g).cells)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([1, 0], [1], [0, 0]), "one decision per row, got 1 for 2 group codes"),
        (([1, np.nan], [1, 0], [0, 0]), "label must be a whole number, got nan in row 1"),
        (([1, -1], [1, 0], [0, 0]), "label must be 0 or more, got -1 in row 1. Recode"),
        (([1, 0], [1, 1.5], [0, 0]), "decision must be a whole number, or a share from 0 to 1, got 1.5 in row 1"),
        ((["a", "b"], [1, 0], [0, 0]), "label must be a code 0, 1, ..."),
        (([1, 0], [1, 0], [0, 0], [1, -2]), "weight needs finite numbers from 0 up, got -2.0 in row 1"),
        (([1, 0], [1, 0], [0, -2]), "got -2 in row 1"),
        (([1, 0], [1, 0], [0.5, 1.0]), "one-dimensional integer array"),
        (([[1], [0]], [1, 0], [0, 1]), "must have one dimension"),
        (([1, 0], [0.5, np.nan], [0, 0]), "or a share from 0 to 1, got nan in row 1 (1 such rows)"),
        (([1, 0], [-0.5, 0.5], [0, 0]), "or a share from 0 to 1, got -0.5 in row 0"),
        (([1, 0], [1, 0], [0, 0], ["a", "b"]), 'weight needs one number per row, got "could not convert'),
        (([1, 0], [1, 0], [0, 0], [[1.0], [1.0]]), "weight needs one number per row, got shape (2, 1)"),
        (([0, 10**9], [0, 1], [0, 1]), "got codes for 2 × 1,000,000,001 × 1,000,000,001. Number groups"),
        (([0, 1], [0, 1], [0, 10**9]), "got codes for 1,000,000,001 × 2 × 2"),
    ],
)
def test_bad_rows_are_named_in_one_sentence(arguments: tuple[object, ...], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        GroupCounts.of(*arguments)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.float64])
def test_tensors_are_counted_with_a_graph_and_in_any_precision(dtype: torch.dtype) -> None:
    label, groups = torch.tensor([1, 0, 1]), torch.tensor([0, 1, 1])
    soft = torch.tensor([0.25, 0.5, 1.0], dtype=dtype, requires_grad=True)
    weight = torch.tensor([1.0, 2.0, 0.5], dtype=dtype, requires_grad=True)
    expected = GroupCounts.of([1, 0, 1], [0.25, 0.5, 1.0], [0, 1, 1], [1.0, 2.0, 0.5]).cells
    np.testing.assert_array_equal(GroupCounts.of(label, soft, groups, weight).cells, expected)


def test_many_counts_add_up_with_sum() -> None:
    one, two = GroupCounts.of([1, 0], [1, 1], [0, 1]), GroupCounts.of([1, 1], [0, 1], [0, 1])
    np.testing.assert_array_equal(sum([one, two]).cells, (one + two).cells)
    for strange in (1, None):
        with pytest.raises(TypeError, match="unsupported operand"):
            one + strange  # type: ignore[operator]
        with pytest.raises(TypeError, match="unsupported operand"):
            strange + one  # type: ignore[operator]
        with pytest.raises(TypeError, match="unsupported operand"):
            one - strange  # type: ignore[operator]


def test_counts_of_other_groups_or_shapes_do_not_merge() -> None:
    one = GroupCounts.of([1], [1], Groups.of([0], ["F"]))
    other = GroupCounts.of([1], [1], Groups.of([0], ["M"]))
    with pytest.raises(InputError, match=r"Counts of different groups.*'F'.*'M'"):
        one + other
    with pytest.raises(InputError, match="shapes"):
        GroupCounts(np.zeros((1, 2, 2))) + GroupCounts(np.zeros((2, 2, 2)))
    with pytest.raises(InputError, match="groups, labels, decisions"):
        GroupCounts(np.zeros((2, 2)))
    with pytest.raises(InputError, match="names 1"):
        GroupCounts(np.zeros((2, 2, 2)), grouping=one.grouping)
    with pytest.raises(InputError, match="bare codes"):
        GroupCounts(np.zeros((2, 2, 2))).marginal("sex")


def test_groups_that_would_read_alike_keep_names_of_their_own() -> None:
    grouping = Grouping(("x", "y"), (("a × b", "c"), ("a", "b × c")))
    assert grouping.names == ("'a × b' × 'c'", "'a' × 'b × c'")
    assert [grouping.index(level) for level in grouping.levels] == [0, 1]
    assert [grouping.index(name) for name in grouping.names] == [0, 1]
    plain = Grouping(("x", "y"), (("a", "b"), ("a", "c")))
    assert plain.names == ("a × b", "a × c")
    assert plain.index(["a", "c"]) == plain.index("a × c") == 1


def test_groups_check_their_codes_and_keep_them_on_other_rows() -> None:
    groups = Groups.of([0, 1, -1, 1], ["F", "M"], "sex")
    assert groups[[3, 2]].codes.tolist() == [1, -1]
    assert groups.shape == (4,)
    assert groups[[0]].n_groups == 2
    assert groups.unknown == 1
    with pytest.raises(InputError, match=r"0\.\.1 \(2 groups; -1 is unknown\), got 7 in row 1"):
        Groups.of([0, 7], ["F", "M"])
    with pytest.raises(InputError, match="got a level twice"):
        Groups.of([0], ["F", "F"])
    with pytest.raises(UnknownName, match="Unknown attribute 'rage'"):
        groups.marginal(["rage"])
    with pytest.raises(UnknownName, match="Unknown group 'X'"):
        groups.grouping.index("X")
    with pytest.raises(InputError, match="one level per attribute"):
        Grouping(("sex", "race"), (("F",),))
    assert groups.grouping.index("M") == 1


def test_a_marginal_of_groups_keeps_unknown_rows_unknown() -> None:
    groups = Groups(np.array([0, 1, 2, -1]), Grouping(("sex", "race"), (("F", "x"), ("M", "x"), ("M", "y"))))
    assert groups.marginal(["sex"]).codes.tolist() == [0, 1, 1, -1]
