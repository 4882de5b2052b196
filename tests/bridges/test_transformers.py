"""A Trainer of Hugging Face that keeps the groups' decisions alike; models are made here, nothing is downloaded."""

from __future__ import annotations

import os
from copy import deepcopy

import numpy as np
import pytest
import torch
from torch.utils.data import IterableDataset

import fairloss as fl
from fairloss.bridges.scalars import term_scalars
from fairloss.errors import InputError

os.environ.setdefault("HF_HUB_OFFLINE", "1")

SKILL, PROXY, WORDS = 20, 12, 32


@pytest.fixture(autouse=True)
def hf():
    pytest.importorskip("accelerate")
    pytest.importorskip("datasets", minversion="2")  # a folder of that name is no library
    return pytest.importorskip("transformers")


def texts(applicants, n, seed=0):
    """Put the applicants into words: three words for the skill, three for the proxy of the group."""
    features, y, codes = applicants(n, seed)
    cut = np.stack([np.digitize(features[:, 0], np.linspace(-1.5, 3, SKILL - 1)),
                    SKILL + np.digitize(features[:, 1], np.linspace(-0.5, 1.5, PROXY - 1))], 1)  # fmt: skip
    words = np.repeat(cut, 3, axis=1)
    return [{"input_ids": w.tolist(), "labels": int(a), "sex": int(g)} for w, a, g in zip(words, y, codes, strict=True)]


def classifier(seed=0):
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(seed)
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    none = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    return BertForSequenceClassification(BertConfig(vocab_size=WORDS, max_position_embeddings=8, **size, **none))


def trainer(folder, criterion, rows, model=None, sensitive="sex", options=None, **settings):
    from transformers import TrainingArguments

    from fairloss.bridges.transformers import FairTrainer

    usual = {"per_device_train_batch_size": 50, "learning_rate": 5e-3, "report_to": "none", "disable_tqdm": True,
             "use_cpu": True, "save_strategy": "no", "logging_strategy": "no"}  # fmt: skip
    return FairTrainer(
        classifier() if model is None else model,
        TrainingArguments(output_dir=str(folder), **{**usual, **settings}),
        train_dataset=rows,
        criterion=criterion,
        sensitive=sensitive,
        **(options or {}),
    )


def without(rows, *columns):
    return [{name: value for name, value in row.items() if name not in columns} for row in rows]


class InOrder(IterableDataset):
    """Rows as they come: the trainer shuffles others."""

    def __init__(self, rows):
        self.rows = rows

    def __iter__(self):
        return iter(self.rows)


def test_the_gap_on_held_out_rows_falls(tmp_path, applicants, gap):
    rows, held = texts(applicants, 1_500), texts(applicants, 2_000, seed=1)
    codes, y = (np.array([row[name] for row in held]) for name in ("sex", "labels"))
    tolerance = fl.Constraint("demographic_parity", 0.05)
    gaps, right = {}, {}
    for name, terms in (("plain", ()), ("fair", (tolerance,))):
        criterion = fl.FairLoss("cross_entropy", *terms, groups=2, memory=1_000)
        fitted = trainer(tmp_path, criterion, rows, num_train_epochs=10)
        fitted.train()
        decision = fitted.predict(without(held, "sex")).predictions.argmax(1)
        gaps[name], right[name] = gap(decision, codes), (decision == y).mean()
    assert gaps["plain"] > 0.25
    assert gaps["fair"] < 0.05 + 0.03  # each of the two rates, of 1,000 rows, has a standard error of 0.015
    assert right["fair"] > 0.65


def test_the_column_of_the_groups_is_kept_where_the_trainer_drops_it(tmp_path, applicants):
    from transformers import Trainer

    from datasets import Dataset

    rows = Dataset.from_list([{**row, "note": "text"} for row in texts(applicants, 100)])
    fair = trainer(tmp_path, fl.FairLoss("cross_entropy", groups=2), rows, max_steps=1)
    assert fair.args.remove_unused_columns
    stock = next(iter(Trainer(classifier(), fair.args, train_dataset=rows).get_train_dataloader()))
    assert set(stock) == {"input_ids", "labels"}  # the trap
    assert set(next(iter(fair.get_train_dataloader()))) == {"input_ids", "labels", "sex"}
    seen = []
    fair.model.register_forward_pre_hook(lambda _, args, given: seen.append(set(given)), with_kwargs=True)
    fair.train()
    assert seen == [{"input_ids"}]


def test_a_batch_without_the_groups_is_refused(tmp_path, applicants):
    rows = texts(applicants, 100)
    with pytest.raises(InputError, match="needs the column 'gender' in each batch, got 'input_ids', 'labels'"):
        trainer(tmp_path, fl.FairLoss("cross_entropy", groups=2), rows, sensitive="gender").train()
    words = [{**row, "sex": "F"} for row in rows]  # the usual collator drops them in silence
    with pytest.raises(InputError, match="which drops text"):
        trainer(tmp_path, fl.FairLoss("cross_entropy", groups=2), words).train()


@pytest.mark.parametrize("term", [fl.Constraint("equalized_odds", 0.01), fl.Penalty("demographic_parity", 2.0)])
def test_accumulation_is_the_mean_over_the_small_batches(tmp_path, applicants, tempered, term):
    rows, size, parts, steps, rate = texts(applicants, 96), 8, 4, 3, 0.5
    model, criterion = classifier(), tempered(term)
    twin, own = deepcopy(model), deepcopy(criterion)
    settings = {"per_device_train_batch_size": size, "gradient_accumulation_steps": parts, "max_steps": steps}
    plain = {"optim": "sgd", "learning_rate": rate, "lr_scheduler_type": "constant", "max_grad_norm": 0.0}
    trainer(tmp_path, criterion, InOrder(rows), model, **settings, **plain).train()

    parameters = [*twin.parameters(), *own.parameters()]
    for step in range(steps):
        for part in range(parts):
            chosen = rows[(step * parts + part) * size :][:size]
            words, y, sex = (torch.tensor([row[name] for row in chosen]) for name in ("input_ids", "labels", "sex"))
            (own(twin(words).logits, y, sex) / parts).backward()
        with torch.no_grad():
            for parameter in parameters:
                parameter -= rate * parameter.grad
                parameter.grad = None
    for ours, by_hand in ((model, twin), (criterion, own)):
        for name, value in by_hand.state_dict().items():
            torch.testing.assert_close(ours.state_dict()[name], value, rtol=1e-4, atol=1e-6)
    assert criterion.base.scale.item() != 0


def test_a_run_that_was_interrupted_goes_on_as_if_it_was_not(tmp_path, applicants, tempered):
    rows = texts(applicants, 400)
    settings = {"max_steps": 12, "save_strategy": "steps", "save_steps": 6, "per_device_train_batch_size": 40}
    straight = trainer(tmp_path, tempered(), rows, **settings)
    straight.train()
    resumed = trainer(tmp_path, tempered(), rows, **settings)
    resumed.train(resume_from_checkpoint=str(tmp_path / "checkpoint-6"))
    assert term_scalars(straight.criterion)["fair/demographic_parity/multiplier"] > 0
    for ours, theirs in ((resumed.model, straight.model), (resumed.criterion, straight.criterion)):
        for name, value in theirs.state_dict().items():
            torch.testing.assert_close(ours.state_dict()[name], value, rtol=1e-5, atol=1e-7)
    (tmp_path / "checkpoint-6" / "criterion.safetensors").unlink()
    with pytest.raises(InputError, match=r"holds no criterion\.safetensors"):
        trainer(tmp_path, tempered(), rows, **settings).train(resume_from_checkpoint=str(tmp_path / "checkpoint-6"))


def test_evaluation_moves_nothing_and_prediction_needs_no_groups(tmp_path, applicants, tempered):
    rows, held = texts(applicants, 200), texts(applicants, 100, seed=1)
    fitted = trainer(tmp_path, tempered(), rows, max_steps=4, per_device_eval_batch_size=100)
    fitted.train()
    before = deepcopy(fitted.criterion.state_dict())
    metrics = fitted.evaluate(held)
    torch.testing.assert_close(fitted.criterion.state_dict(), before, rtol=0, atol=0)
    words, y, sex = (torch.tensor([row[name] for row in held]) for name in ("input_ids", "labels", "sex"))
    with torch.no_grad():
        by_hand = fitted.criterion.eval()(fitted.model(words).logits, y, sex).item()
    assert metrics["eval_loss"] == pytest.approx(by_hand, rel=1e-5)

    blind = fitted.predict(without(held, "sex"))
    assert "test_loss" not in blind.metrics
    np.testing.assert_array_equal(blind.label_ids, y)
    np.testing.assert_allclose(blind.predictions, fitted.predict(held).predictions, rtol=1e-6)
    assert fitted.predict(without(held, "sex", "labels")).label_ids is None


def test_several_attributes_weights_and_a_single_logit(tmp_path, applicants):
    rows = [{**row, "race": place % 3, "w": 1.0 + place % 2} for place, row in enumerate(texts(applicants, 200))]
    terms = (fl.Constraint("demographic_parity", 0.05, attribute=name) for name in ("sex", "race"))
    criterion = fl.FairLoss("bce_with_logits", *terms, groups={"sex": 2, "race": 3})
    model = classifier()
    model.classifier, model.num_labels = torch.nn.Linear(16, 1), 1
    fitted = trainer(tmp_path, criterion, rows, model, sensitive=["sex", "race"], num_train_epochs=1,
                     options={"sample_weight": "w"}, logging_strategy="steps", logging_steps=2)  # fmt: skip
    fitted.train()
    assert sum(record.size for record in criterion.state() if record.attribute == "race") == pytest.approx(
        300, rel=0.05
    )
    logged = fitted.state.log_history[0]
    assert {"fair/base", "fair/demographic_parity:sex", "fair/demographic_parity:race/hard_gap"} <= set(logged)


def test_a_new_model_of_model_init_gets_a_criterion_that_starts_anew(tmp_path, applicants, tempered):
    from transformers import TrainingArguments

    from fairloss.bridges.transformers import FairTrainer

    settings = {"report_to": "none", "disable_tqdm": True, "use_cpu": True, "save_strategy": "no", "max_steps": 3}
    fitted = FairTrainer(
        args=TrainingArguments(output_dir=str(tmp_path), logging_strategy="no", **settings),
        model_init=lambda: classifier(),
        train_dataset=texts(applicants, 100),
        criterion=tempered(),
        sensitive="sex",
    )
    ends = []
    for _ in range(2):
        fitted.train()
        ends.append(deepcopy(fitted.criterion.state_dict()))
    torch.testing.assert_close(*ends)
    assert ends[0]["base.scale"] != 0


@pytest.mark.parametrize("wrong", ["criterion", "function", "smoothing", "optimizer"])
def test_another_loss_or_an_optimizer_that_forgets_is_refused(tmp_path, applicants, tempered, wrong):
    rows, model = texts(applicants, 50), classifier()
    criterion = torch.nn.CrossEntropyLoss() if wrong == "criterion" else tempered()
    options = {
        "function": {"compute_loss_func": lambda *_, **__: None},
        "optimizer": {"optimizers": (torch.optim.Adam(model.parameters()), None)},
    }.get(wrong)
    with pytest.raises(InputError, match=r"FairLoss|lacks 1 parameters of the criterion"):
        trainer(tmp_path, criterion, rows, model, options=options, max_steps=1,
                label_smoothing_factor=0.1 * (wrong == "smoothing")).train()  # fmt: skip
