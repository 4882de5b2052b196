"""The rates of this house inside fairlearn."""

from __future__ import annotations

import fairlearn.metrics as theirs
import numpy as np
import pytest

from fairloss.bridges.fairlearn import metric_frame, rate_metric
from fairloss.errors import UnknownName
from fairloss.notions import RATES, GroupCounts


def _sample() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 2, 200), rng.integers(0, 2, 200), rng.integers(0, 3, 200)


def test_a_metric_frame_of_every_rate_equals_the_counts() -> None:
    y, d, g = _sample()
    frame = metric_frame(y, d, sensitive_features=g, rates=RATES)
    counts = GroupCounts.of(y, d, g)
    for name, rate in RATES.items():
        np.testing.assert_array_equal(frame.by_group[name], rate(counts))
        assert frame.overall[name] == rate(counts.overall())[0]


def test_weights_and_control_features_are_fairlearns_own() -> None:
    y, d, g = _sample()
    w, control = np.linspace(0.1, 2, 200), np.arange(200) % 2
    ours = rate_metric("selection_rate")(y, d, sample_weight=w)
    assert ours == pytest.approx(theirs.selection_rate(y, d, sample_weight=w))
    frame = metric_frame(y, d, sensitive_features=g, control_features=control)
    assert frame.by_group.shape == (6, 3)


def test_undefined_stays_undefined_where_fairlearn_says_zero() -> None:
    y, d, g = [1, 0, 0], [1, 0, 1], ["F", "F", "M"]
    plain = theirs.MetricFrame(metrics=theirs.true_positive_rate, y_true=y, y_pred=d, sensitive_features=g)
    assert plain.by_group["M"] == 0.0
    assert np.isnan(metric_frame(y, d, sensitive_features=g).by_group.loc["M", "true_positive_rate"])


def test_an_unknown_rate_offers_the_near_ones() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'accuracy'"):
        rate_metric("acuracy")
