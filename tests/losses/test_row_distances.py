"""What all distances on rows have in common: frequencies, order, absent groups, gradients, corners."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from fairloss.errors import InputError
from fairloss.losses.row_distances import ROW_DISTANCES
from fairloss.losses.row_distances.adversary import Adversary
from fairloss.losses.row_distances.correlation_distances import Covariance, MaximalCorrelation
from fairloss.losses.row_distances.dependence_distances import HSIC
from fairloss.losses.row_distances.kernel_distances import MMD, Energy
from fairloss.losses.row_distances.row_sample import RowDistance, RowSample
from fairloss.losses.row_distances.transport_distances import Wasserstein

VARIANTS = dict(ROW_DISTANCES) | {
    "absolute covariance": Covariance(squared=False),
    "correlation": Covariance(correlation=True),
    "energy of the sample": Energy(unbiased=False),
    "mmd, median": MMD(bandwidth="median"),
    "mmd of the sample": MMD(unbiased=False),
    "hsic of the sample": HSIC(unbiased=False),
    "hsic, median": HSIC(bandwidth="median"),
    "wasserstein 1": Wasserstein(order=1),
    "largest correlation": MaximalCorrelation(largest=True),
}
EACH = pytest.mark.parametrize("name", list(VARIANTS))
CONTINUOUS = pytest.mark.parametrize("name", [name for name, entry in VARIANTS.items() if entry.continuous])
SMOOTH = [name for name in VARIANTS if "median" not in name]  # a bandwidth that follows the rows has no gradient


def bound(name, width=3):
    torch.manual_seed(7)
    return VARIANTS[name].bind(width)


def value_and_gradient(distance, sample):
    leaf = sample.values.clone().requires_grad_()
    value = distance(replace(sample, values=leaf))
    (gradient,) = torch.autograd.grad(value, leaf)
    return value.detach(), gradient


def taken(sample, rows, weight=None):
    label = None if sample.label is None else sample.label[rows]
    weight = sample.weight[rows] if weight is None else weight
    return RowSample(sample.values[rows], sample.attribute[rows], weight, label, sample.continuous)


def check_frequencies(distance, sample):
    rows = torch.repeat_interleave(torch.arange(len(sample.values)), sample.weight.long())
    assert 0 < len(rows) != len(sample.values)
    value, gradient = value_and_gradient(distance, sample)
    longer, parts = value_and_gradient(distance, taken(sample, rows, torch.ones(len(rows)).to(sample.values)))
    torch.testing.assert_close(value, longer, rtol=1e-9, atol=1e-12)
    together = torch.zeros_like(gradient).index_add(0, rows, parts)
    torch.testing.assert_close(gradient, together, rtol=1e-8, atol=1e-11)


def test_the_catalogue_is_read_only_and_holds_distances():
    assert all(isinstance(entry, RowDistance) for entry in ROW_DISTANCES.values())
    with pytest.raises(TypeError):
        ROW_DISTANCES["energy"] = Energy()


@EACH
@pytest.mark.parametrize("shares", [False, True])
def test_a_weight_is_a_number_of_rows(name, shares, row_sample):
    check_frequencies(bound(name), row_sample(shares=shares))


@CONTINUOUS
def test_a_weight_is_a_number_of_rows_under_a_continuous_attribute(name, continuous_sample):
    check_frequencies(bound(name, 2), continuous_sample(columns=2))


@EACH
def test_a_row_of_weight_zero_is_not_there_whatever_it_holds(name, row_sample):
    sample = row_sample()
    there, nan = sample.weight > 0, float("nan")
    spoiled = RowSample(
        torch.where(there, sample.values, nan),
        torch.where(there[:, None], sample.attribute, nan),
        sample.weight,
        torch.where(there, sample.label, nan),
    )
    distance = bound(name)
    value, gradient = value_and_gradient(distance, spoiled)
    expected, clean = value_and_gradient(distance, taken(sample, there))
    torch.testing.assert_close(value, expected, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(gradient[there], clean, rtol=1e-9, atol=1e-13)
    assert (gradient[~there] == 0).all()


@pytest.mark.parametrize("name", SMOOTH)
def test_gradient_against_finite_differences(name, row_sample):
    sample = row_sample(n=14, groups=2, seed=3, shares=True)
    distance = bound(name, 2).double() if name == "adversary" else bound(name, 2)
    leaf = sample.values.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: distance(replace(sample, values=x)), leaf)


@pytest.mark.parametrize("name", [name for name in SMOOTH if VARIANTS[name].continuous])
def test_gradient_under_a_continuous_attribute(name, continuous_sample):
    sample = continuous_sample(n=14)
    distance = bound(name, 1).double() if name == "adversary" else bound(name, 1)
    leaf = sample.values.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: distance(replace(sample, values=x)), leaf)


@EACH
def test_order_of_rows_and_names_of_groups_do_not_matter(name, row_sample):
    sample, distance = row_sample(), bound(name)
    turn = torch.randperm(len(sample.values), generator=torch.Generator().manual_seed(1))
    value, gradient = value_and_gradient(distance, sample)
    turned, moved = value_and_gradient(distance, taken(sample, turn))
    torch.testing.assert_close(turned, value, rtol=1e-10, atol=1e-14)
    torch.testing.assert_close(moved, gradient[turn], rtol=1e-8, atol=1e-12)
    if name != "adversary":
        torch.testing.assert_close(distance(replace(sample, attribute=sample.attribute.roll(1, 1))), value)


@EACH
def test_an_absent_group_adds_nothing(name, row_sample):
    sample = row_sample()
    wide = replace(sample, attribute=torch.cat([sample.attribute, torch.zeros(30, 2)], dim=1))
    distance = larger = bound(name)
    if name == "adversary":
        larger = bound(name, 5)
        with torch.no_grad():
            larger.inner.load_state_dict(distance.inner.state_dict())
            larger.outer.weight[:3], larger.outer.bias[:3] = distance.outer.weight, distance.outer.bias
    value, gradient = value_and_gradient(distance, sample)
    found, other = value_and_gradient(larger, wide)
    assert found.item() == pytest.approx(value.item(), rel=1e-11)
    torch.testing.assert_close(other, gradient, rtol=1e-9, atol=1e-14)


@EACH
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nothing_to_compare_is_exactly_zero(name, dtype, row_sample):
    """One group alone, groups of one row, no weight, no rows; calibration compares nothing and reads one group."""
    sample, distance = row_sample(dtype=dtype), bound(name)
    alone = replace(sample, attribute=torch.tensor([0.0, 1.0, 0.0], dtype=dtype).expand(30, 3))
    cases = [replace(sample, weight=sample.weight * 0), taken(sample, torch.arange(0))]
    cases += [] if name == "calibration" else [alone, replace(alone, weight=alone.weight + 1)]
    if VARIANTS[name].frequencies and getattr(VARIANTS[name], "unbiased", True):
        cases.append(taken(sample, torch.arange(3), torch.ones(3, dtype=dtype)))
    for case in cases:
        value, gradient = value_and_gradient(distance, case)
        assert value.shape == ()
        assert value.dtype == dtype
        assert value.item() == 0
        assert (gradient == 0).all()


@EACH
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equal_values_give_no_nan_and_next_to_no_distance(name, dtype, row_sample):
    for constant in (0.0, 0.3, 1.0, -1e4):
        sample = replace(row_sample(dtype=dtype), values=torch.full((30,), constant, dtype=dtype))
        value, gradient = value_and_gradient(bound(name), sample)
        assert gradient.isfinite().all()
        if name == "calibration":
            assert value.isfinite()
        elif name == "adversary":
            assert value <= 1e-6  # it guesses the same in all rows, never better than the shares
        else:
            assert abs(value.item()) < 1e-6


@EACH
@pytest.mark.parametrize("scale", [1e-6, 1e4])
def test_extreme_values_and_ties_are_finite(name, scale, row_sample):
    for dtype in (torch.float32, torch.float64):
        sample = row_sample(dtype=dtype)
        for values in ((sample.values - 0.5) * scale, (sample.values > 0.4).to(dtype) * scale, sample.values + scale):
            value, gradient = value_and_gradient(bound(name), replace(sample, values=values))
            assert value.isfinite()
            assert gradient.isfinite().all()


@EACH
def test_single_precision_agrees_with_double(name, row_sample):
    sample = row_sample(n=200, groups=5)
    single = RowSample(*(part.float() for part in (sample.values, sample.attribute, sample.weight, sample.label)))
    value, gradient = value_and_gradient(bound(name, 5), sample)
    found, other = value_and_gradient(bound(name, 5), single)
    torch.testing.assert_close(found.double(), value, rtol=1e-3, atol=2e-6)
    torch.testing.assert_close(other.double(), gradient, rtol=1e-2, atol=1e-6)


@EACH
def test_fractional_weights_are_finite_and_a_single_row_is_too_few(name, row_sample):
    sample = row_sample()
    light = replace(sample, weight=torch.rand(30, generator=torch.Generator().manual_seed(2)).double())
    value, gradient = value_and_gradient(bound(name), light)
    assert value.isfinite()
    assert value.abs() < 2
    assert gradient.isfinite().all()


@pytest.mark.parametrize("name", ["energy", "mmd", "wasserstein", "calibration"])
def test_a_continuous_attribute_is_refused_where_groups_are_needed(name, continuous_sample):
    with pytest.raises(InputError, match="compares groups, got a continuous attribute"):
        VARIANTS[name](continuous_sample())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MMD(bandwidth=0), "bandwidth of MMD is a number above 0"),
        (lambda: HSIC(attribute_bandwidth="mean"), "bandwidth of HSIC is a number above 0"),
        (lambda: Wasserstein(order=3), "order of Wasserstein is 1 or 2"),
        (lambda: MaximalCorrelation(degree=0), "degree of MaximalCorrelation"),
        (lambda: MaximalCorrelation(ridge=0), "ridge of MaximalCorrelation"),
        (lambda: type(ROW_DISTANCES["calibration"])(width=float("nan")), "width of Calibration"),
        (lambda: Adversary(hidden=0), "1 hidden unit or more"),
        (lambda: Adversary(strength=-1), "strength of an Adversary"),
        (lambda: Adversary(adversary_scale=0), "adversary_scale must be above 0"),
    ],
)
def test_settings_out_of_range_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_calls_that_lack_something_are_refused(row_sample):
    with pytest.raises(InputError, match=r"Call bind\(width\) first"):
        Adversary()(row_sample())
    with pytest.raises(InputError, match="compares values with labels, got none"):
        ROW_DISTANCES["calibration"](replace(row_sample(), label=None))
