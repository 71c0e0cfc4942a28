"""The mutants of one file: each is the source with one small thing wrong."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.mutation import sql

COMPARED: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
}  # fmt: skip
COMBINED: dict[type[ast.operator], str] = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.Mod: "+",
    ast.Pow: "*", ast.BitAnd: "|", ast.BitOr: "&",
}  # fmt: skip
QUERIES = ("filter", "exclude", "update", "Q", "select_for_update")
Defined = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Mutant:
    """One change: what stood there, what stands there now, and the whole changed source."""

    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"line {self.line}: `{_short(self.before)}` became `{_short(self.after)}`"


def mutants(source: str, *, only: tuple[str, ...] = ()) -> Iterator[Mutant]:
    """Every mutant of the source that still compiles; `only` names the functions and constants to change."""
    for mutant in _all(File(source), only):
        try:
            compile(mutant.source, "mutant", "exec")
        except SyntaxError:
            continue
        yield mutant


def _all(file: "File", only: tuple[str, ...]) -> Iterator[Mutant]:
    for root in _roots(ast.parse(file.source), only):
        for node in _walk(root):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for lost, put, whole in sql.mutants(node.value):
                    yield replace(file.replaced(node, repr(whole)), before=lost, after=put)
            for part, after in _changes(file, node):
                yield file.replaced(part, after)


class File:
    """A source text whose nodes can be cut out and replaced."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._starts = [0]
        for line in source.encode().splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def text(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self.source.encode()[start:end].decode()

    def replaced(self, node: ast.AST, after: str) -> Mutant:
        start, end = self._span(node)
        raw = self.source.encode()
        changed = (raw[:start] + after.encode() + raw[end:]).decode()
        return Mutant(node.lineno, self.text(node), after, changed)  # type: ignore[attr-defined]

    def _span(self, node: ast.AST) -> tuple[int, int]:
        at: ast.expr = node  # type: ignore[assignment]
        end = at.end_lineno or at.lineno, at.end_col_offset or 0
        return self._starts[at.lineno - 1] + at.col_offset, self._starts[end[0] - 1] + end[1]


def _roots(tree: ast.Module, only: tuple[str, ...]) -> Iterator[ast.AST]:
    """`only` must all be there: a function that moved away would be guarded by nobody and not be missed."""
    missing = set(only)
    for node in ast.walk(tree) if only else [tree]:
        names = {node.name} if isinstance(node, Defined) else set()
        if isinstance(node, ast.Assign):
            names = {each.id for each in node.targets if isinstance(each, ast.Name)}
        if not only or names & set(only):
            missing -= names
            yield node
    if missing:
        raise ValueError(
            f"not in this file: {', '.join(sorted(missing))}; name where it is now in targets.py"
        )


def _walk(root: ast.AST) -> Iterator[ast.AST]:
    """The nodes that do something: no docstrings, annotations, imports, names of types or decorators."""
    for child in ast.iter_child_nodes(root):
        if isinstance(child, ast.Import | ast.ImportFrom | ast.arg):
            continue
        if isinstance(root, Defined) and (child is root.returns or child in root.decorator_list):
            continue
        if isinstance(root, ast.ClassDef) and child in root.decorator_list:
            continue
        if isinstance(root, ast.AnnAssign) and child is root.annotation:
            continue
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        yield child
        yield from _walk(child)


def _changes(file: File, node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """What may go wrong at one node: the part that is replaced, and by what."""
    match node:
        case ast.Compare(left, [op], [right]) if type(op) in COMPARED:
            yield node, f"{file.text(left)} {COMPARED[type(op)]} {file.text(right)}"
        case ast.BoolOp(op, values):
            word = " or " if isinstance(op, ast.And) else " and "
            yield node, f"({word.join(f'({file.text(each)})' for each in values)})"
        case ast.BinOp(left, op, right) if type(op) in COMBINED:
            yield node, f"(({file.text(left)}) {COMBINED[type(op)]} ({file.text(right)}))"
        case ast.UnaryOp(ast.Not() | ast.Invert(), operand):
            yield node, f"({file.text(operand)})"
        case ast.Constant(value) if not isinstance(value, str):
            yield from ((node, each) for each in _constants(value))
        case ast.Tuple(elts) | ast.Set(elts) if len(elts) > 1:
            yield from ((each, "*()") for each in elts)
        case ast.Call(func, keywords=keywords) if _named(func) in QUERIES:
            yield from ((each, "") for each in keywords if each.arg)
        case ast.IfExp(test) | ast.If(test) | ast.While(test):
            yield from ((test, each) for each in ("True", "False"))
        case ast.Return(value) if value is not None and not _nothing(value):
            yield node, "return None"
        case ast.Expr(ast.Call()) | ast.Raise() | ast.AugAssign():
            yield node, "pass"


def _constants(value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield str(not value)
    elif isinstance(value, int | float):
        yield repr(value + 1)


def _nothing(value: ast.expr) -> bool:
    """None and False: whoever asks cannot tell them apart."""
    return isinstance(value, ast.Constant) and (value.value is None or value.value is False)


def _named(called: ast.expr) -> str:
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) < 90 else f"{words[:60]} ... {words[-25:]}"
