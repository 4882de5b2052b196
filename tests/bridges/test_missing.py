"""A bridge to a library that is not installed says how to install it."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from fairloss.errors import MissingExtra


@pytest.mark.parametrize("library", ["transformers", "skorch"])
def test_the_error_names_the_extra(library, monkeypatch):
    name = f"fairloss.bridges.{library}"
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtra, match=rf"needs {library}, which is not installed.*fairloss-toolkit\[{library}\]"):
        import_module(name)


def test_the_bridge_to_lightning_loads_neither_of_its_packages():
    code = "import sys, fairloss.bridges.lightning; print([m for m in sys.modules if 'lightning' in m.split('.')[0]])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
