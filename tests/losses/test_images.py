"""Images: a convolutional network reads real digits whose colour, the group, goes along with the label."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import fairloss as fl
from fairloss.datasets import load
from fairloss.notions import NOTIONS, GroupCounts

TRAINED, SIZE, EPOCHS = 8_000, 250, 12


def coloured(frame, seed):
    """Digits of 14 x 14 pixels in one of two colours, and whether they are 5 or more, noted wrongly for a quarter.

    In the rows to train on the colour goes along with what was noted (80 of 100), more often than the shape does. In
    the last rows, which are held out, it says nothing.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(frame))
    digit = frame["digit"].to_numpy().astype(int)[order]
    pixels = frame.drop(columns="digit").to_numpy().astype(np.float32)[order] / 255
    noted = (digit >= 5) ^ (rng.random(len(digit)) < 0.25)
    along = rng.random(len(digit)) < np.where(np.arange(len(digit)) < TRAINED, 0.8, 0.5)
    codes = torch.from_numpy(np.where(along, noted, ~noted)).long()
    small = F.avg_pool2d(torch.from_numpy(pixels).view(-1, 1, 28, 28), 2)
    images = small * F.one_hot(codes, 2)[:, :, None, None]
    return images, torch.from_numpy(noted).long(), codes, torch.from_numpy(digit >= 5).long()


def decisions(criterion, images, labels, codes, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Conv2d(2, 8, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(256, 2),
    )
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(EPOCHS):
        for rows in torch.randperm(TRAINED).split(SIZE):
            loss = criterion(model(images[rows]), labels[rows], codes[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        return model(images[TRAINED:]).argmax(1)


def compare(frame, seed):
    """Train with the cross entropy alone and under a constraint; judge both by the true digits that were held out."""
    images, noted, codes, right = coloured(frame, seed)
    constraint = fl.Constraint("equalized_odds", tolerance=0.05)
    found = {}
    for name, criterion in (
        ("plain", fl.FairLoss("cross_entropy", groups=2)),
        ("fair", fl.FairLoss("cross_entropy", constraint, groups=2, memory=4_000)),
    ):
        decided = decisions(criterion, images, noted, codes, seed).numpy()
        truth = right[TRAINED:].numpy()
        gap = NOTIONS["equalized_odds"].gap(GroupCounts.of(truth, decided, codes[TRAINED:].numpy()))
        found[name] = float(gap), float((decided == truth).mean())
    return found


@pytest.fixture(scope="module")
def digits(real_data):
    data = load("mnist_t10k", real_data("mnist_t10k"))
    return data.frame


def test_a_network_unlearns_the_colour(digits):
    found = compare(digits, seed=0)
    print(found)
    (plain, plain_right), (fair, fair_right) = found["plain"], found["fair"]
    assert plain > 0.5
    # among 500 held-out rows the standard error of a rate is up to 0.022, of a gap 0.03, of the worse of two more; and
    # the colours are mixed in another way than in training
    assert fair < 0.05 + 0.10
    assert fair_right > plain_right + 0.1
