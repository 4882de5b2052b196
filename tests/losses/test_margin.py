"""The margin of a constraint: what the noise of the rows takes from the tolerance, against loops."""

from __future__ import annotations

from math import inf, nan

import pytest
import torch

from fairloss.errors import InputError
from fairloss.losses import Constraint, FairLoss
from fairloss.losses.guards.held_out import judge_rows
from fairloss.losses.soft_counts import count
from fairloss.notions import NOTIONS, resolve

COMPARED = [name for name, notion in NOTIONS.items() if notion.comparison.kind != "level"]
SHARES = [name for name in COMPARED if all(getattr(rate, "is_proportion", False) for rate in NOTIONS[name].rates)]


def shares(notion, decision, label, codes, weight):
    """For each rate and group the share, the variance of rows that weigh differently, and the rows, one by one."""
    found = []
    for rate in resolve(notion).rates:
        groups = []
        for group in sorted(set(codes)):
            rows = [
                (w, rate.of.weights[int(y)][int(d)])
                for d, y, g, w in zip(decision, label, codes, weight, strict=True)
                if g == group and rate.among.weights[int(y)][int(d)]
            ]
            total = sum(w for w, _ in rows)
            share = sum(w * x for w, x in rows) / total if total else nan
            noise = sum(w * w * (x - share) ** 2 for w, x in rows) / total**2 if total else nan
            groups.append((share, noise, len(rows)))
        found.append(groups)
    return found


def pairs(groups):
    return [(a, b) for a in range(len(groups)) for b in range(len(groups)) if a != b]


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("margin", [0.5, 1.0, 40.0])
@pytest.mark.parametrize("notion", SHARES)
def test_fitted_rows_keep_the_margin(batch, notion, margin, weighted):
    logits, labels, codes = batch(n=300)
    weight = torch.linspace(0.5, 2, 300, dtype=torch.float64) if weighted else None
    each = [1.0] * 300 if weight is None else weight.tolist()
    expected = -inf
    for groups in shares(notion, logits >= 0, labels, codes.tolist(), each):
        for a, b in pairs(groups):
            error = (groups[a][1] + groups[b][1]) ** 0.5
            expected = max(expected, abs(groups[a][0] - groups[b][0]) + min(margin * error, 0.025))
    criterion = FairLoss("bce_with_logits", Constraint(notion, 0.05, margin=margin), groups=3)
    found = judge_rows(criterion, logits, labels, codes, weight, fitted=True)
    assert found.violation == pytest.approx(max(expected - 0.05, 0), rel=1e-9)
    bare = FairLoss("bce_with_logits", Constraint(notion, 0.05), groups=3)
    plain = judge_rows(bare, logits, labels, codes, weight)
    assert judge_rows(bare, logits, labels, codes, weight, fitted=True) == plain
    assert judge_rows(criterion, logits, labels, codes, weight) == plain


@pytest.mark.parametrize("notion", SHARES)
def test_multipliers_rise_by_the_margin(batch, notion):
    """Between two groups the pace is the same with and without, so the steps tell the violations."""
    logits, labels, codes = batch(n=200, groups=2)
    steps = []
    for margin in (0.0, 0.8):
        criterion = FairLoss("bce_with_logits", Constraint(notion, 0.05, margin=margin), groups=2, memory=50).double()
        criterion.terms[0].pressure = torch.ones(1, len(NOTIONS[notion].rates), 2, 2, dtype=torch.float64)
        criterion(logits, labels, codes)
        steps.append(criterion.terms[0].pressure[0])
    for r, groups in enumerate(shares(notion, logits >= 0, labels, codes.tolist(), [1.0] * 200)):
        # without bias: of n rows, the variance divides by n - 1
        noise = sum(variance * rows / (rows - 1) for _, variance, rows in groups)
        for a, b in pairs(groups):
            violation = groups[a][0] - groups[b][0] - 0.05
            widened = violation + min(0.8 * noise**0.5, 0.025)
            moved = [(step[r, a, b] - 1).item() for step in steps]
            assert moved[1] * violation == pytest.approx(moved[0] * widened, rel=1e-9)


def test_a_group_of_one_row_takes_half_of_the_tolerance(batch):
    logits, labels, codes = batch(n=60, groups=2)
    codes[0] = 2
    criterion = FairLoss("bce_with_logits", Constraint("demographic_parity", 0.1, margin=1.0), groups=3).double()
    term = criterion.terms[0]
    members = torch.nn.functional.one_hot(codes).double()
    decided = (logits >= 0).double()[:, None]
    cells = count(members, labels[:, None], decided)
    allowed = term._allowed(cells)
    assert allowed[0, 0, :2, 2].tolist() == [0.05, 0.05]
    assert (allowed >= 0.05).all()
    criterion(logits, labels, codes)
    assert term.pressure.isfinite().all()


def test_a_margin_needs_decisions_between_groups(batch):
    logits, labels, codes = batch()
    for make in (
        lambda **settings: ("mse", Constraint("demographic_parity", 0.01, **settings)),
        lambda **settings: ("mse", Constraint("demographic_parity", 0.01, of="output", **settings)),
        lambda **settings: ("mse", Constraint("bounded_group_loss", 0.01, of="loss", **settings)),
    ):
        seen = []
        for margin in (0.0, 3.0):
            criterion = FairLoss(*make(margin=margin), groups=3).double()
            criterion(logits, labels, codes)
            judged = judge_rows(criterion, logits, labels, codes, fitted=True)
            seen.append((judged.violation, criterion.terms[0].pressure.tolist()))
        assert seen[0] == seen[1]


@pytest.mark.parametrize("margin", [-1.0, nan, inf])
def test_a_margin_is_a_number_of_standard_errors(margin):
    with pytest.raises(InputError, match="standard errors of 0 or more"):
        Constraint("demographic_parity", 0.05, margin=margin)
