"""The size rules: small enough to hold in the head. Run as a module it lists every breach."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.quality.tracked import ROOT, tracked

FILE_LINES = 250
FUNCTION_LINES = 40
PARAMETERS = 5
Function = ast.FunctionDef | ast.AsyncFunctionDef


def breaches(source: str, *, where: str) -> Iterator[str]:
    """Every rule that this Python source breaks, as `file:line sentence`."""
    lines = len(source.splitlines())
    if lines > FILE_LINES:
        yield f"{where}:1 has {lines} lines; {FILE_LINES} are allowed"
    tree = ast.parse(source)
    if tree.body and not ast.get_docstring(tree):
        yield f"{where}:1 does not say its one job in its first line"
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield from _function_breaches(node, where=f"{where}:{node.lineno} {node.name}")


def _function_breaches(node: Function, *, where: str) -> Iterator[str]:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if lines > FUNCTION_LINES:
        yield f"{where} has {lines} lines; {FUNCTION_LINES} are allowed"
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    count = len([each for each in given if each.arg not in {"self", "cls"}])
    # A test's parameters are fixtures that pytest hands in by name: nobody writes them in a call.
    if count > PARAMETERS and not node.name.startswith("test_"):
        yield f"{where} takes {count} parameters; {PARAMETERS} are allowed"
    if node.returns is None:
        yield f"{where} does not say what it returns"


def all_breaches() -> list[str]:
    """The breaches of every tracked Python file, migrations apart: Django writes those."""
    files = (file for file in tracked() if file.suffix == ".py" and "migrations" not in file.parts)
    return [line for file in files for line in _in_file(file)]


def _in_file(file: Path) -> Iterator[str]:
    return breaches(file.read_text(), where=str(file.relative_to(ROOT)))


if __name__ == "__main__":
    found = all_breaches()
    print("\n".join(found) or "All files, functions and parameter lists are within the limits.")
    sys.exit(bool(found))
