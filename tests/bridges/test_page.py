"""The code of docs/bridges.md runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from fairloss.bridges.scalars import part_scalars, term_scalars

PAGE = (Path(__file__).parents[2] / "docs" / "bridges.md").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore:.*does not have many workers", "ignore:.*no `val_dataloader`")
@pytest.mark.filterwarnings("ignore:'pin_memory' argument is set as true")  # the default of TrainingArguments
@pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning")  # Lightning's use of a part that torch 2.13 deprecates
def test_the_examples_run(tmp_path, monkeypatch, applicants):
    pytest.importorskip("datasets", minversion="2")
    for library in ("accelerate", "pytorch_lightning", "skorch"):
        pytest.importorskip(library)
    transformers = pytest.importorskip("transformers")
    monkeypatch.chdir(tmp_path)
    features, y, sex = applicants(120)
    X = np.column_stack([features, np.ones(len(y), np.float32)])
    words = np.digitize(features, np.linspace(-1, 2, 7))
    rows = [{"input_ids": w.tolist(), "labels": int(a), "sex": int(g)} for w, a, g in zip(words, y, sex, strict=True)]
    size = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    data = torch.utils.data.TensorDataset(*map(torch.from_numpy, (X, y, sex)))
    names = {
        "model": transformers.BertForSequenceClassification(transformers.BertConfig(vocab_size=8, **size)),
        "rows": rows,
        "new_rows": [{"input_ids": row["input_ids"]} for row in rows],
        "loader": torch.utils.data.DataLoader(data, batch_size=40),
        "X": X,
        "y": y,
        "sex": sex,
    }
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        exec(block, names)
    assert names["predictions"].predictions.shape == (120, 2)
    assert names["scorer"].criterion.state()
    assert set(names["decisions"]) <= {0, 1}
    assert (tmp_path / "criterion.pt").exists()


def test_the_names_of_numbers_suit_every_logger(tempered):
    import fairloss as fl

    terms = [
        fl.Constraint("demographic_parity", size, attribute=name) for name, size in zip("ab", (0.1, 0.2), strict=True)
    ]
    criterion = fl.FairLoss("bce_with_logits", *terms, terms[0], groups={"a": 2, "b": 2})
    codes = torch.arange(40) % 2
    assert term_scalars(criterion) == {}
    criterion(torch.where(codes == 1, 4.0, -4.0), torch.ones(40), {"a": codes, "b": codes})
    numbers = {**part_scalars(criterion), **term_scalars(criterion)}
    assert {"fair/base", "fair/demographic_parity:a.1/hard_gap", "fair/demographic_parity:b/multiplier"} <= set(numbers)
    assert all(re.fullmatch(r"[\w./:]+", name) for name in numbers)
    assert numbers["fair/demographic_parity:b/hard_gap"] == 1.0
    penalty = fl.FairLoss("bce_with_logits", fl.Penalty("demographic_parity", 1.0), groups=2)
    penalty(torch.ones(4), torch.ones(4), torch.zeros(4, dtype=torch.long))
    assert term_scalars(penalty) == {}  # no multiplier, and no other group to differ from
