"""Checks of the gradient: right, there, and finite where sigmoids are flat and cells are empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from fairloss.losses.conformance.batches import Batch, mixed
from fairloss.losses.conformance.checks import Check, compares_groups
from fairloss.losses.conformance.readings import alike, look, read, settled
from fairloss.losses.conformance.subjects import Subject

__all__ = ["GRADIENT_CHECKS"]


def finite_differences(subject: Subject) -> str | None:
    """Compare with finite differences."""
    batch = mixed(3, subject.classes, rows=6 * subject.classes)
    if subject.weights:
        batch = replace(batch, weight=torch.linspace(0.5, 2, len(batch), dtype=torch.float64))
    criterion = settled(subject, mixed(3, subject.classes))
    leaf = subject.leaf(batch, torch.float64)
    right = torch.autograd.gradcheck(lambda z: subject.call(criterion, batch, z), leaf, raise_exception=False)
    return None if right else "the gradient is not what finite differences give"


def own_gradient(subject: Subject) -> str | None:
    """Take away from the gradient what points along that of the base."""
    reading = read(subject, mixed(3, subject.classes), 3)
    whole, bare = reading.slope.flatten(), reading.base_slope.flatten()
    along = (whole @ bare) / (bare @ bare) * bare if bare.any() else torch.zeros_like(whole)
    if (whole - along).norm() > 1e-6 * max(bare.norm().item(), 1e-3):
        return None
    return "the gradient of the loss points where that of the base does: the penalty has none of its own"


def extreme_outputs(subject: Subject) -> str | None:
    """Give logits of up to 10,000 in size."""
    history = mixed(3, subject.classes)
    for dtype in (torch.float32, torch.float64):
        criterion = settled(subject, history, dtype=dtype)
        for size in (50.0, 1e3, 1e4):
            for batch in (replace(history, logits=history.logits.sign() * size), _one_sided(history, size)):
                reading = look(subject, criterion, batch, dtype=dtype)
                if not reading.finite:
                    part = "gradient" if reading.loss.isfinite() else "loss"
                    return f"the {part} is not finite at logits of {size:g} in {dtype}"
    return None


def saturation(subject: Subject) -> str | None:
    """Multiply logits that are as good as certain."""
    batch = mixed(3, subject.classes)
    criterion = settled(subject, batch)
    certain = [replace(batch, logits=batch.logits.sign() * size) for size in (40.0, 80.0, 400.0)]
    values = [look(subject, criterion, rows).penalty for rows in certain]
    # the base grows with the logits, so that what is left of the penalty has the rounding of the base
    if all(alike(values[0], value, 1e-8) for value in values[1:]):
        return None
    grown = ", ".join(f"{value.item():g}" for value in values)
    return f"the penalty at logits of 40, 80 and 400 is {grown}: logits are taken for probabilities"


def sparse_cells(subject: Subject) -> str | None:
    """Leave out a group, a label, all but a row; in evaluation and in training, to a new and to a used criterion."""
    history = mixed(3, subject.classes)
    seen, learning = settled(subject, history), subject.trained(history, 3, dtype=torch.float64)
    for lacking, batch in _sparse(subject):
        first = subject.trained(None, 3, dtype=torch.float64)
        uses = ((seen, batch), (first, batch), (first, history), (learning, batch), (learning, history))
        if not all(look(subject, criterion, rows).finite for criterion, rows in uses):
            return f"in or after a batch {lacking} the loss or its gradient is not finite"
    return None


def _one_sided(batch: Batch, size: float) -> Batch:
    """Make every row certain of class 1: a cell of every rate is empty."""
    logits = torch.zeros_like(batch.logits)
    logits[:, 1] = size
    return replace(batch, logits=logits)


def _sparse(subject: Subject) -> Iterator[tuple[str, Batch]]:
    batch = mixed(3, subject.classes)
    first = torch.arange(len(batch)) == 0
    yield "without group 2", replace(batch, codes=batch.codes.clamp_max(1))
    yield "without groups 0 and 1", replace(batch, codes=torch.full_like(batch.codes, 2))
    for label in range(subject.classes):
        yield f"of label {label} alone", replace(batch, labels=torch.full_like(batch.labels, label))
        yield f"without label {label} in group 0", batch.rows((batch.codes > 0) | (batch.labels != label))
    yield "of label 1 in group 0 only", replace(batch, labels=(batch.codes == 0).long())
    yield "with one row of group 0", batch.rows(first | (batch.codes > 0))
    yield "with one row for each group", batch.rows(torch.arange(0, 3 * subject.classes, subject.classes))
    yield "of one row", batch.rows(first)
    if subject.unknown:
        yield "without any known group", replace(batch, codes=torch.full_like(batch.codes, -1))
        yield "with one known group of one row", replace(batch, codes=torch.where(first, batch.codes, -1))


GRADIENT_CHECKS = (
    Check("finite_differences", "the gradient is that of finite differences", finite_differences),
    Check("own_gradient", "the penalty has a gradient of its own", own_gradient, compares_groups),
    Check("extreme_outputs", "loss and gradient are finite at logits of 10,000", extreme_outputs),
    Check(
        "saturation",
        "logits are not taken for probabilities",
        saturation,
        lambda subject: None if subject.outputs.saturates else f"it takes {subject.outputs.reads}",
    ),
    Check("sparse_cells", "loss and gradient are finite whatever the batch lacks", sparse_cells),
)
