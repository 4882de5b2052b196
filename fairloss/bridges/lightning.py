"""Lightning: the steps of a module that minimizes a `FairLoss`; imports neither lightning nor pytorch_lightning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from fairloss.bridges.scalars import part_scalars, term_scalars
from fairloss.errors import InputError
from fairloss.losses import FairLoss

__all__ = ["FairSteps"]


class FairSteps:
    """Train, validate and log with a `FairLoss`: inherit from this and from ``LightningModule``, in this order.

    Set ``self.criterion`` in ``__init__``. It is then a part of the module: Lightning moves it to the device, switches
    it between training and evaluation, and keeps its state in checkpoints; ``self.parameters()`` holds its parameters.
    Batches are ``(inputs, target, groups)`` or ``(inputs, target, groups, weights)``; for others override `rows`.

    Logged are ``train/loss`` and the parts of it, ``val/loss``, and after each epoch the gaps and multipliers in
    ``train/fair/...``. A mixin, because ``lightning.pytorch`` and ``pytorch_lightning`` have a ``LightningModule`` each
    and refuse that of the other.

    Examples
    --------
    >>> import torch
    >>> class Scorer(FairSteps, torch.nn.Linear):  # in earnest: (FairSteps, LightningModule)
    ...     log = log_dict = lambda *_, **__: None
    >>> model = Scorer(3, 1)
    >>> model.criterion = FairLoss("mse", groups=2)
    >>> model.training_step((torch.zeros(4, 3), torch.zeros(4), torch.tensor([0, 1, 0, 1])), 0).shape
    torch.Size([])
    """

    criterion: FairLoss
    log: Callable[..., None]
    log_dict: Callable[..., None]

    def rows(self, batch: Any) -> tuple[Any, Tensor, Any, Any]:
        """Split a batch into what the model takes, the target, the groups, and the weights or None.

        Raises
        ------
        InputError
            If the batch is no tuple of three or four.
        """
        if not isinstance(batch, tuple | list) or len(batch) not in (3, 4):
            parts = f"{len(batch)} parts" if isinstance(batch, tuple | list) else type(batch).__name__
            raise InputError(
                f"FairSteps needs batches (inputs, target, groups) or (inputs, target, groups, weights), got {parts}. "
                "Add the groups to the dataset, or override rows()."
            )
        inputs, target, groups, *weight = batch
        return inputs, target, groups, weight[0] if weight else None

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Compute the fair loss of a batch, and log it with its parts."""
        loss, size = self._loss(batch)
        parts = {f"train/{name}": value for name, value in part_scalars(self.criterion).items()}
        self.log_dict({"train/loss": loss.detach(), **parts}, batch_size=size)
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Compute the loss of a batch alone, at the multipliers that training has reached."""
        loss, size = self._loss(batch)
        self.log("val/loss", loss, batch_size=size, sync_dist=True)
        return loss

    def on_train_epoch_end(self) -> None:
        """Log what the criterion has in memory: the gaps, soft and at the decision, and the multipliers."""
        self.log_dict({f"train/{name}": number for name, number in term_scalars(self.criterion).items()})

    def _loss(self, batch: Any) -> tuple[Tensor, int]:
        inputs, target, groups, weight = self.rows(batch)
        output: Tensor = self(inputs)  # type: ignore[operator]  # a LightningModule beside this one can be called
        return self.criterion(output, target, groups, weight), len(target)
