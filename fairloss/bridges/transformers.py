"""Hugging Face: a ``Trainer`` that minimizes a `FairLoss` and cannot lose the column of the groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from torch import Tensor, distributed, nn

from fairloss.bridges.scalars import part_scalars, term_scalars
from fairloss.errors import InputError, MissingExtra, quote
from fairloss.losses import FairLoss

try:
    from safetensors.torch import load_file, save_file
    from transformers import Trainer, TrainerCallback
except ImportError as missing:
    raise MissingExtra("FairTrainer", "transformers", "transformers") from missing

__all__ = ["FairTrainer"]

_FILE = "criterion.safetensors"


class FairTrainer(Trainer):
    """Train a model of Hugging Face with a `FairLoss`: the ``Trainer`` that you know, plus the columns of the groups.

    The columns are kept whatever ``remove_unused_columns`` says, are never shown to the model, and a training batch
    without them is an error. The state of the criterion is part of each checkpoint and of resuming; its parameters, if
    it has any, are optimized with those of the model. With gradient accumulation each small batch is a batch of its
    own for the memory and the multipliers, and the loss of an update is their mean.

    A set to evaluate or predict that has no groups, or no labels, gives predictions and no loss. To build on another
    trainer, inherit from both: ``class Mine(FairTrainer, Seq2SeqTrainer)``.

    Parameters
    ----------
    *args, **options
        As for ``transformers.Trainer``.
    criterion : FairLoss
        What is minimized; its input is what the model calls ``logits``.
    sensitive : str or sequence of str
        The column of group codes (or shares), or one column for each attribute of the criterion, by its name.
    sample_weight : str, optional
        The column of row weights.

    Raises
    ------
    InputError
        If options ask for another loss as well, or columns are missing from a batch.

    Examples
    --------
    >>> from transformers import BertConfig, BertForSequenceClassification, TrainingArguments
    >>> from fairloss.losses import Constraint
    >>> size = dict(vocab_size=9, hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4)
    >>> trainer = FairTrainer(
    ...     BertForSequenceClassification(BertConfig(**size)),
    ...     TrainingArguments(output_dir="out", report_to="none", use_cpu=True),
    ...     train_dataset=[{"input_ids": [1, 2], "labels": 1, "sex": 0}, {"input_ids": [3, 4], "labels": 0, "sex": 1}],
    ...     criterion=FairLoss("cross_entropy", Constraint("demographic_parity", 0.05), groups=2),
    ...     sensitive="sex",
    ... )
    >>> sorted(next(iter(trainer.get_train_dataloader())))
    ['input_ids', 'labels', 'sex']
    """

    label_names: list[str]
    _signature_columns: list[str] | None
    loss_is_scaled_for_ga = False  # ours is a mean over one batch; the trainer divides by the number of batches

    def __init__(
        self,
        *args: Any,
        criterion: FairLoss,
        sensitive: str | Sequence[str],
        sample_weight: str | None = None,
        **options: Any,
    ) -> None:
        if not isinstance(criterion, FairLoss):
            raise InputError(f"FairTrainer minimizes a FairLoss, got criterion={quote(criterion)}. Wrap it in one.")
        self.criterion, self.sensitive, self.sample_weight = criterion, sensitive, sample_weight
        self._fresh = deepcopy(criterion.state_dict())
        super().__init__(*args, **options)
        if self.compute_loss_func is not None or self.args.label_smoothing_factor or len(self.label_names) > 1:
            raise InputError(
                "FairTrainer computes the loss from one column of labels, got compute_loss_func, "
                f"label_smoothing_factor or several labels ({', '.join(self.label_names)}). Give the loss to FairLoss."
            )
        self.label_names = list(self.label_names) or ["labels"]
        self.model_accepts_loss_kwargs = False  # the model is not asked for a loss
        criterion.to(self.args.device)
        self.add_callback(_CriterionSteps(criterion))

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """Compute the fair loss of a batch; the model sees neither groups, weights nor labels."""
        absent = [name for name in self._needed() if name not in inputs]
        if absent:
            raise InputError(
                f"FairTrainer needs the column {quote(absent[0])} in each batch, got {', '.join(map(quote, inputs))}. "
                "Add it to the dataset as numbers, and keep it in the collator, which drops text."
            )
        outputs = model(**self._features(inputs))
        logits = _logits(outputs)
        weight = None if self.sample_weight is None else inputs[self.sample_weight]
        self.criterion.train(model.training)
        loss = self.criterion(logits, inputs[self.label_names[0]], self._groups(inputs), weight)
        return (loss, outputs if isinstance(outputs, Mapping) else {"logits": logits}) if return_outputs else loss

    def prediction_step(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        prediction_loss_only: bool,
        ignore_keys: list[str] | None = None,
    ) -> Any:
        """Evaluate a batch; one without groups or labels gives predictions and no loss."""
        if all(name in inputs for name in self._needed()):
            return super().prediction_step(model, inputs, prediction_loss_only, ignore_keys)
        _, logits, _ = super().prediction_step(model, self._features(inputs), prediction_loss_only, ignore_keys)
        labels = None if prediction_loss_only else inputs.get(self.label_names[0])
        return None, logits, None if labels is None else self._prepare_input(labels)

    def create_optimizer(self, *args: Any, **options: Any) -> Any:
        """Make the optimizer, for the parameters of the criterion too."""
        given = self.optimizer
        optimizer = super().create_optimizer(*args, **options)
        held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
        own = [parameter for parameter in self.criterion.parameters() if id(parameter) not in held]
        if own and given is not None:
            raise InputError(
                f"The optimizer given to FairTrainer lacks {len(own)} parameters of the criterion. "
                "Make it for those of the model and criterion.parameters()."
            )
        if own:
            optimizer.add_param_group({"params": own, "weight_decay": 0.0})
        return optimizer

    def call_model_init(self, *args: Any, **options: Any) -> Any:
        """Make a new model, and let the criterion start anew with it."""
        self.criterion.load_state_dict(self._fresh)
        return super().call_model_init(*args, **options)

    def log(self, logs: dict[str, float], *rest: Any, **options: Any) -> None:
        """Log the parts of the loss, the gaps and the multipliers along with the loss."""
        if "loss" in logs and self.criterion.training:
            logs.update(part_scalars(self.criterion), **term_scalars(self.criterion))
        super().log(logs, *rest, **options)

    def _needed(self) -> list[str]:
        weight = [] if self.sample_weight is None else [self.sample_weight]
        columns = [self.sensitive] if isinstance(self.sensitive, str) else list(self.sensitive)
        return [*columns, *weight, self.label_names[0]]

    def _features(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {name: values for name, values in inputs.items() if name not in self._needed()}

    def _groups(self, inputs: Mapping[str, Any]) -> Any:
        if isinstance(self.sensitive, str):
            return inputs[self.sensitive]
        return {name: inputs[name] for name in self.sensitive}

    def _set_signature_columns_if_needed(self) -> None:
        super()._set_signature_columns_if_needed()
        known = self._signature_columns or []
        self._signature_columns = [*known, *(name for name in self._needed() if name not in known)]

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        super()._save_optimizer_and_scheduler(output_dir)
        if self.args.should_save:
            state = {name: values.clone().contiguous() for name, values in self.criterion.state_dict().items()}
            save_file(state, Path(output_dir) / _FILE)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        super()._load_optimizer_and_scheduler(checkpoint)
        if checkpoint is None:
            return
        file = Path(checkpoint) / _FILE
        if not file.exists():
            raise InputError(
                f"FairTrainer resumes from its own checkpoints, but {quote(str(checkpoint))} holds no {_FILE}. "
                "Start anew from the model that is there."
            )
        self.criterion.load_state_dict(load_file(file))


class _CriterionSteps(TrainerCallback):
    """Do for the parameters of the criterion what the trainer does for those of the model: it stands outside of it."""

    def __init__(self, criterion: FairLoss) -> None:
        self.criterion = criterion

    def on_train_begin(self, args: Any, *_: Any, **__: Any) -> None:
        """Let all processes start from the parameters of the first."""
        for parameter in self.criterion.parameters() if args.world_size > 1 else ():
            distributed.broadcast(parameter.data, 0)

    def on_pre_optimizer_step(self, args: Any, *_: Any, **__: Any) -> None:
        """Average the gradients over the processes."""
        for parameter in self.criterion.parameters() if args.world_size > 1 else ():
            if parameter.grad is not None:
                distributed.all_reduce(parameter.grad.div_(args.world_size))

    def on_optimizer_step(self, *_: Any, **__: Any) -> None:
        """Forget the gradients, which the trainer does for the model alone."""
        self.criterion.zero_grad()


def _logits(outputs: Any) -> Tensor:
    if isinstance(outputs, Mapping):
        outputs = outputs.get("logits")
    found = outputs[0] if isinstance(outputs, tuple) else outputs
    if not isinstance(found, Tensor):
        raise InputError("FairTrainer needs a model that gives logits, got outputs without. Name them 'logits'.")
    return found
