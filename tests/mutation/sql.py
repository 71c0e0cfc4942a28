"""The mutants of one SQL statement: a lost condition, a turned comparison, a lost lock."""

import re
from collections.abc import Iterator

STATEMENT = re.compile(r"\b(SELECT|UPDATE|INSERT|DELETE)\b")
CONDITION = re.compile(r"\b(AND|OR) [^()]*?(?=\s+(?:AND|OR|ORDER|FOR|RETURNING)\b|\)|\n|$)")
COMPARISON = re.compile(r" (<=|>=|<>|<|>|IS NOT NULL|IS NULL|NOT IN|IN)(?=[\s(]) ?")
TURNED = {
    "<": ">=", ">": "<=", "<=": ">", ">=": "<", "<>": "=",
    "IS NULL": "IS NOT NULL", "IS NOT NULL": "IS NULL", "IN": "NOT IN", "NOT IN": "IN",
}  # fmt: skip
SETTING = re.compile(r",\s*(\w+ = [^,\n]+)(?=,|\n|$)")
LOST = (
    re.compile(r" SKIP LOCKED"),
    re.compile(r" FOR (UPDATE|SHARE)(?: OF \w+)?"),
    re.compile(r"\bDISTINCT "),
)


def mutants(statement: str) -> Iterator[tuple[str, str, str]]:
    """Each mutant of the statement as (what was lost, what stands there now, the whole)."""
    if not STATEMENT.search(statement):
        return
    for pattern in (CONDITION, SETTING, *LOST):
        for found in pattern.finditer(statement):
            yield found[0], "", statement[: found.start()] + statement[found.end() :]
    for found in COMPARISON.finditer(statement):
        turned = f" {TURNED[found[1]]} "
        yield found[0], turned, statement[: found.start()] + turned + statement[found.end() :]
