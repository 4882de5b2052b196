"""The batch sampler: every cell in every batch, every row in every epoch, and no bias."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader, TensorDataset

import fairloss as fl
from fairloss.errors import InputError
from fairloss.losses import GroupBatchSampler


def people(n=400, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.choice(4, n, p=[0.7, 0.2, 0.07, 0.03]) - 1
    return codes, rng.integers(0, 2, n)


@settings(max_examples=60, deadline=None)
@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=6), minimum=st.integers(1, 4), spare=st.integers(0, 40))
def test_cells_coverage_and_weights_for_any_sizes(sizes, minimum, spare):
    codes = np.repeat(np.arange(len(sizes)), sizes)
    size = minimum * len(sizes) + spare
    sampler = GroupBatchSampler(codes, batch_size=size, minimum=minimum)
    batches = list(sampler)
    assert len(batches) == len(sampler)
    assert set().union(*batches) == set(range(len(codes)))
    counts = np.array([np.bincount(codes[rows], minlength=len(sizes)) for rows in batches])
    assert (counts == counts[0]).all()
    assert (counts[0] >= minimum).all()
    assert counts[0].sum() == size
    # within a cell no row is ahead of another by more than one visit
    visits = np.bincount(np.concatenate(batches), minlength=len(codes))
    assert all(np.ptp(visits[codes == code]) <= 1 for code in range(len(sizes)))
    weight = sampler.sample_weight.double().numpy()
    for rows in batches:
        shares = np.bincount(codes[rows], weight[rows], minlength=len(sizes)) / size
        np.testing.assert_allclose(shares, np.array(sizes) / len(codes), rtol=1e-6)


@pytest.mark.parametrize(("sizes", "size", "minimum"), [((50, 7, 3), 12, 2), ((9, 8, 8), 10, 1), ((30, 1), 7, 3)])
def test_no_other_quotas_make_a_shorter_epoch(sizes, size, minimum):
    sampler = GroupBatchSampler(np.repeat(np.arange(len(sizes)), sizes), batch_size=size, minimum=minimum)
    quotas = [q for q in np.ndindex(*[size + 1] * len(sizes)) if sum(q) == size and min(q) >= minimum]
    assert len(sampler) == min(max(-(-n // q) for n, q in zip(sizes, quota, strict=True)) for quota in quotas)


def test_weighted_mean_of_a_batch_is_unbiased():
    codes, labels = people()
    values = torch.from_numpy(np.random.default_rng(1).normal(codes + labels, 1.0))
    sampler = GroupBatchSampler(codes, labels, batch_size=32, minimum=3)
    weight = sampler.sample_weight.double()
    # epochs are independent; the batches of one are not
    epochs = torch.stack(
        [
            torch.stack([(weight[rows] * values[rows]).sum() / weight[rows].sum() for rows in sampler]).mean()
            for _ in range(400)
        ]
    )
    first = torch.stack([(weight[rows] * values[rows]).mean() for rows in (next(iter(sampler)) for _ in range(2000))])
    for means in (epochs, first):
        error = means.std() / len(means) ** 0.5
        assert abs(means.mean() - values.mean()) < 4 * error + 1e-6
    plain = torch.stack([values[rows].mean() for rows in sampler]).mean()
    assert abs(plain - values.mean()) > 0.1  # the weights are needed


def test_batches_read_the_counts_of_the_population(batch):
    """The weighted size of each cell is exact in every batch, so only the decisions are noisy."""
    codes, labels = people()
    codes = codes.clip(0)
    sampler = GroupBatchSampler(codes, labels, batch_size=32, minimum=2)
    expected = np.array([[((codes == g) & (labels == y)).mean() for y in (0, 1)] for g in range(3)])
    for rows in sampler:
        weight = sampler.sample_weight[rows].double().numpy()
        counts = fl.GroupCounts.of(labels[rows], np.ones(32), codes[rows], weight).cells.sum(-1)
        np.testing.assert_allclose(counts / 32, expected, rtol=1e-6)


def test_same_seed_same_batches_and_each_epoch_another_order():
    codes, labels = people()
    first, second = (GroupBatchSampler(codes, labels, batch_size=32, seed=7) for _ in range(2))
    epochs = [list(first) for _ in range(3)]
    assert epochs == [list(second) for _ in range(3)]
    assert epochs[0] != epochs[1] != epochs[2]
    second.set_epoch(1)
    assert list(second) == epochs[1]
    assert list(GroupBatchSampler(codes, labels, batch_size=32, seed=8)) != epochs[0]


@pytest.mark.parametrize("replicas", [2, 3])
def test_processes_share_each_batch(replicas):
    codes, labels = people()
    whole = list(GroupBatchSampler(codes, labels, batch_size=32))
    parts = [
        list(GroupBatchSampler(codes, labels, batch_size=32, num_replicas=replicas, rank=rank))
        for rank in range(replicas)
    ]
    for rows, *shares in zip(whole, *parts, strict=True):
        assert sorted(rows) == sorted(row for share in shares for row in share)
        assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_loader_brings_the_weights_to_the_criterion():
    codes, labels = (torch.from_numpy(column) for column in people())
    codes = codes.clamp_min(0)
    sampler = GroupBatchSampler(codes, labels, batch_size=64, minimum=4)
    logits = torch.randn(len(codes), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    data = TensorDataset(logits, labels, codes, sampler.sample_weight)
    criterion = fl.FairLoss("bce_with_logits", fl.Constraint("demographic_parity", 0.05), groups=3, memory=1e9)
    for _ in range(40):
        for z, y, who, weight in DataLoader(data, batch_sampler=sampler):
            criterion(z, y, who, weight)
    for record in criterion.state():
        selected = (logits >= 0).double()[codes == int(record.group)]
        assert record.hard == pytest.approx(selected.mean().item(), abs=5e-3)


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (([0, 1, 2],), {"batch_size": 2}, "of 3 cells of group and label, but a batch has 2"),
        (([0, 1], [0, 1, 1]), {"batch_size": 2}, "3 for 2 rows"),
        (([[0, 1]],), {"batch_size": 2}, "one code per row"),
        (([],), {"batch_size": 2}, "one code per row"),
        ((["F", "M"],), {"batch_size": 2}, "groups as numbers .* got <U1 values such as .'F'.*tables.encode"),
        (([0, 1], [0.0, float("nan")]), {"batch_size": 2}, "labels as numbers without missing ones"),
        (([0, 1],), {"batch_size": 2, "minimum": 0}, "minimum 1 or more"),
        (([0, 1],), {"batch_size": 2, "num_replicas": 2, "rank": 2}, "rank in 0"),
        (([0, 1],), {"batch_size": 2, "num_replicas": 3}, "a row for each process"),
    ],
)
def test_wrong_input_is_named(arguments, options, sentence):
    with pytest.raises(InputError, match=sentence):
        GroupBatchSampler(*arguments, **options)


@pytest.mark.parametrize("kind", ["u2", ">i8", "i1", "read-only"])
def test_codes_of_every_type_of_numpy_mean_the_same(kind):
    codes, labels = people()
    given = (codes + 1).astype("i8" if kind == "read-only" else kind)
    given.setflags(write=kind != "read-only")
    expected, found = (list(GroupBatchSampler(column, labels, batch_size=32)) for column in (codes, given))
    assert found == expected
