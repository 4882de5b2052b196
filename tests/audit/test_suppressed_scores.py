"""Scores by wider ranges where counts are small: their edges, and what the page says of them."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from fairloss.audit import AuditReport, audit_predictions, export, record_schema, suppress, verify
from fairloss.audit.suppression.scores import common_cuts
from fairloss.errors import InputError

LEAST = 5


def _audit(seed: int, n: int = 2000, *, cut_off: float | None = None) -> AuditReport:
    """Audit people of two sexes and four races, some small, with scores on eight steps within bins."""
    rng = np.random.default_rng(seed)
    race = rng.choice(["a", "b", "c", "d"], n, p=rng.dirichlet([6, 3, 1, 0.6]))
    label = rng.integers(0, 2, n)
    score = (np.clip(rng.integers(0, 8, n) + label, 0, 7) + 0.37) / 8
    decision = rng.integers(0, 2, n) if cut_off is None else score >= cut_off
    features = {"sex": rng.choice(["F", "M"], n), "race": race}
    return audit_predictions(label, decision, sensitive_features=features, y_score=score)


def test_scores_are_shown_where_they_can_be() -> None:
    shown = suppress(_audit(5), LEAST)
    assert [len(one.edges) - 1 for one in shown.scores] == [8, 5]
    assert "scores by sex × race" in dict(shown.evidence["suppression"].left_out)
    assert shown.evidence["suppression"].together
    wide, fine = shown.scores[1].edges, shown.scores[0].edges
    assert set(wide) <= set(fine)  # edges that cross would tell the people between them


def _finest_by_trying(printed: np.ndarray, least: int) -> int:
    """Try every set of edges: the most ranges in which no count is small."""
    bins = printed.shape[1]
    best = 1
    for inner in itertools.chain.from_iterable(itertools.combinations(range(1, bins), k) for k in range(bins)):
        wide = np.add.reduceat(printed, [0, *inner], axis=1)
        if not ((wide > 0) & (wide < least)).any() and wide.sum(0).all():
            best = max(best, wide.shape[1])
    return best


@pytest.mark.parametrize("seed", range(20))
def test_the_edges_make_as_many_ranges_as_there_can_be(seed: int) -> None:
    rng = np.random.default_rng(seed)
    printed = rng.integers(0, 6, (3, 9)) * rng.integers(0, 2, (3, 9))
    if (printed.sum(1) < 4).any():
        printed[:, -1] += 4
    cuts = common_cuts(printed, 4, 100)
    wide = np.add.reduceat(printed, cuts[:-1], axis=1)
    assert (cuts[0], cuts[-1]) == (0, 9)
    assert len(cuts) - 1 == _finest_by_trying(printed, 4)
    assert not ((wide > 0) & (wide < 4)).any()


@pytest.mark.parametrize("seed", range(4))
def test_who_knows_the_cut_off_learns_of_no_few_people_beside_it(seed: int) -> None:
    shown = suppress(_audit(seed, 900, cut_off=4.37 / 8), LEAST)  # within a bin
    checked = 0
    for scores, counts in zip(shown.scores, shown.tables, strict=False):
        above = np.cumsum(np.pad(scores.cells, ((0, 0), (0, 0), (0, 1)))[..., ::-1], -1)[..., ::-1]
        selected = counts.cells[..., 1]
        for at in range(scores.cells.shape[-1]):
            higher, lower = selected - above[..., at + 1], above[..., at] - selected
            if (higher >= 0).all() and (lower >= 0).all():
                checked += 1
                for beside in (higher, lower):
                    assert not ((beside > 0) & (beside < LEAST)).any()
    assert checked


def test_the_page_says_what_ranges_do_to_an_area_and_a_mean() -> None:
    report = _audit(3)
    shown = suppress(report, LEAST)
    said = shown.to_markdown()
    by_sex, by_race = (len(one.edges) - 1 for one in shown.scores)
    assert f"Scores are known by ranges ({by_sex} by sex and {by_race} by race)" in said
    (width,) = {float(found) for found in re.findall(r"may differ by up to ([\d.]+)", said)}
    (tied,) = {float(found) for found in re.findall(r"an AUC by up to ([\d.]+)\.", said)}
    rows, whole = shown.rows("scores"), {(row["attribute"], row["group"]): row for row in report.rows("scores")}
    alike = [(row, whole[row["attribute"], row["group"]]) for row in rows if (row["attribute"], row["group"]) in whole]
    assert len(alike) > 2
    for row, own in alike:
        assert abs(row["auc"] - own["auc"]) <= tied + 0.005
        assert abs(row["mean"] - own["mean"]) <= width + 0.005


def test_uneven_bins_are_kept_in_the_record(tmp_path: Path) -> None:
    shown = suppress(_audit(3), LEAST)
    shown.to_json(tmp_path / "audit.json")
    record = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))
    again = AuditReport.from_json(tmp_path / "audit.json")
    np.testing.assert_array_equal(again.scores[0].edges, shown.scores[0].edges)
    assert again.to_json() == shown.to_json()
    assert Draft202012Validator(record_schema()).is_valid(record)
    record["score_histograms"][0]["edges"].reverse()
    with pytest.raises(InputError, match="edges of a score histogram ascend"):
        verify(record)


def test_all_ranges_stay_where_no_group_is_small() -> None:
    rng = np.random.default_rng(0)
    n = 60_000
    label, score = rng.integers(0, 2, n), rng.random(n)
    report = audit_predictions(label, score > 0.3, sensitive_features=rng.choice(["F", "M"], n), y_score=score)
    shown = suppress(report)
    assert len(shown.scores[0].edges) - 1 > 600
    assert shown.scores[0].auc() == pytest.approx(report.scores[0].auc(), abs=0.001)


def test_few_people_without_a_score_keep_all_scores_out() -> None:
    rng = np.random.default_rng(0)
    score = np.where(np.arange(600) < 3, np.nan, rng.random(600))
    report = audit_predictions(
        rng.integers(0, 2, 600), rng.integers(0, 2, 600), sensitive_features=["F", "M"] * 300, y_score=score
    )
    shown = suppress(report)
    assert not shown.scores
    assert dict(shown.evidence["suppression"].left_out)["score histograms"].endswith(
        "few people of a group have no score"
    )


def test_counts_above_the_median_are_kept_only_where_nobody_near_it_is_told() -> None:
    rng = np.random.default_rng(1)
    sex, score = np.array(["Female", "Male"] * 2000), rng.random(4000)
    asked = {"sensitive_features": {"sex": sex}, "regimes": "us-nyc-ll144", "y_score": score}
    report = audit_predictions(None, score > 0.5, statement={"categories": {"sex": "sex"}}, **asked)
    shown = suppress(report)
    left_out = dict(shown.evidence["suppression"].left_out)
    assert ("median_counts" in shown.evidence) != ("median counts" in left_out)
    if "median_counts" in shown.evidence:
        counts, scores = shown.evidence["median_counts"], shown.scores[0]
        beyond = scores.cells.sum(1)[:, scores.edges[:-1] > counts.median].sum(1)
        assert all(near == 0 or near >= 11 for near in counts.tables[0][1] - beyond)


COUNTED = {"rows", "numerator", "denominator", "favorable", "without_score", "cells", "missing", "filled", "tables"}


def _counts(value: Any, key: str = "") -> Iterator[float]:
    """Walk through a record and give every number that counts people."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _counts(one, name if name in COUNTED or isinstance(one, dict | list) else "")
    elif isinstance(value, list):
        if key == "filled":
            yield from (entry[-1] for entry in value)
            return
        for one in value:
            yield from _counts(one, key)
    elif key in COUNTED and isinstance(value, int | float):
        yield value


@pytest.mark.parametrize("weighted", [False, True])
def test_neither_record_nor_page_nor_exports_hold_a_small_count(weighted: bool) -> None:
    report = _audit(2, 3000)
    rng = np.random.default_rng(2)
    if weighted:
        sex, race = (
            rng.choice(names, 3000, p=p) for names, p in ((["F", "M"], None), (["a", "b", "c"], [0.6, 0.39, 0.01]))
        )
        label, score = rng.integers(0, 2, 3000), rng.random(3000)
        report = audit_predictions(
            label,
            score > 0.4,
            sensitive_features={"sex": sex, "race": race},
            y_score=score,
            sample_weight=np.full(3000, 7.0),
        )
    shown = suppress(report, LEAST)
    record = json.loads(shown.to_json())
    found = list(_counts({name: value for name, value in record.items() if name != "findings"}))
    assert len(found) > 200
    assert {value for value in found if 0 < value < LEAST} == set()
    assert {value for value in _counts(json.loads(report.to_json())) if 0 < value < LEAST}  # the walk sees them
    texts = [
        shown.to_html(),
        shown.to_markdown(),
        *(export(report, to, suppress=LEAST) for to in ("csv", "huggingface")),
    ]
    for text in texts[:2]:
        shares = re.findall(r"\b([\d,]+) of ([\d,]+)\b(?![\d,]| (?:findings|compared|comparisons|draws|rates))", text)
        counted = [(int(x.replace(",", "")), int(n.replace(",", ""))) for x, n in shares]
        counted = [(x, n) for x, n in counted if n not in (2000, 24)]
        assert counted
        assert all(v == 0 or v >= LEAST for x, n in counted for v in (x, n - x)), text
    assert texts[0] == suppress(report, LEAST).to_html() == report.to_html(suppress=LEAST)


def test_views_of_uneven_ranges_say_so() -> None:
    report = _audit(5)
    for text in ("at the upper end of its range", "by ranges of different width"):
        assert text in suppress(report, LEAST).to_markdown() or text in suppress(report, LEAST).to_html()
        assert text not in report.to_html()
