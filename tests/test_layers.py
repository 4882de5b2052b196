"""The rooms of the house, and what each may import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "fairloss"

# Room -> the rooms and the outside libraries that it may import, inside functions too.
MAY_IMPORT = {
    "errors": set(),
    "content": {"errors"},
    "notions": {"numpy"},
    "tables": {"notions", "numpy", "narwhals", "pandas", "polars", "pyarrow", "duckdb"},
    "inference": {"notions", "numpy", "scipy"},
    "losses": {"notions", "torch"},
    "preprocessing": {"notions", "tables", "numpy", "sklearn"},
    "postprocessing": {"notions", "tables", "inference", "numpy", "scipy", "sklearn"},
    "audit": {"notions", "tables", "inference", "numpy", "narwhals", "pandas", "jinja2", "markupsafe"},
    "metrics": {"notions", "tables", "numpy", "narwhals"},
    "datasets": {"tables", "content", "numpy", "pandas", "pydantic"},
    "estimators": {
        "losses", "preprocessing", "postprocessing", "audit", "notions", "tables",
        "numpy", "narwhals", "pandas", "sklearn", "scipy", "torch", "rich",
    },
}  # fmt: skip
FREE = {"cli", "workflow", "bridges", "__init__", "__main__"}


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "fairloss" else [f"fairloss.{a.name}" for a in node.names]
        for name in names:
            parts = name.split(".")
            found.add(parts[1] if parts[0] == "fairloss" and len(parts) > 1 else parts[0])
    return found - set(sys.stdlib_module_names) - {"fairloss"}


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    room = _room(path)
    if room in FREE:
        return
    outside = _imports(path) - MAY_IMPORT[room] - {room, "errors"}
    assert not outside, f"{path.name} in {room} may not import {sorted(outside)}"


def test_the_layer_test_sees_an_import_inside_a_function(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "def f():\n    import torch\n    from fairloss.losses import FairLoss\n    from fairloss import audit\n"
    )
    assert _imports(wrong) == {"torch", "losses", "audit"}


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert not {"utils", "helpers", "common", "base", "misc"} & {path.stem for path in FILES}


def _loaded_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(' '.join(sorted(m for m in sys.modules if '.' not in m)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_fairloss_loads_nothing_heavier_than_numpy() -> None:
    heavy = {"torch", "pandas", "sklearn", "scipy", "numpy", "narwhals", "jinja2", "click"}
    assert not heavy & _loaded_after("import fairloss")


@pytest.mark.parametrize("room", ["audit", "metrics", "tables", "notions", "inference", "datasets", "cli"])
def test_rooms_without_training_load_no_torch(room: str) -> None:
    assert "torch" not in _loaded_after(f"import fairloss.{room}")


def test_every_public_name_is_found_and_others_are_not() -> None:
    import fairloss

    for name in fairloss.__all__:
        assert getattr(fairloss, name) is not None
    assert set(fairloss.__all__) == set(dir(fairloss))
    with pytest.raises(AttributeError, match="no attribute 'FairLos'"):
        fairloss.FairLos  # noqa: B018
