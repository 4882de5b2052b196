"""What a card says about one table: how it is read, and what its columns mean."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Derive", "Label", "Part", "Read", "Record", "Reference", "Split", "Table"]

Kind = Literal["category", "integer", "number", "pixels"]
Text = dict[str, str]


class Record(BaseModel):
    """A frozen part of a card; a field that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(Record):
    """The column that says which file a row came from, where a table joins several files.

    Parameters
    ----------
    column : str
        The name of the column that is added.
    values : tuple of str
        One value per file, in the order of the table's files.
    """

    column: str
    values: tuple[str, ...]


class Read(Record):
    """How the bytes of a file become cells.

    Every text file is read as UTF-8 with or without a byte-order mark, every cell first as text: nothing is
    missing unless its exact text is one of ``missing``.

    Parameters
    ----------
    format : {"csv", "idx"}
        Separated text, or the gzipped IDX arrays of MNIST.
    separator : str
        The character between two cells.
    header : bool
        Whether the first line names the columns; where it does not, the card's columns do.
    comment : str, optional
        From this character on, a line is not data.
    spaces_after_separator : bool
        Whether to drop the spaces that follow a separator.
    missing : tuple of str
        The exact texts that stand for a missing value in any column.
    missing_in : dict of str to tuple of str
        Further such texts for single columns.
    drop : tuple of str
        Columns that hold only a row number.
    suffix : dict of str to str
        Per column, a text at the end of a value to take off (the dot of ``>50K.``).
    repeat : str, optional
        A column of counts: each row stands for so many people, and is repeated as often.
    part : Part, optional
        The column that says which file a row came from.
    """

    format: Literal["csv", "idx"] = "csv"
    separator: str = Field(default=",", min_length=1, max_length=1)
    header: bool = True
    comment: str | None = Field(default=None, max_length=1)
    spaces_after_separator: bool = False
    missing: tuple[str, ...] = ("",)
    missing_in: dict[str, tuple[str, ...]] = {}
    drop: tuple[str, ...] = ()
    suffix: Text = {}
    repeat: str | None = None
    part: Part | None = None


class Derive(Record):
    """A column that follows from others; exactly one of the four rules is given.

    Parameters
    ----------
    column : str
        The new column; equal to the source where its codes are replaced by readable values.
    source : str, optional
        The column it follows from.
    values : dict of str to str, optional
        Readable value for each code; a code that is not listed is an error, a missing one stays missing.
    cut : tuple of float, optional
        Rising cut points: a value at or above a cut lies in the upper interval, named by ``names``.
    names : tuple of str
        One name more than cut points.
    runs : bool
        Number the runs of equal values, from 1: for rows that are ordered in time.
    flags : dict of str to str, optional
        0/1 columns and the value each stands for; no flag set is a missing value.
    """

    column: str
    source: str | None = None
    values: Text | None = None
    cut: tuple[float, ...] | None = None
    names: tuple[str, ...] = ()
    runs: bool = False
    flags: Text | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Derive:
        rules = [self.values is not None, self.cut is not None, self.runs, self.flags is not None]
        if sum(rules) != 1:
            raise ValueError(f"the derived column {self.column!r} needs exactly one of values, cut, runs and flags")
        if (self.source is None) != (self.flags is not None):
            raise ValueError(f"the derived column {self.column!r} needs a source, or flags instead of one")
        if self.cut is not None and (len(self.names) != len(self.cut) + 1 or list(self.cut) != sorted(set(self.cut))):
            raise ValueError(f"the derived column {self.column!r} needs rising cut points and one name more than those")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that this one follows from."""
        return tuple(self.flags) if self.flags is not None else (str(self.source),)


class Label(Record):
    """What is to be predicted, and what it means for the person.

    Parameters
    ----------
    column : str
        The column of the label.
    kind : {"binary", "classes", "number"}
        Two outcomes (after ``favorable`` is applied), several classes, or a quantity.
    favorable : tuple of str or int
        The values that are the better outcome for the person; for a binary label only.
    better : {"high", "low"}, optional
        Which direction is better for the person; for a quantity only.
    means : str
        The better outcome, in words.
    """

    column: str
    kind: Literal["binary", "classes", "number"]
    favorable: tuple[int | str, ...] = ()
    better: Literal["high", "low"] | None = None
    means: str

    @model_validator(mode="after")
    def _direction(self) -> Label:
        if (self.kind == "binary") != bool(self.favorable) or (self.kind == "number") != (self.better is not None):
            raise ValueError("a binary label needs favorable values, a number needs better, classes need neither")
        return self


class Split(Record):
    """How to split the rows into a part to fit on and a part to test on.

    Parameters
    ----------
    kind : {"random", "given", "group", "time"}
        Rows at random, a column that already says it, whole groups of dependent rows, or earlier against later.
    column : str, optional
        The column that says it, the group or the time.
    about : str
        The recommendation, in words.
    """

    kind: Literal["random", "given", "group", "time"]
    column: str | None = None
    about: str


class Reference(Record):
    """What the genuine table looks like; a copy that differs is reported when it is loaded.

    Parameters
    ----------
    rows : int
        Rows after reading (repeated ones counted).
    missing : dict of str to int
        Missing values per column; a column that is not listed has none.
    groups : dict of str to dict of str to int
        Rows per value of each sensitive column and of the label, missing values not counted.
    """

    rows: int = Field(gt=0)
    missing: dict[str, int] = {}
    groups: dict[str, dict[str, int]] = {}


class Table(Record):
    """One table of a data set: how it is read and what its columns are.

    Parameters
    ----------
    unit : str
        What one row stands for.
    files : tuple of str
        The files it is read from, joined in this order; none for a table that only a simulator makes.
    read : Read
        How the bytes become cells.
    columns : dict of str to str
        The columns in the order of the file, and their kinds.
    derive : tuple of Derive
        The columns that are added or made readable.
    label : Label
        What is to be predicted.
    sensitive : dict of str to str
        The sensitive columns, and how each was recorded.
    leaks : dict of str to str
        The columns that must not be features because they are known only after the label, and why.
    unavailable : dict of str to str
        The columns that exist only because the data are simulated (the truth that practice never sees).
    identifiers : tuple of str
        Columns that number rows or people, or are constant.
    weight : str, optional
        A survey weight.
    restates : dict of str to tuple of str
        The columns that repeat a sensitive column under another name, and which.
    split : Split
        The recommended split.
    reference : Reference
        What the genuine table looks like.
    defects : tuple of str
        Known trouble of this table.
    """

    unit: str
    files: tuple[str, ...] = ()
    read: Read = Read()
    columns: dict[str, Kind]
    derive: tuple[Derive, ...] = ()
    label: Label
    sensitive: Text = {}
    leaks: Text = {}
    unavailable: Text = {}
    identifiers: tuple[str, ...] = ()
    weight: str | None = None
    restates: dict[str, tuple[str, ...]] = {}
    split: Split
    reference: Reference
    defects: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _columns_exist(self) -> Table:
        known = set(self.columns) | {rule.column for rule in self.derive}
        known |= {self.read.part.column} if self.read.part else set()
        named = [self.label.column, *self.sensitive, *self.leaks, *self.unavailable, *self.identifiers, *self.restates]
        named += [column for columns in self.restates.values() for column in columns]
        named += [source for rule in self.derive for source in rule.sources]
        named += [*self.read.suffix, *self.read.missing_in, *self.reference.groups, *self.reference.missing]
        named += [column for column in (self.weight, self.split.column, self.read.repeat) if column]
        if strangers := sorted(set(named) - known):
            raise ValueError(f"the card speaks of columns that the table does not have: {', '.join(strangers)}")
        if self.read.part and len(self.read.part.values) != len(self.files):
            raise ValueError("the part column needs one value per file")
        return self
