"""Every action word that the source keeps in the audit, found by reading it."""

from __future__ import annotations

import ast
import itertools
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
PLACES = ("storage", "handlers", "bot")


@cache
def sources() -> dict[Path, str]:
    paths = [path for place in PLACES for path in sorted((ROOT / place).rglob("*.py"))]
    return {path: path.read_text(encoding="utf-8") for path in paths}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(sources()[path])


def modules(words: str) -> list[tuple[Path, ast.Module]]:
    """Modules in which words stand: reading all of them takes too long."""
    return [(path, parsed(path)) for path, source in sources().items() if words in source]


def actions() -> dict[str, str]:
    """Action words with the file they stand in; a word made of parts has {} in its place."""
    found: dict[str, str] = {}
    for path, tree in [*modules("audit.note("), *modules("REFUSED = ")]:
        for scope in functions(tree):
            for call in calls(scope, "note"):
                value = argument(call, "action")
                if value is not None:
                    for word in words(value, scope, tree):
                        found.setdefault(word, path.name)
    return found


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if (isinstance(called, ast.Attribute) and called.attr == name) or (
                isinstance(called, ast.Name) and called.id == name
            ):
                yield node


def argument(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def words(value: ast.expr, scope: ast.FunctionDef, tree: ast.Module) -> Iterator[str]:
    """What an expression may be: constants, choices, parts, or what callers hand in."""
    match value:
        case ast.Constant(value=str(word)):
            yield word
        case ast.IfExp(body=one, orelse=other):
            yield from words(one, scope, tree)
            yield from words(other, scope, tree)
        case ast.JoinedStr(values=parts):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts
            )
        case ast.Name(id=name):
            yield from named(name, scope, tree)
        case _:
            yield f"not read: {ast.unparse(value)}"


def callers(
    scope: ast.FunctionDef, tree: ast.Module
) -> Iterator[tuple[ast.FunctionDef, ast.Module, ast.Call]]:
    """Who calls a function, and in which module: one of its own, or any where it is public."""
    home = next((path.stem for path in sources() if parsed(path) is tree), "")
    beside = [] if scope.name.startswith("_") else modules(f"{home}.{scope.name}(")
    for each in [*(one for _, one in beside), tree]:
        for caller in functions(each):
            for call in calls(caller, scope.name):
                called = call.func
                here = isinstance(called, ast.Name) and each is tree
                there = (
                    isinstance(called, ast.Attribute)
                    and isinstance(called.value, ast.Name)
                    and called.value.id == home
                )
                if here or there:
                    yield caller, each, call


def named(name: str, scope: ast.FunctionDef, tree: ast.Module) -> Iterator[str]:
    """The values of a name: a parameter's from its callers, else what it was bound to."""
    parameters = [each.arg for each in itertools.chain(scope.args.args, scope.args.kwonlyargs)]
    if name in parameters:
        at = parameters.index(name)
        for caller, there, call in callers(scope, tree):
            handed = argument(call, name)
            if handed is None and at < len(call.args):
                handed = call.args[at]
            if handed is not None:
                yield from words(handed, caller, there)
        return
    for node in itertools.chain(ast.walk(scope), tree.body):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in node.targets
        ):
            yield from words(node.value, scope, tree)
