"""What a data card says: the frozen record behind every ``card.toml``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from fairloss.datasets.table import Record, Table

__all__ = ["Card", "File", "Simulation"]


class File(Record):
    """One file of the source: its checksum, and its public address where one is certain.

    Parameters
    ----------
    sha256 : str
        The checksum of the genuine file, 64 hexadecimal digits.
    url : str, optional
        An https address that serves exactly this file.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    url: str | None = Field(default=None, pattern=r"^https://")


class Simulation(Record):
    """How a simulated set is made: the generator, its size, its seed, and every planted bias.

    Parameters
    ----------
    generator : str
        The name of the generator in ``fairloss.datasets``.
    rows : int
        The number of rows of the shipped table.
    seed : int
        The seed of the shipped table.
    parameters : dict of str to float
        Every parameter of the generator; 0 switches a bias off.
    about : dict of str to str
        What each parameter means, and what in the table shows it.
    """

    generator: str
    rows: int = Field(gt=0)
    seed: int = Field(ge=0)
    parameters: dict[str, float]
    about: dict[str, str]


class Card(Record):
    """Everything that must be known about a data set before it is used.

    Parameters
    ----------
    name : str
        The name of the folder, and of :func:`fairloss.datasets.load`.
    title, field, summary : str
        What it is, the field it belongs to, and one paragraph about it.
    source, citation, license, obtain : str
        Where it comes from, how to cite it, under which license, and how to get it.
    redistribution : {"yes", "copyleft", "unclear"}
        Whether a copy may be passed on; copyleft: only under the same license.
    files : dict of str to File
        The files of the source.
    default : str
        The table that is loaded when none is named.
    tables : dict of str to Table
        The tables.
    simulation : Simulation, optional
        How the set is made, where it is simulated.
    defects : tuple of str
        Known trouble of the whole set.

    Examples
    --------
    >>> from fairloss.datasets import card
    >>> card("adult").tables["adult"].label.favorable
    ('>50K',)
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    field: Literal["credit", "education", "hiring", "images", "income", "justice", "marketing", "pay"]
    summary: str
    source: str
    citation: str
    license: str
    redistribution: Literal["yes", "copyleft", "unclear"]
    obtain: str
    files: dict[str, File] = Field(default_factory=dict)
    default: str
    tables: dict[str, Table]
    simulation: Simulation | None = None
    defects: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_exist(self) -> Card:
        if self.default not in self.tables:
            raise ValueError(f"the default table {self.default!r} is not one of the tables")
        strangers = {file for table in self.tables.values() for file in table.files} - set(self.files)
        if strangers:
            raise ValueError(f"no checksum is given for {', '.join(sorted(strangers))}")
        return self
