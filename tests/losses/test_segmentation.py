"""Rows that are many decisions: the pixels of an image and the words of a text, averaged to one share per row."""

from __future__ import annotations

import torch
from torch import nn

import fairloss as fl
from fairloss.losses.decisions import MeanDecision, SoftmaxDecision

SIDE, LENGTH = 16, 12
PIXELS = MeanDecision(SoftmaxDecision(favorable=(1,)), class_axis=1)
WORDS = MeanDecision(SoftmaxDecision(favorable=(1,)), class_axis=-1)


def fields(n, seed):
    """Noisy images of a bright patch, whose size does not depend on the group; in group 1 all is brighter.

    Labels to train on are worse there: more than half of the patch is not marked. Pixels of one edge have no label.
    Gives images, what was marked, codes and what is right.
    """
    generator = torch.Generator().manual_seed(seed)
    codes = torch.arange(n) % 2
    corner = torch.randint(0, SIDE // 2, (n, 2), generator=generator)
    side = torch.randint(5, 9, (n, 2), generator=generator)
    place = torch.arange(SIDE)
    inside = [(place >= corner[:, [a]]) & (place < corner[:, [a]] + side[:, [a]]) for a in (0, 1)]
    patch = inside[0][:, :, None] & inside[1][:, None, :]
    image = patch + 1.0 * codes[:, None, None] + 0.3 * torch.randn(n, SIDE, SIDE, generator=generator)
    seen = (codes == 0)[:, None, None] | (torch.rand(patch.shape, generator=generator) < 0.4)
    edge = torch.arange(SIDE) == SIDE - 1
    return image[:, None], (patch & seen).long().masked_fill(edge, -100), codes, patch.long().masked_fill(edge, -100)


def texts(n, seed):
    """Sentences with words to be marked; in group 1, which has words of its own, more than half of the marks are gone.

    Gives words, what was marked, codes and what is right.
    """
    generator = torch.Generator().manual_seed(seed)
    codes = torch.arange(n) % 2
    word = torch.randint(0, 20, (n, LENGTH), generator=generator)
    right = word < 8
    seen = (codes == 0)[:, None] | (torch.rand(n, LENGTH, generator=generator) < 0.4)
    padding = torch.arange(LENGTH) >= torch.randint(3, LENGTH + 1, (n, 1), generator=generator)
    target = (right & seen).long().masked_fill(padding, -100)
    return word + 20 * codes[:, None], target, codes, right.long().masked_fill(padding, -100)


def segmenter():
    return nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 2, 5, padding=2))


def tagger():
    return nn.Sequential(nn.Embedding(40, 8), nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))


def shares(criterion, model, data, held_out, class_axis, *, epochs, seed):
    """Train, then give each group's mean share of favorable decisions in rows that were held out, and the accuracy."""
    torch.manual_seed(seed)
    network = model()
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    inputs, targets, codes, _ = data
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs)).split(32):
            loss = criterion(network(inputs[rows]), targets[rows], codes[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    inputs, _, codes, targets = held_out
    with torch.no_grad():
        decided = network(inputs).argmax(class_axis)
    counted = targets != -100
    share = [row[kept].double().mean() for row, kept in zip(decided, counted, strict=True)]
    means = [torch.stack([s for s, code in zip(share, codes, strict=True) if code == group]).mean() for group in (0, 1)]
    return abs(means[0] - means[1]).item(), (decided == targets)[counted].double().mean().item()


def compare(base, decision, make, model, term, *, rows, epochs, seed):
    found = {}
    for name, terms in (("plain", ()), ("fair", (term,))):
        criterion = fl.FairLoss(base, *terms, groups=2, decision=decision, memory=1_000)
        data, held_out = make(rows, seed), make(1_000, seed + 1_000)
        found[name] = shares(criterion, model, data, held_out, decision.class_axis, epochs=epochs, seed=seed)
    return found


def compare_fields(term, seed):
    return compare("pixel_cross_entropy", PIXELS, fields, segmenter, term, rows=1_024, epochs=6, seed=seed)


def compare_texts(term, seed):
    return compare("token_cross_entropy", WORDS, texts, tagger, term, rows=1_024, epochs=10, seed=seed)


def test_patches_are_found_as_large_in_both_groups():
    found = compare_fields(
        fl.Constraint("demographic_parity", 0.02, solver=fl.losses.ProxyLagrangian(step=2.0)), seed=0
    )
    print(found)
    (plain, plain_right), (fair, fair_right) = found["plain"], found["fair"]
    assert plain > 0.07  # a patch covers a sixth of the image
    assert fair < 0.02 + 0.02
    assert fair_right > plain_right


def test_words_are_marked_as_often_in_both_groups():
    found = compare_texts(fl.Constraint("demographic_parity", 0.02, solver=fl.losses.ProxyLagrangian(step=0.6)), seed=0)
    print(found)
    (plain, plain_right), (fair, fair_right) = found["plain"], found["fair"]
    assert plain > 0.25
    assert fair < 0.02 + 0.05  # there are 20 words in a group: the decision on a word moves a share by 0.05
    assert fair_right > plain_right


def test_an_image_without_a_labeled_pixel_is_not_counted():
    images, target, codes, _ = fields(6, seed=0)
    target[2] = -100
    logits = torch.cat([-images, images], dim=1)
    kept, members = torch.arange(6) != 2, torch.nn.functional.one_hot(codes, 2).float()
    decided, without = PIXELS(logits, target), PIXELS(logits[kept], target[kept])
    assert decided.weight.tolist() == kept.tolist()
    cells = fl.losses.batch_counts(members, decided, decided.weight).cells
    torch.testing.assert_close(cells, fl.losses.batch_counts(members[kept], without, None).cells)
