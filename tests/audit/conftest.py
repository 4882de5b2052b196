"""Audits that several tests read."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from fairloss.audit import AuditReport, audit_predictions

HOSTILE = (
    "<script>alert(1)</script>",
    "\"quoted\" & 'single' </svg></style>",
    "\u202eright to left\u202c \u05d0\u05d1\u05d2",
    "\U0001f469\U0001f3fd\u200d\U0001f4bb emoji",
    "x" * 500,
    "=1+1 | `code` *bold* {{ 7 * 7 }} {% if %}",
    "",
)
VOID = {"meta", "br", "hr", "img", "input", "link", "circle", "rect", "path", "line"}


class Page(HTMLParser):
    """Reads a page strictly: every element is closed in order; tags, attributes and texts are kept."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.texts: list[str] = []
        self.ids: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.texts.append(data)


@pytest.fixture(scope="session")
def parse() -> Callable[[str], Page]:
    """Give the strict reader of pages."""
    return Page


@pytest.fixture(scope="session")
def people() -> dict[str, Any]:
    """Give 3,000 people with two attributes, labels, scores and decisions; one crossed group is small."""
    rng = np.random.default_rng(11)
    n = 3000
    sex = rng.choice(["F", "M"], n)
    race = rng.choice(["A", "B", "C"], n, p=[0.6, 0.38, 0.02])
    label = (rng.random(n) < np.where(sex == "F", 0.3, 0.45)).astype(int)
    score = np.clip(0.5 * label + 0.6 * rng.random(n) - 0.1 * (race == "B"), 0, 1)
    return {"sex": sex, "race": race, "label": label, "score": score, "decision": (score > 0.5).astype(int)}


@pytest.fixture(scope="session")
def report(people: dict[str, Any]) -> AuditReport:
    """Give the usual audit of these people."""
    return audit_predictions(
        people["label"],
        people["decision"],
        sensitive_features={"sex": people["sex"], "race": people["race"]},
        y_score=people["score"],
        about={"title": "Three thousand people", "source": "a simulation", "seed": 11},
    )


@pytest.fixture(scope="session")
def hostile() -> AuditReport:
    """Give an audit whose every name and text wants to break the page."""
    rng = np.random.default_rng(3)
    names = np.array(HOSTILE, dtype=object)[rng.integers(0, len(HOSTILE), 700)]
    label = rng.integers(0, 2, 700)
    title = "</title><script>alert(2)</script>"
    return audit_predictions(
        label,
        rng.integers(0, 2, 700),
        sensitive_features={"<b>attribute</b>": names, "ok": rng.choice(["p", "q"], 700)},
        y_score=rng.random(700),
        about={"title": title, "source": "<img src=x onerror=alert(3)>", "model": HOSTILE[1], "created": "<i>"},
    )


@pytest.fixture(scope="session")
def branches() -> dict[str, Any]:
    """Give 600 people of 25 branches, of which some are strict."""
    rng = np.random.default_rng(1)
    branch, tough = rng.integers(0, 25, 600), rng.normal(0, 1, 25)
    sex = rng.choice(["F", "M"], 600)
    chance = 1 / (1 + np.exp(-tough[branch] - 0.4 * (sex == "M")))
    return {"branch": branch, "sex": sex, "label": rng.integers(0, 2, 600), "chosen": (rng.random(600) < chance) * 1}


@pytest.fixture
def spark() -> Iterator[Any]:
    """Start a session on two threads."""
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, and there is none on this machine")
    sql = pytest.importorskip("pyspark.sql")
    settings = {
        "spark.master": "local[2]",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",  # compile quickly rather than well
        "spark.driver.memory": "1g",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",  # others are moments, and no dates of a calendar
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    session = sql.SparkSession.builder.config(map=settings).getOrCreate()
    yield session
    session.stop()
