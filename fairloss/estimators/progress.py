"""A progress bar, on terminals only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isnan

from fairloss.estimators.selection import Epoch

__all__ = ["progress"]


@contextmanager
def progress(epochs: int, *, shown: bool) -> Iterator[Callable[[Epoch], None]]:
    """Give a function that takes each epoch and shows how far the training is.

    Parameters
    ----------
    epochs : int
        How many there will be at most.
    shown : bool
        Whether to show anything; nothing is ever shown where the error stream is no terminal.
    """
    if not shown:
        yield _say_nothing
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("training", total=epochs)

        def show(epoch: Epoch) -> None:
            gaps = "".join(f", {name} {gap:.3f}" for name, gap in epoch.validation_gaps.items())
            right = "" if isnan(epoch.validation_accuracy) else f", accuracy {epoch.validation_accuracy:.4f}"
            said = f"loss {epoch.validation_loss:.4f}{right}{gaps}"
            bar.update(task, completed=epoch.epoch, description=said)

        yield show


def _say_nothing(epoch: Epoch) -> None:
    """Take an epoch and show nothing."""
