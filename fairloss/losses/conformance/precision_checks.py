"""Checks of types and shapes: precision, mixed precision, compilation, columns."""

from __future__ import annotations

import warnings
from dataclasses import replace

import torch

from fairloss.losses.conformance.batches import Batch, mixed
from fairloss.losses.conformance.checks import Check
from fairloss.losses.conformance.readings import Reading, alike, evaluating, look, read, settled
from fairloss.losses.conformance.subjects import Subject

__all__ = ["PRECISION_CHECKS"]


def single_precision(subject: Subject) -> str | None:
    """Compare float32 with float64 where both are given the same numbers."""
    return _far_from_double(subject, mixed(3, subject.classes), torch.float32, 1e-4)


def kept_types(subject: Subject) -> str | None:
    """Ask for the loss in the type and on the device of the input."""
    batch = mixed(3, subject.classes)
    devices = ["cpu"] + (["cuda"] if torch.cuda.is_available() else [])
    for dtype in (torch.float32, torch.float64):
        for device in devices:
            criterion = subject.trained(batch, 3, dtype=dtype)
            if isinstance(criterion, torch.nn.Module):
                criterion.to(device)
            leaf = subject.leaf(batch, dtype).to(device).detach().requires_grad_()
            loss = subject.call(evaluating(criterion), batch, leaf)
            (slope,) = torch.autograd.grad(loss, leaf)
            for thing, what in ((loss, "loss"), (slope, "gradient")):
                if (thing.dtype, thing.device) != (leaf.dtype, leaf.device):
                    return f"the {what} is {thing.dtype} on {thing.device} for {leaf.dtype} on {leaf.device}"
    return None


def half_precision(subject: Subject) -> str | None:
    """Give 3,000 rows in bfloat16, where a sum would stop growing at 256."""
    return _far_from_double(subject, mixed(3, subject.classes, rows=3000), torch.bfloat16, 0.03)


def autocast(subject: Subject) -> str | None:
    """Compute the loss inside autocast, from outputs in float32 and in bfloat16."""
    batch, history = _off_threshold(mixed(3, subject.classes)), _off_threshold(mixed(3, subject.classes, seed=1))
    for dtype in (torch.float32, torch.bfloat16):
        plain = read(subject, batch, 3, history=history, dtype=dtype)
        with torch.autocast("cpu", torch.bfloat16):
            inside = read(subject, batch, 3, history=history, dtype=dtype)
        wrong = _far(plain, inside, 0.03)
        if wrong:
            return f"inside autocast, {wrong}"
    return None


def column_shape(subject: Subject) -> str | None:
    """Give outputs of shape (n, 1) beside labels of shape (n,), and the other way round."""
    batch = mixed(3, subject.classes)
    criterion = settled(subject, batch)
    flat = look(subject, criterion, batch)
    for name, outputs in (
        ("outputs", replace(subject.outputs, input=lambda logits: subject.outputs.input(logits)[:, None])),
        ("labels", replace(subject.outputs, target=lambda y, z: subject.outputs.target(y, z)[:, None])),
    ):
        other = replace(subject, outputs=outputs, base=None)
        leaf = other.leaf(batch, torch.float64)
        try:
            loss = other.call(criterion, batch, leaf)
        except (ValueError, TypeError, IndexError, RuntimeError):
            continue  # refused: the user learns of it
        if not alike(loss, flat.loss):
            return f"with {name} of shape (n, 1) the loss is {loss.item():g}, not {flat.loss.item():g}"
    return None


def traced(subject: Subject) -> str | None:
    """Compare steps of training with those of the captured graphs, not yet compiled."""
    return _compiled_otherwise(subject, "aot_eager")


def compiled(subject: Subject) -> str | None:
    """Compare steps of training, compiled and not."""
    return _compiled_otherwise(subject, "inductor")


def _compiled_otherwise(subject: Subject, backend: str) -> str | None:
    torch.compiler.reset()
    found: list[list[Reading]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the compiler says about the machine is not about the criterion
        for compiling in (False, True):
            criterion = subject.trained(mixed(3, subject.classes), 3, dtype=torch.float32)
            called = torch.compile(criterion, backend=backend) if compiling else criterion
            batches = (mixed(3, subject.classes, seed=seed) for seed in (1, 2, 3))
            found.append([look(subject, called, batch, dtype=torch.float32) for batch in batches])
    torch.compiler.reset()
    pairs = zip(*found, strict=True)
    same = all(alike(one.loss, other.loss, 1e-5) and alike(one.slope, other.slope, 1e-5) for one, other in pairs)
    return None if same else "the compiled loss or gradient differs from the eager one"


def _far_from_double(subject: Subject, batch: Batch, dtype: torch.dtype, tolerance: float) -> str | None:
    """Round the input first, so that what differs then is the arithmetic of the criterion."""
    outputs = subject.outputs
    rounded = replace(outputs, input=lambda logits: outputs.input(logits).to(dtype).to(logits.dtype))
    given, history = replace(subject, outputs=rounded), _off_threshold(mixed(3, subject.classes, seed=1))
    exact, found = (
        read(given, _off_threshold(batch), 3, history=history, dtype=kind) for kind in (torch.float64, dtype)
    )
    return _far(exact, found, tolerance)


def _off_threshold(batch: Batch) -> Batch:
    """Put logits on a grid that half precision holds and that does not meet the threshold."""
    logits = (batch.logits * 8).round() / 8
    logits[:, 1] += 1 / 16
    return replace(batch, logits=logits)


def _far(exact: Reading, found: Reading, tolerance: float) -> str | None:
    if not found.finite:
        return f"in {found.slope.dtype} the loss or its gradient is not finite"
    if not alike(exact.loss, found.loss, tolerance):
        return f"the loss in {found.slope.dtype} is {found.loss.item():g}, not {exact.loss.item():g}"
    largest = exact.slope.abs().max().clamp_min(1e-4)
    close = alike(exact.slope / largest, found.slope / largest, tolerance)
    return None if close else f"the gradient in {found.slope.dtype} is another than in {exact.slope.dtype}"


PRECISION_CHECKS = (
    Check("single_precision", "single precision agrees with double", single_precision),
    Check("kept_types", "loss and gradient have the type and the device of the input", kept_types),
    Check("half_precision", "outputs in bfloat16 agree with double, however many rows", half_precision),
    Check("autocast", "inside autocast the loss is the same", autocast),
    Check(
        "column_shape",
        "outputs of shape (n, 1) are not broadcast against labels of shape (n,)",
        column_shape,
        lambda subject: None if subject.outputs.columns else f"it takes {subject.outputs.reads}",
    ),
    Check("traced", "capturing the graph for torch.compile changes nothing", traced, slow=True),
    Check("compiled", "torch.compile changes nothing", compiled, slow=True),
)
