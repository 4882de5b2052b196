"""What each golden of the audit is checked by: the name of a check to the function of its input."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

from fairloss.audit import audit_counts, audit_predictions
from fairloss.inference import (
    availability_test,
    average_marginal_effect,
    below_four_fifths,
    benjamini_hochberg,
    bonferroni,
    chance_of_improvement,
    cochran_mantel_haenszel,
    cohen_h,
    common_effect,
    difference_interval,
    equality_test,
    holm,
    homogeneity_test,
    kish_size,
    minimum_detectable_ratio,
    odds_ratio_interval,
    omnibus_test,
    phi_coefficient,
    power_at_ratio,
    proxy_posterior,
    proxy_rates,
    rate_interval,
    ratio_e_process,
    ratio_interval,
    read_ratio,
    smallest_ratio_p_value,
    standardized_mean_difference,
    standardized_rates,
    yates_chi_square,
)
from fairloss.notions import GroupCounts, Grouping


def _pair(x1: int, n1: int, x2: int, n2: int) -> GroupCounts:
    cells = np.array([[[n1 - x1, x1]], [[n2 - x2, x2]]])
    return GroupCounts(cells, grouping=Grouping(("group",), (("focal",), ("reference",))))


def _comparison(field: str) -> Callable[..., Any]:
    """Read a number where a reader of an audit finds it."""

    def read(*table: int) -> Any:
        [row] = audit_counts(_pair(*table), reference={"group": "reference"}).rows("comparisons")
        return row[field]

    return read


def _ends(function: Callable[..., Any], method: str) -> Callable[..., Any]:
    def ends(*table: int) -> list[float]:
        found = function(*table, method=method)
        return [float(found.low), float(found.high)]

    return ends


def _wilson(place: int) -> Callable[..., Any]:
    def ends(*table: int) -> list[float]:
        found = rate_interval(*table[place : place + 2])
        return [float(found.low), float(found.high)]

    return ends


def _reading(x1: int, n1: int, x2: int, n2: int) -> str:
    found = ratio_interval(x1, n1, x2, n2)
    return read_ratio(x1 / n1 / (x2 / n2), float(found.low), float(found.high)).code


def _ratios(x: Any, n: Any) -> list[float]:
    rates = np.array(x) / np.array(n)
    return list(rates / rates.max())


def _large(n: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.array(n) >= 0.02 * sum(n)


def _against(adjust: Callable[..., Any], place: int) -> Callable[..., Any]:
    def read(x: Any, n: Any, reference: int) -> float:
        p = _fisher_against(x, n, reference)
        return float(adjust(p)[place])

    return read


def _fisher_against(x: Any, n: Any, reference: int) -> list[float]:
    others = [code for code in range(len(x)) if code != reference]
    pairs = ((x[code], n[code], x[reference], n[reference]) for code in others)
    return [float(equality_test(*pair, method="fisher_exact").p_value) for pair in pairs]


def _false_flags(rate: float, n: int) -> float:
    """Count two groups without a selection as below, as the printed table does; they have no ratio.

    It matters in one place only: 0.780 at rate 0.1 and 30 people is 0.778 without them.
    """
    x = np.arange(n + 1)
    below = 5 * x[:, None] < 4 * x
    chance = stats.binom.pmf(x, n, rate)
    return float(chance @ (below | below.T) @ chance + chance[0] ** 2)


def _float_trap(first: int, last: int) -> int:
    flagged = 0
    for n1 in range(first, last + 1):
        for n2 in range(first, last + 1):
            x1, x2 = np.nonzero(5 * np.arange(n1 + 1)[:, None] * n2 == 4 * np.arange(n2 + 1) * n1)
            x1, x2 = x1[x2 > 0], x2[x2 > 0]
            flagged += int(((x1 / n1) / (x2 / n2) < 0.8).sum())
    return flagged


def max_reference(people: Any, rate: float, draws: int) -> float:
    """Simulate how often some of many equal groups is below four-fifths of the highest."""
    n = np.array(people)
    rng, flagged = np.random.default_rng(0), 0
    for _ in range(0, draws, 4000):
        x = rng.binomial(n, rate, size=(4000, len(n)))
        order = np.argsort(x / n, axis=1)
        low, high = order[:, 0], order[:, -1]
        rows = np.arange(len(x))
        flagged += int((5 * x[rows, low] * n[high] < 4 * x[rows, high] * n[low]).sum())
    return flagged / draws


def _scoring(**scores: list[float]) -> list[float]:
    """Audit who scores above the median of all, the unknown included, with the unknown left out of the groups."""
    values = np.concatenate([np.array(one, float) for one in scores.values()])
    groups = np.repeat(list(scores), [len(one) for one in scores.values()]).astype(object)
    groups[groups == "unknown"] = None
    chosen = (values > np.median(values)).astype(int)
    report = audit_predictions(None, chosen, sensitive_features={"g": groups}, missing="unknown")
    rates = report.rates.set_index("group").value
    [row] = report.rows("comparisons")
    return [float(np.median(values)), report.unknown[0].rows, rates["A"], rates["B"], row["ratio"]]


def _disagreement(**tables: Any) -> list[list[float]]:
    races = [str(code) for code in range(7)]
    levels = {
        "sex": (("sex",), [("m",), ("f",)]),
        "race": (("race",), [(race,) for race in races]),
        "crossed": (("sex", "race"), [(sex, race) for sex in "mf" for race in races]),
    }
    counts = []
    for name, (x, n) in tables.items():
        attributes, rows = levels[name]
        cells = np.stack([np.array(n) - x, np.array(x)], -1)[:, None]
        counts.append(GroupCounts(cells, grouping=Grouping(attributes, tuple(rows))))
    report = audit_counts(counts)
    found = {(row["attribute"], row["group"]): row for row in report.rows("disagreements")}
    one, whole = found["race", "0"], found["race", "(all rows)"]
    assert "tables_disagree" in [finding.code for finding in report.findings]
    sides = [(row[f"{side}rows"], row[f"{side}favorable"]) for row in (one, whole) for side in ("", "other_")]
    return [list(side) for side in sides]


def _berkeley(what: str) -> Callable[..., Any]:
    def read(female: Any, male: Any) -> Any:
        f, m = np.array(female), np.array(male)
        table = f[:, 0], f.sum(1), m[:, 0], m.sum(1)
        return _BERKELEY[what](*table)

    return read


def _test(test: Any) -> list[float]:
    return [float(test.statistic), float(test.p_value)]


def _common(*table: Any) -> list[float]:
    effect = common_effect(*table)
    return [float(effect.value), float(effect.interval.low), float(effect.interval.high)]


def _homogeneity(*table: Any) -> list[float]:
    plain, tarone = homogeneity_test(*table, tarone=False), homogeneity_test(*table)
    return [float(plain.statistic), *(float(getattr(tarone, name)) for name in ("statistic", "degrees", "p_value"))]


_BERKELEY: dict[str, Callable[..., Any]] = {
    "pooled_ratio": lambda x1, n1, x2, n2: x1.sum() / n1.sum() / (x2.sum() / n2.sum()),
    "department_ratios": lambda x1, n1, x2, n2: list(x1 / n1 / (x2 / n2)),
    "cmh": lambda *table: _test(cochran_mantel_haenszel(*table)),
    "cmh_continuity": lambda *table: _test(cochran_mantel_haenszel(*table, continuity=True)),
    "odds_ratio": _common,
    "ratio_and_difference": lambda *t: [float(common_effect(*t, measure=m).value) for m in ("ratio", "difference")],
    "homogeneity": _homogeneity,
    "standardized": lambda *t: [float(standardized_rates(*t).first), float(standardized_rates(*t).second)],
    "expected": lambda *t: [float(cochran_mantel_haenszel(*t).expected), float(t[0].sum())],
    "reverses": lambda *t: bool(standardized_rates(*t).reverses),
}


def _availability(*arguments: Any) -> list[float]:
    found = availability_test(*arguments)
    return [float(found.expected), float(found.deviation), float(found.z)]


def _size_for_power(ratio: float, rate: float) -> int:
    return next(n for n in range(2, 10_000) if power_at_ratio(ratio, rate, n, n) >= 0.8)


def _omnibus(x: Any, n: Any) -> list[float]:
    test = omnibus_test(x, n)
    return [test.statistic, test.degrees, test.p_value]


def _weighted(first: Any, outcome: Any) -> Any:
    weight = np.array(first)
    return proxy_rates(np.stack([weight, 1 - weight], 1), outcome)


def _smd(scores: Any, unit: str) -> list[float]:
    gap = standardized_mean_difference(scores["first"], scores["second"], unit=unit)
    return [gap.deviation, gap.value]


def _welch(first: Any, second: Any) -> list[float]:
    gap = standardized_mean_difference(first, second)
    return [gap.t, gap.degrees, gap.p_value]


def _above(weighted: Any) -> list[float]:
    return [*weighted, weighted[0] / weighted[1]]


CHECKS: dict[str, Callable[..., Any]] = {
    "difference": lambda x1, n1, x2, n2: x1 / n1 - x2 / n2,
    "yates": lambda *table: float(yates_chi_square(*table)),
    "wilson_first": _wilson(0),
    "wilson_second": _wilson(2),
    "cohen_h": lambda *table: float(cohen_h(*table)),
    "phi": lambda *table: float(phi_coefficient(*table)),
    "reading": _reading,
    "below_four_fifths": lambda *table: bool(below_four_fifths(*table)),
    "moved_ratio": lambda x1, n1, x2, n2: (x1 + 1) / n1 / ((x2 - 1) / n2),
    "availability": _availability,
    "availability_z": lambda *arguments: _availability(*arguments)[2],
    "float_trap_count": _float_trap,
    "ratios_to_highest": _ratios,
    "lowest_ratio": lambda x, n: min(_ratios(x, n)),
    "lowest_ratio_of_large": lambda x, n: min(_ratios(np.array(x)[_large(n)], np.array(n)[_large(n)])),
    "small_groups": lambda x, n: np.flatnonzero(~_large(n)).tolist(),
    "small_shares": lambda x, n: [one / sum(n) for one in n if one < 0.02 * sum(n)],
    "omnibus": _omnibus,
    "permutation": lambda x, n: smallest_ratio_p_value(x, n),
    "fisher_against": _fisher_against,
    "holm_against": _against(holm, 1),
    "bh_against": _against(benjamini_hochberg, 1),
    "disagreement": _disagreement,
    "holm": lambda *p: list(holm(p)),
    "bh": lambda *p: list(benjamini_hochberg(p)),
    "bonferroni": lambda *p: list(bonferroni(p)),
    "scoring": _scoring,
    "rate": lambda x, n: x / n,
    "rates_and_ratio": lambda x, n: [x[0] / n[0], x[1] / n[1], min(_ratios(x, n))],
    "size_for_power": _size_for_power,
    "power": lambda *arguments: float(power_at_ratio(*arguments)),
    "detectable": lambda *arguments: float(minimum_detectable_ratio(*arguments)),
    "false_flags": _false_flags,
    "smd": _smd,
    "smd_value": lambda scores, unit: _smd(scores, unit)[1],
    "welch": _welch,
    "student": lambda first, second: float(stats.ttest_ind(first, second).pvalue),
    "ame": lambda odds, coefficient, weight: average_marginal_effect(odds, coefficient, weight=weight),
    "posterior": lambda *tables: list(proxy_posterior(*tables)),
    "weighted": lambda *rows: _above(_weighted(*rows).weighted),
    "thresholded": lambda *rows: _above(_weighted(*rows).thresholded)[2],
    "kish": lambda *weight: float(kish_size(weight)),
    "e_process": lambda focal, reference, ratio: list(ratio_e_process(focal, reference, ratio=ratio)),
    "log": math.log,
    "improvement": chance_of_improvement,
}
FAMILIES: dict[str, Callable[[str], Callable[..., Any]]] = {
    "comparison": _comparison,
    "p": lambda method: lambda *table: float(equality_test(*table, method=method).p_value),
    "ratio": lambda method: _ends(ratio_interval, method),
    "difference": lambda method: _ends(difference_interval, method),
    "odds": lambda method: _ends(odds_ratio_interval, method),
    "berkeley": _berkeley,
}
