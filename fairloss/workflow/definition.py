"""What an audit definition says: the frozen record behind every ``audit.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from fairloss.audit import Regime
from fairloss.audit.statements.toml_files import read_toml
from fairloss.content import content_folder
from fairloss.errors import InputError, UnknownName, quote
from fairloss.workflow.fields import NotionName, Record, RegimeText, StatementText

__all__ = ["Audited", "Data", "Definition", "Goal", "Mitigation", "Split", "definitions", "read_definition"]


class Data(Record):
    """Which rows and columns are used.

    Parameters
    ----------
    card : str, optional
        The data card; without one, the run needs ``--data`` and the roles below say what the columns are.
    table : str, optional
        Which table of the card.
    sensitive : tuple of str
        The attributes whose groups must not differ. The model never sees them.
    also_audited : tuple of str
        Further attributes that are audited.
    model_may_use : tuple of str
        Sensitive columns of the card that the model may see all the same; by default it sees none of them.
    label : str, optional
        The column to predict; the card's label where not given.
    favorable : tuple of str or int
        The label values that are the better outcome for the person; the card's where not given.
    not_features : tuple of str
        Further columns that the model must not see.
    """

    card: str | None = None
    table: str | None = None
    sensitive: tuple[str, ...] = Field(min_length=1)
    also_audited: tuple[str, ...] = ()
    model_may_use: tuple[str, ...] = ()
    label: str | None = None
    favorable: tuple[str | int, ...] = ()
    not_features: tuple[str, ...] = ()


class Split(Record):
    """How rows are divided: parts to train on, to choose on, and to report on, stratified by label and group.

    Parameters
    ----------
    test : float
        The share of rows that only the final figures see.
    validation : float
        The share of the other rows on which thresholds are fitted and the model is chosen.
    seeds : tuple of int
        One split and one training for each; figures are means over them, the detailed audit is that of the first.
    """

    test: float = Field(default=0.3, gt=0, lt=1)
    validation: float = Field(default=0.15, gt=0, lt=1)
    seeds: tuple[int, ...] = Field(default=(0,), min_length=1)


class Goal(Record):
    """What the chosen model must hold.

    Parameters
    ----------
    notion : str
        A notion of the catalogue.
    tolerance : float
        The largest gap between two groups.
    source : str
        Where the tolerance comes from: a policy, a convention, a rule.
    attribute_at_decision : bool
        Whether the chosen model may read the attribute when it decides.
    minimum_support : int
        Groups with fewer rows take no part in training, choice and gap: their rates are noise. They are audited all the
        same, with the intervals that so few rows give.
    """

    notion: NotionName
    tolerance: float = Field(ge=0)
    source: str
    attribute_at_decision: bool = False
    minimum_support: int = Field(default=30, ge=1)


class Mitigation(Record):
    """One way to mitigate.

    Parameters
    ----------
    method : str
        A name of the catalogue ``fairloss.workflow.MITIGATIONS``.
    notion : str, optional
        The notion it aims at, for methods that aim at one.
    tolerance : float, optional
        The tolerance it is asked for.
    """

    method: str
    notion: NotionName | None = None
    tolerance: float | None = Field(default=None, ge=0)

    @property
    def name(self) -> str:
        """A short name that tells one mitigation of a run from another, as ``"reweighing"``."""
        aim = "" if self.notion is None else f", {self.notion}"
        within = "" if self.tolerance is None else f" {self.tolerance:g}"
        return f"{self.method}{aim}{within}".replace("_", " ")


class Audited(Record):
    """What is measured.

    Parameters
    ----------
    notions : tuple of str
        The notions that the audit reports.
    level : float
        The confidence level of every interval.
    cross : bool
        Whether several attributes are also crossed.
    strata : tuple of str
        Columns that may explain a gap: rates are also given within their values, and gaps with them held constant.
    reference : {"highest", "largest"} or mapping of attribute to group
        What each group is compared with.
    missing : {"group", "unknown"}
        Rows without a value of an attribute: a group of their own, or left out of its table, counted and said so.
    regimes : tuple of str or mapping
        What law and practice ask: names of `fairloss.audit.REGIMES`, or whole texts. In ``audit.toml`` also the name of
        a TOML file beside it, whose text is then part of the definition.
    random_state : int
        The seed of permutations.
    """

    notions: tuple[NotionName, ...] = ("demographic_parity", "equalized_odds", "predictive_parity")
    level: float = Field(default=0.95, gt=0.5, lt=1)
    cross: bool = True
    strata: tuple[str, ...] = ()
    reference: Literal["highest", "largest"] | dict[str, str] = "highest"
    missing: Literal["group", "unknown"] = "group"
    regimes: tuple[RegimeText, ...] = ()
    random_state: int = Field(default=0, ge=0, lt=2**32)

    @property
    def of_groups(self) -> dict[str, Any]:
        """What every audit of a run is asked, by the arguments of `fairloss.audit_predictions`."""
        return {name: getattr(self, name) for name in ("level", "cross", "reference", "missing", "random_state")}

    @property
    def of_decisions(self) -> dict[str, Any]:
        """What the audits of decisions are asked besides."""
        regimes = [one if isinstance(one, str) else Regime.of(one) for one in self.regimes]
        return {"notions": self.notions, "regimes": regimes}


class Definition(Record):
    """An audit, declared: what people sign, diff and archive without running code.

    Parameters
    ----------
    name : str
        The name of the folder.
    title, question : str
        What is audited, and what it asks.
    kind : {"hr", "credit", "general"}
        The field.
    data, split, goal, mitigations, audit
        See `Data`, `Split`, `Goal`, `Mitigation`, `Audited`.
    statement : mapping
        What no count can say and people state, by the fields of `fairloss.audit.Statement`; in ``audit.toml`` a table,
        or the name of a TOML file beside it.
    does_not_establish : tuple of str
        What a reader must not conclude.

    Examples
    --------
    >>> read_definition("credit_approval").goal.notion
    'demographic_parity'
    """

    name: str
    title: str
    question: str
    kind: Literal["hr", "credit", "general"] = "general"
    data: Data
    split: Split = Split()
    goal: Goal
    mitigations: tuple[Mitigation, ...] = Field(min_length=1)
    audit: Audited = Audited()
    statement: StatementText
    does_not_establish: tuple[str, ...] = Field(min_length=1)

    @property
    def stated(self) -> dict[str, Any] | None:
        """The statement of both audits, whose limits are what is not established; None where nothing is stated."""
        return {"limits": list(self.does_not_establish), **self.statement} if self.statement else None


def definitions() -> tuple[str, ...]:
    """Name the audit definitions that ship."""
    return tuple(sorted(path.parent.name for path in content_folder("audits").glob("*/audit.toml")))


def read_definition(name: str | Path) -> Definition:
    """Read a shipped definition by name, or one of your own from a path.

    Parameters
    ----------
    name : str or Path
        A name of `definitions`, an ``audit.toml``, or a folder that holds one.

    Raises
    ------
    UnknownName
        When there is neither a definition nor a file of that name; the message offers the near ones.
    InputError
        When the file cannot be read or does not define an audit; every fault is listed.
    """
    path = Path(name)
    if str(name) in definitions():
        path = content_folder("audits") / str(name)
    elif not path.exists():
        raise UnknownName("audit definition", str(name), definitions())
    path = path / "audit.toml" if path.is_dir() else path
    try:
        found = _with_files(tomllib.loads(path.read_text("utf-8")), path.parent)
        return Definition.model_validate({"name": path.resolve().parent.name, **found})
    except OSError as error:
        raise InputError(
            f"The audit definition {quote(str(path))} cannot be read: {error.strerror}. Check the path."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"The audit definition {quote(str(path))} is not TOML: {quote(str(error))}. Mend the file."
        ) from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in error.errors())
        raise InputError(f"The audit definition {quote(str(path))} cannot be used: {faults}. Mend the file.") from error


def _with_files(found: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Put the texts of the TOML files that are named in their places, so that the definition holds all of itself."""
    if isinstance(found.get("statement"), str):
        found["statement"] = read_toml(folder / found["statement"], "A statement")
    audit = found.get("audit")
    if isinstance(audit, dict) and isinstance(audit.get("regimes"), list):
        audit["regimes"] = [_with_file(one, folder) for one in audit["regimes"]]
    return found


def _with_file(regime: Any, folder: Path) -> Any:
    is_file = isinstance(regime, str) and regime.endswith(".toml")
    return read_toml(folder / regime, "A regime") if is_file else regime
