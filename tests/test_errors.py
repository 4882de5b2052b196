"""The sentences of errors: escaped, on one line, short, and with the near names."""

from __future__ import annotations

import pytest

from fairloss.errors import MissingColumn, MissingExtra, UnknownName, UnknownNotion, quote


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "'plain'"),
        ("a\nb\x1b[2J", r"'a\nb\x1b[2J'"),
        ("\u202eabc", r"'\u202eabc'"),
        (0.25, "0.25"),
        (("F", "x"), "('F', 'x')"),
    ],
)
def test_values_are_shown_escaped_on_one_line(value: object, shown: str) -> None:
    assert quote(value) == shown


def test_of_a_long_value_both_ends_are_shown() -> None:
    shown = quote("/some/very/long/folder/" * 20 + "absent.csv")
    assert len(shown) == 80
    assert shown.startswith("'/some/very")
    assert shown.endswith("absent.csv'")


def test_unknown_names_offer_the_near_ones_and_list_the_known() -> None:
    error = UnknownNotion("equalised odds", ["equalized_odds", "accuracy_equality"])
    assert error.near == ("equalized_odds",)
    assert str(error) == (
        "Unknown notion 'equalised odds'. Did you mean 'equalized_odds'? Known notions: accuracy_equality, "
        "equalized_odds."
    )
    assert str(UnknownName("method", "zzz", ["a"])) == "Unknown method 'zzz'. Known methods: a."
    assert str(UnknownName("kind of audit", "zzz", ["a"])).endswith("Known kinds of audit: a.")


def test_a_missing_column_names_the_columns_that_exist_but_not_all_of_a_thousand() -> None:
    sentence = str(MissingColumn("The label", "hird", ["hired", *(f"c{i}" for i in range(1000))]))
    assert "Did you mean 'hired'?" in sentence
    assert len(sentence) < 300
    assert "the table has no columns" in str(MissingColumn("The label", "x", []))


def test_a_missing_library_names_the_extra() -> None:
    error = MissingExtra("Reading 't.parquet'", "pyarrow", "arrow")
    assert str(error).endswith("Run: pip install 'fairloss-toolkit[arrow]'.")
    assert isinstance(error, ImportError)
