"""Checks of what a criterion remembers: all of it is saved, none of it is a graph, and it does not grow."""

from __future__ import annotations

import copy
import gc
from typing import Any
from weakref import ref

import torch
from torch import Tensor, nn

from fairloss.losses.conformance.batches import mixed
from fairloss.losses.conformance.checks import Check
from fairloss.losses.conformance.readings import Reading, alike, look
from fairloss.losses.conformance.subjects import Criterion, Subject

__all__ = ["STATE_CHECKS"]


def evaluation_mode(subject: Subject) -> str | None:
    """Look at another batch in evaluation mode, in the middle of training."""
    steps = []
    for interrupted in (False, True):
        criterion = _trained(subject)
        if interrupted and isinstance(criterion, nn.Module):
            look(subject, criterion.eval(), mixed(2, subject.classes, seed=7))
            criterion.train()
        steps.append(_next_steps(subject, criterion))
    return None if _equal(*steps) else "after a look in evaluation mode the next steps of training are others"


def saved_state(subject: Subject) -> str | None:
    """Go on with a new criterion that is given the state of the old one."""
    old, new = _trained(subject), subject.trained(None, 3, dtype=torch.float64)
    if isinstance(old, nn.Module) and isinstance(new, nn.Module):
        new.load_state_dict(copy.deepcopy(old.state_dict()))
    if _equal(_next_steps(subject, old), _next_steps(subject, new)):
        return None
    empty = not isinstance(old, nn.Module) or not old.state_dict()
    return f"a new criterion with the saved state{' (which is empty)' if empty else ''} goes on otherwise"


def graph_freed(subject: Subject) -> str | None:
    """Ask whether the graph of a step is gone when its tensors are."""
    criterion = subject.trained(None, 3, dtype=torch.float64)
    for seed in range(4):
        if _step(subject, criterion, seed)() is not None:
            gc.collect()
            return f"after step {seed + 1} of training something still holds its graph"
    return None


def flat_memory(subject: Subject) -> str | None:
    """Count the tensors that are alive after 5 and after 50 steps."""
    return _grown(subject, 50)


def flat_memory_long(subject: Subject) -> str | None:
    """Count the tensors that are alive after 5 and after 2,000 steps."""
    return _grown(subject, 2000)


class _Marked(torch.autograd.Function):
    """Lets the input through; its node in the graph holds a marker, which lives as long as the graph."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, marker: object) -> Tensor:
        ctx.marker = marker
        return values.clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient, None


class _Marker:
    """Something that a weak reference can watch."""


def _step(subject: Subject, criterion: Criterion, seed: int) -> ref[_Marker]:
    batch, marker = mixed(3, subject.classes, seed=seed), _Marker()
    leaf = subject.leaf(batch, torch.float64)
    marked: Tensor = _Marked.apply(leaf, marker)  # type: ignore[no-untyped-call]
    loss = subject.call(criterion, batch, marked)
    if loss.requires_grad:
        loss.backward()  # type: ignore[no-untyped-call]
    return ref(marker)


def _grown(subject: Subject, steps: int) -> str | None:
    criterion = subject.trained(None, 3, dtype=torch.float64)
    counts = []
    for stage in (5, steps):
        for seed in range(stage):
            _step(subject, criterion, seed % 5)
        gc.collect()
        counts.append(sum(issubclass(type(thing), Tensor) for thing in gc.get_objects()))
    if counts[1] <= counts[0]:
        return None
    return f"{steps} steps of training leave {counts[1] - counts[0]} tensors behind"


def _trained(subject: Subject) -> Criterion:
    return subject.trained(mixed(3, subject.classes), 3, dtype=torch.float64, calls=max(subject.warm_up, 3))


def _next_steps(subject: Subject, criterion: Criterion) -> list[Reading]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return [look(subject, criterion, mixed(3, subject.classes, seed=seed)) for seed in (20, 21, 22)]


def _equal(first: list[Reading], second: list[Reading]) -> bool:
    return all(
        alike(one.loss, other.loss, 1e-12) and alike(one.slope, other.slope, 1e-12)
        for one, other in zip(first, second, strict=True)
    )


STATE_CHECKS = (
    Check("evaluation_mode", "evaluation changes nothing", evaluation_mode),
    Check("saved_state", "training goes on from a saved state as if nothing had happened", saved_state),
    Check("graph_freed", "no graph is kept between steps", graph_freed),
    Check("flat_memory", "no tensor is left behind by a step", flat_memory),
    Check("flat_memory_long", "no tensor is left behind by 2,000 steps", flat_memory_long, slow=True),
)
