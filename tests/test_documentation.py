"""Examples in docstrings run, and public things are documented."""

from __future__ import annotations

import doctest
import inspect
import pkgutil
import re
import runpy
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import fairloss

MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(fairloss.__path__, "fairloss.")
    if not name.startswith("fairloss._content")
]
FLAGS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.chdir(str(tmp_path))
    result = doctest.testmod(import_module(name), optionflags=FLAGS)
    assert result.failed == 0


def _public(module: ModuleType) -> list[tuple[str, object]]:
    names = getattr(module, "__all__", [])
    return [(name, getattr(module, name)) for name in names]


@pytest.mark.parametrize("name", MODULES)
def test_public_functions_and_classes_say_what_they_mean(name: str) -> None:
    for label, thing in _public(import_module(name)):
        if inspect.isclass(thing) or inspect.isfunction(thing):
            first = (inspect.getdoc(thing) or "").split("\n")[0]
            assert first.endswith((".", ":", "?")), f"{name}.{label} needs a first line that is a sentence"


ROOT = Path(__file__).parents[1]


def test_the_catalogue_page_is_what_the_catalogues_say() -> None:
    written = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
    assert written == runpy.run_path(str(ROOT / "docs" / "make_catalogue.py"))["catalogue"]()


def test_ci_calls_exactly_the_second_command_of_the_readme() -> None:
    readme, ci = (ROOT / "README.md").read_text(encoding="utf-8"), (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = re.findall(r"```bash\n(python3 -m venv .*)\n```", readme)
    assert len(commands) == 2
    assert commands[1] in ci.splitlines()


def test_the_examples_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np
    import torch

    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    sex, race = rng.choice(["F", "M"], 500), rng.choice(["x", "y"], 500)
    model = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Flatten(0))
    batches = [(torch.randn(32, 3), torch.randint(0, 2, (32,)).float(), torch.randint(-1, 2, (32,))) for _ in range(3)]
    names = {
        "sex": sex,
        "race": race,
        "y_true": rng.integers(0, 2, 500),
        "y_pred": rng.integers(0, 2, 500),
        "model": model,
        "loader": batches,
        "optimizer": torch.optim.Adam(model.parameters()),
    }
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        exec(block, names)
    assert (tmp_path / "audit.html").exists()
    assert set(names["clf"].predict(names["X"])) <= {0, 1}
