"""The traps of real files, each on a small table of its own."""

from __future__ import annotations

import gzip
import struct

import pandas as pd
import pytest

from fairloss.datasets.derive import derive_column
from fairloss.datasets.reading import read_table
from fairloss.datasets.table import Derive, Table
from fairloss.errors import InputError, MissingColumn


@pytest.fixture
def read(tmp_path):
    """Write texts to files and read them as a card would."""

    def of(*contents, columns=None, **options):
        paths = []
        for number, content in enumerate(contents):
            paths.append(tmp_path / f"file{number}.csv")
            paths[-1].write_bytes(content if isinstance(content, bytes) else content.encode())
        table = Table.model_validate(
            {
                "unit": "a row",
                "files": [path.name for path in paths],
                "read": options,
                "columns": columns or {"a": "category", "b": "integer"},
                "label": {"column": "b" if columns is None else next(iter(columns)), "kind": "classes", "means": "x."},
                "split": {"kind": "random", "about": "x."},
                "reference": {"rows": 1},
            }
        )
        return read_table(table, tuple(paths))

    return of


def test_only_the_exact_codes_are_missing(read):
    frame = read("a,b\nNA,1\nnan,2\n?,3\n,4\nNone,5\nunknown,6\nnull,7\n", missing=["?", ""])
    assert frame["a"].isna().tolist() == [False, False, True, True, False, False, False]
    assert frame["a"].dropna().tolist() == ["NA", "nan", "None", "unknown", "null"]
    assert frame["b"].dtype == "int64"


def test_code_is_missing_in_one_column_only(read):
    frame = read("a,b\n3,3\n1,\n", missing=[""], missing_in={"a": ["3"]})
    assert frame["a"].isna().tolist() == [True, False]
    assert frame["b"].tolist()[0] == 3.0


@pytest.mark.parametrize("code", ["999999", "999999.375"])
def test_number_code_is_missing(read, code):
    frame = read(f"a,b\nx,{code}\ny,7\n", missing=["999999", "999999.375"])
    assert frame["b"].isna().tolist() == [True, False]


def test_byte_order_mark_and_line_ends(read):
    frame = read(b"\xef\xbb\xbfa,b\r\nx,1\r\n\r\n")
    assert list(frame) == ["a", "b"]
    assert len(frame) == 1


def test_separator_quotes_commas_and_spaces(read):
    frame = read('"a";"b"\n"x; ""y"", z \U0001f642";1\n', separator=";")
    assert frame["a"].tolist() == ['x; "y", z \U0001f642']


def test_no_header_space_after_comma_comment_suffix_and_parts(read):
    frame = read(
        "x, 1\ny, 2\n\n",
        "|1x3 Cross validator\nx., 3\n",
        header=False,
        comment="|",
        spaces_after_separator=True,
        suffix={"a": "."},
        part={"column": "part", "values": ["train", "test"]},
    )
    assert frame.to_dict("list") == {"a": ["x", "y", "x"], "b": [1, 2, 3], "part": ["train", "train", "test"]}


def test_row_names_are_dropped_with_and_without_a_name(read):
    assert list(read("rownames,a,b\n1,x,1\n", drop=["rownames"])) == ["a", "b"]
    assert list(read(",a,b\n1,x,1\n", drop=[""])) == ["a", "b"]


def test_counts_are_expanded(read):
    frame = read("a,b\nx,2\ny,0\nz,1\n", repeat="b")
    assert frame.to_dict("list") == {"a": ["x", "x", "z"]}


def test_whole_numbers_written_as_decimals_and_powers(read):
    assert read("a,b\nx,2.00E+05\ny,1.0\n")["b"].tolist() == [200_000, 1]


def test_columns_that_the_card_does_not_know_are_kept(read):
    assert read("c,b,a\n<b>,1,x\n").to_dict("list") == {"a": ["x"], "b": [1], "c": ["<b>"]}


@pytest.mark.parametrize("bad", ["1.5", "one", "inf", "nan", "1e400"])
def test_value_of_the_wrong_kind_names_column_and_row(read, bad):
    with pytest.raises(InputError, match=rf"'b' of .*whole numbers, but data row 2 has '{bad}'"):
        read(f"a,b\nx,1\ny,{bad}\n")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "is not a table"),
        (b"a,b\n", "no rows"),
        (b"a,b\nx,1,2\n", "is not a table"),
        (b"a,b\n\xff\xfe,1\n", "is not a table"),
        (b"a,b,b\nx,1,2\n", "two columns named 'b'"),
    ],
)
def test_file_that_is_not_a_table_is_one_sentence(read, content, fault):
    with pytest.raises(InputError, match=fault) as caught:
        read(content)
    assert "\n" not in str(caught.value)


def test_absent_column_offers_the_near_ones(read):
    with pytest.raises(MissingColumn, match=r"'b', but the table has 'a', 'bb'\. Did you mean 'bb'"):
        read("a,bb\nx,1\n")


def test_headerless_file_of_another_width(read):
    with pytest.raises(InputError, match="should have 2 columns, but has 3"):
        read("x,1,2\n", header=False)


def idx(shape, values):
    content = bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + bytes(values)
    return gzip.compress(content, mtime=0)  # names of tests are made of it


def test_idx_images_and_labels(read):
    columns = {"pixel": "pixels", "digit": "integer"}
    frame = read(idx((2, 1, 2), [1, 2, 3, 255]), idx((2,), [7, 0]), columns=columns, format="idx")
    assert frame.to_dict("list") == {"pixel_0": [1, 3], "pixel_1": [2, 255], "digit": [7, 0]}


@pytest.mark.parametrize(
    ("images", "fault"),
    [
        (b"plain text", "cannot be unpacked"),
        (idx((2, 1, 2), [1, 2, 3, 4])[:-9], "cannot be unpacked"),
        (gzip.compress(b"", mtime=0), "not an IDX array"),
        (gzip.compress(b"\0\0\x08\x03\0\0", mtime=0), "not an IDX array"),
        (gzip.compress(b"\0\0\x0d\x01\0\0\0\x01\0", mtime=0), "not an IDX array"),
        (idx((2, 1, 2), [1, 2, 3]), "not an IDX array"),
        (idx((3, 1, 1), [1, 2, 3]), "unequal numbers of rows"),
    ],
)
def test_broken_idx_is_one_sentence(read, images, fault):
    with pytest.raises(InputError, match=fault):
        read(images, idx((2,), [7, 0]), columns={"pixel": "pixels", "digit": "integer"}, format="idx")


def test_cut_points_belong_to_the_upper_interval_and_missing_stays_missing():
    rule = Derive(column="g", source="age", cut=(25, 60), names=("young", "middle", "old"))
    derived = derive_column(pd.DataFrame({"age": [24.9, 25, 59.9, 60, None]}), rule)
    assert derived.tolist()[:4] == ["young", "middle", "middle", "old"]
    assert pd.isna(derived.iloc[4])


@pytest.mark.parametrize("codes", [[1, 2], [1.0, 2.0, None], ["1", "2", None]])
def test_codes_become_readable(codes):
    rule = Derive(column="sex", source="sex", values={"1": "male", "2": "female"})
    derived = derive_column(pd.DataFrame({"sex": codes}), rule)
    assert derived.tolist()[:2] == ["male", "female"]
    assert derived.isna().sum() == len(codes) - 2


def test_unknown_code_is_an_error():
    rule = Derive(column="sex", source="sex", values={"1": "male", "2": "female"})
    with pytest.raises(InputError, match="'sex' should hold only 1, 2, but has '3'"):
        derive_column(pd.DataFrame({"sex": [1, 3]}), rule)


def test_runs_count_changes():
    rule = Derive(column="run", source="month", runs=True)
    assert derive_column(pd.DataFrame({"month": list("mmjjm")}), rule).tolist() == [1, 1, 2, 2, 3]


def test_flags_name_a_group_or_nothing():
    rule = Derive(column="race", flags={"black": "black", "white": "white"})
    derived = derive_column(pd.DataFrame({"black": [1, 0, 0], "white": [0, 1, 0]}), rule)
    assert derived.tolist()[:2] == ["black", "white"]
    assert derived.isna().tolist() == [False, False, True]
    with pytest.raises(InputError, match="two of them"):
        derive_column(pd.DataFrame({"black": [1], "white": [1]}), rule)
