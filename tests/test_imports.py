"""Imports run one way: from the bytes of files to the programs, never back."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# A module imports from its own wing, and from those named before it.
ATLAS = [
    "signals",
    "terminal",
    "errors",
    "output",
    "deflate",
    "files",
    "hdf5",
    "lwtnn",
    "rootio",
    "xaod",
    "options",
    "fields",
    "cutflow",
    "jet_classifier",
    "input_record",
    "provenance",
    "dump",
    "parallel",
    "sample",
    "open_data",
    "words",
    "cli",
    "__main__",
]
LOCAL = [
    "signals",
    "terminal",
    "errors",
    "output",
    "deflate",
    "large_import",
    "flavours",
    "ratios",
    "jets",
    "jet_options",
    "ratio_options",
    "discriminants",
    "inputs",
    "network",
    "export",
    "performance",
    "training",
    "figures",
    "cli",
    "list_options",
    "training_cli",
]
ONLY = {"keras": {"training"}, "matplotlib": {"figures"}, "onnx": {"export"}}


def wing(side: Path, path: Path) -> str:
    return path.relative_to(side).parts[0].removesuffix(".py")


def imports(path: Path) -> set[tuple[str, str]]:
    """Top-level package of each import, and the wing of it if it is ours."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        parts = [f"{name}.".split(".") for name in names]
        found |= {(top, inner) for top, inner, *_ in parts}
    return found


@pytest.mark.parametrize(
    ("side", "order"), [("atlas-sw/dumpxaod", ATLAS), ("local-sw/btagging", LOCAL)]
)
def test_imports_run_one_way(side: str, order: list[str]) -> None:
    package = ROOT / side
    modules = [p for p in package.rglob("*.py") if p.parent != package or p.name != "__init__.py"]
    assert {wing(package, path) for path in modules} == set(order)
    wrong = [
        f"{path.relative_to(package)} imports {name}"
        for path in modules
        for top, name in imports(path)
        if top == package.name
        and not name.startswith("__")
        and order.index(name) > order.index(wing(package, path))
    ]
    assert wrong == []


def test_large_packages_are_imported_in_one_wing_only() -> None:
    package = ROOT / "local-sw/btagging"
    found = {
        (top, wing(package, path)) for path in package.rglob("*.py") for top, _ in imports(path)
    }
    assert {(top, name) for top, name in found if top in ONLY and name not in ONLY[top]} == set()
