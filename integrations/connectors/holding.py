"""What we hold at a destination, kept so that a crash at any point leaves nothing behind.

`held` maps an id or name to "in", "out" or "maybe". It becomes "maybe" before the call and the rest after it;
"out" is kept, so that a late call of a stalled process can be undone. Names that differ in capitals only
are one: Kit has one tag for them.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from integrations.work import Work

IN, OUT, MAYBE = "in", "out", "maybe"


def to_add(wanted: Iterable[Any], held: Mapping[str, str], *, suspect: bool = False) -> list[str]:
    """What is wanted and not surely there; all of it when nothing observed can be trusted."""
    doubtful = {each.casefold() for each, state in held.items() if state != IN}
    there = {each.casefold() for each in held} - doubtful
    return [str(each) for each in wanted if suspect or str(each).casefold() not in there]


def to_drop(wanted: Iterable[Any], held: Mapping[str, str], *, suspect: bool = False) -> list[str]:
    """What we gave, or may have given, and is not wanted any more."""
    kept = {str(each).casefold() for each in wanted}
    return [each for each, state in held.items() if each.casefold() not in kept and (suspect or state != OUT)]


def change(work: Work, kind: str, ref: str, *, call: Callable[[], None], to: str) -> None:
    """One call that brings `ref` in or out, with the doubt committed before it and the result after it."""
    held: dict[str, str] = work.observed.setdefault(kind, {})
    for other in [each for each in held if each != ref and each.casefold() == ref.casefold()]:
        del held[other]
    held[ref] = MAYBE
    work.keep()
    call()
    held[ref] = to
    work.keep()
    work.did(f"{'add' if to == IN else 'drop'}_{kind}", ref)
