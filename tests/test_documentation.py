"""Examples in docstrings run, and public things are documented."""

from __future__ import annotations

import doctest
import inspect
import pkgutil
from importlib import import_module
from types import ModuleType

import pytest

import fairloss

MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(fairloss.__path__, "fairloss.")
    if not name.startswith(("fairloss.bridges.", "fairloss._content"))
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
