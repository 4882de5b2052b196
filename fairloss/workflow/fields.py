"""What fields of a definition may hold: names of the catalogue, regimes, and what people state; checked when read."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fairloss.audit import Regime, Statement
from fairloss.audit.regimes.catalogue import resolve_regimes
from fairloss.notions import resolve

__all__ = ["NotionName", "Record", "RegimeText", "StatementText"]


class Record(BaseModel):
    """A frozen part of a definition; fields that it does not know are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1)


def _known(notion: str) -> str:
    return resolve(notion).name


def _regime(given: str | dict[str, Any]) -> str | dict[str, Any]:
    """Check a regime: a name stays a name, and a whole text is brought into the form that a record keeps."""
    if isinstance(given, dict):
        return Regime.of(given).to_mapping()
    return resolve_regimes(given)[0].name


def _stated(given: dict[str, Any]) -> dict[str, Any]:
    return dict(Statement.of(given).fields)


NotionName = Annotated[str, AfterValidator(_known)]
"""The name of a notion; aliases become names."""

RegimeText = Annotated[str | dict[str, Any], AfterValidator(_regime)]
"""The name of a regime that ships, or the whole text of one."""

StatementText = Annotated[dict[str, Any], AfterValidator(_stated), Field(default_factory=dict)]
"""What people state, by the fields of `fairloss.audit.Statement`."""
