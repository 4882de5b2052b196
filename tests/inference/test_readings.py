"""The seven readings on cases with known numbers, their mirror, and that exactly one always applies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairloss.errors import InputError
from fairloss.inference import READINGS, minimum_detectable_ratio, ratio_interval, read_ratio

CASES = {
    (12, 40, 48, 80): "shortfall_established",
    (26, 48, 206, 259): "difference_established_below_mark",
    (3, 15, 25, 43): "difference_established_below_mark",
    (850, 1000, 930, 1000): "difference_established_shortfall_ruled_out",
    (50, 64, 455, 508): "difference_established_above_mark",
    (555, 1181, 667, 1390): "shortfall_ruled_out",
    (3, 20, 16, 80): "below_mark_by_chance",
    (3, 8, 16, 25): "below_mark_by_chance",
    (6, 19, 25, 43): "below_mark_by_chance",
    (9, 20, 10, 20): "not_resolved",
    (0, 15, 25, 43): "shortfall_established",
}


def read(x1, n1, x2, n2, **options):
    interval = ratio_interval(x1, n1, x2, n2)
    ratio = float("nan") if x1 == x2 == 0 else float("inf") if x2 == 0 else (x1 / n1) / (x2 / n2)
    return read_ratio(ratio, float(interval.low), float(interval.high), **options)


@pytest.mark.parametrize(("table", "code"), CASES.items())
def test_cases(table, code):
    reading = read(*table)
    assert (reading.code, reading.mirrored) == (code, False)


def test_every_reading_has_a_case():
    assert {*CASES.values(), "undefined"} == set(READINGS)


@pytest.mark.parametrize("table", CASES)
def test_the_mirror_is_the_reading_of_the_other_group(table):
    x1, n1, x2, n2 = table
    plain = read(*table, focal="women", reference="men")
    mirror = read(x2, n2, x1, n1, focal="men", reference="women")
    assert mirror.mirrored
    assert (mirror.code, mirror.sentence) == (plain.code, plain.sentence)


def test_a_favored_group():
    reading = read(11, 48, 35, 259)  # the bottom line of Connecticut v. Teal
    assert (reading.code, reading.mirrored) == ("below_mark_by_chance", True)


def test_undefined():
    reading = read(0, 9, 0, 9, focal="women")
    assert (reading.code, reading.mirrored) == ("undefined", False)
    assert "women" in reading.sentence


def test_a_point_at_the_mark_is_not_below_it():
    assert read_ratio(3 / 5 / (6 / 8), 0.4, 1.3).code == "not_resolved"
    assert read_ratio(0.7999, 0.4, 1.3).code == "below_mark_by_chance"


def test_sentences_name_the_groups_and_the_mark():
    assert read_ratio(0.5, 0.3, 0.79, focal="women", reference="men").sentence == (
        "The rate of women is lower than that of men, and a ratio below four-fifths is established."
    )
    assert "below 0.9" in read_ratio(0.5, 0.3, 0.79, mark=0.9).sentence


@given(ends=st.tuples(*[st.floats(0, 4)] * 3).map(sorted), mark=st.sampled_from([0.8, 0.9, 1.0]))
def test_every_ratio_has_a_reading(ends, mark):
    low, point, high = ends
    reading = read_ratio(point, low, high, mark=mark)
    assert reading.code in set(READINGS) - {"undefined"}
    if high < mark:
        assert reading.code == "shortfall_established"
    if low >= mark and not reading.mirrored:
        assert "ruled_out" in reading.code


@pytest.mark.parametrize("arguments", [(0.5, 0.6, 0.4), (0.5, -1, 2)])
def test_an_impossible_interval(arguments):
    with pytest.raises(InputError, match="0 <= low <= high"):
        read_ratio(*arguments)


@pytest.mark.parametrize("mark", [0, 1.25])
def test_an_impossible_mark(mark):
    with pytest.raises(InputError, match=r"four-fifths is 0\.8"):
        read_ratio(0.5, 0.4, 0.6, mark=mark)


def test_what_is_not_resolved_names_the_ratio_that_would_have_been_found():
    """Question 21 of the guidelines: 3 of 20 against 16 of 80 establishes nothing, and could not have found much."""
    detectable = float(minimum_detectable_ratio(0.2, 20, 80))
    reading = read_ratio(0.75, 0.244, 2.041, detectable=detectable)
    assert reading.code == "below_mark_by_chance"
    assert reading.sentence.endswith("no ratio at all would have been found in four of five such samples.")
    detectable = float(minimum_detectable_ratio(0.3, 50, 500))
    assert "0.42 or less" in read_ratio(0.95, 0.6, 1.4, detectable=detectable).sentence
    established = read_ratio(0.5, 0.293, 0.794, detectable=detectable)
    assert "samples" not in established.sentence
