"""Imports point down, and what must stay light stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOOR = {"molecules": 0, "oracles": 1, "surrogates": 1, "generators": 1, "loop": 2}
FILES = [path for room in FLOOR for path in sorted((ROOT / room).rglob("*.py"))]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path):
    room = path.relative_to(ROOT).parts[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            names = [node.module or ""]
        for name in names:
            top = name.split(".")[0]
            if top in FLOOR and top != room:
                assert FLOOR[top] < FLOOR[room], f"{path} imports {name}"


@pytest.mark.parametrize(
    "module",
    [
        "molecules",
        "molecules.store",
        "molecules.library",
        "oracles.workers.process",
        "loop.__main__",
    ],
)
def test_light_modules_load_no_torch(module):
    check = f"import sys, {module}; sys.exit(any(m in sys.modules for m in ('torch', 'hydra', 'mlflow')))"
    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=False).returncode == 0


def test_no_text_constant_is_defined_twice():
    places = {}
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            match node:
                case ast.Assign(targets=[ast.Name(name)], value=ast.Constant(str() as text)):
                    places.setdefault((name, text), []).append(str(path.relative_to(ROOT)))
    assert not {constant: found for constant, found in places.items() if len(found) > 1}
