"""What only some systems have is not needed to import any part of the package."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import echospan

PACKAGE = Path(echospan.__file__).parent
SOME_SYSTEMS = {"fcntl", "grp", "msvcrt", "posix", "pty", "pwd", "resource", "termios", "winreg"}


def imports(tree: ast.AST, *, inside: bool) -> set[str]:
    """Modules that are imported when a module is; with `inside`, in functions, too."""
    found = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).partition(".")[0])
        elif inside or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found |= imports(node, inside=inside)
    return found


def test_what_is_imported_is_found():
    tree = ast.parse(
        "try:\n import pwd\nexcept ImportError: pass\ndef f():\n from resource import x"
    )
    assert imports(tree, inside=False) == {"pwd"}
    assert imports(tree, inside=True) == {"pwd", "resource"}


@pytest.mark.parametrize(("modules", "inside"), [(SOME_SYSTEMS, False), ({"resource"}, True)])
def test_no_module_of_the_package_imports_them(modules, inside):
    users = {
        path.relative_to(PACKAGE)
        for path in PACKAGE.rglob("*.py")
        if modules & imports(ast.parse(path.read_text("utf-8")), inside=inside)
    }
    assert not users
