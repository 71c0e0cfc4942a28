"""What we hold at a destination, kept so that a crash at any point leaves nothing behind.

`held` maps an id or name to "in", "out" or "maybe". It becomes "maybe" before the call and the rest after it;
"out" is kept, so that a late call of a stalled process can be undone.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from integrations.work import Work

IN, OUT, MAYBE = "in", "out", "maybe"


def to_add(wanted: Iterable[Any], held: Mapping[str, str], *, suspect: bool = False) -> list[str]:
    """What is wanted and not surely there; all of it when nothing observed can be trusted."""
    return [str(each) for each in wanted if suspect or held.get(str(each)) != IN]


def to_drop(wanted: Iterable[Any], held: Mapping[str, str], *, suspect: bool = False) -> list[str]:
    """What we gave, or may have given, and is not wanted any more."""
    kept = {str(each) for each in wanted}
    return [each for each, state in held.items() if each not in kept and (suspect or state != OUT)]


def change(work: Work, kind: str, ref: str, *, call: Callable[[], None], to: str) -> None:
    """One call that brings `ref` in or out, with the doubt committed before it and the result after it."""
    held: dict[str, str] = work.observed.setdefault(kind, {})
    held[ref] = MAYBE
    work.keep()
    call()
    held[ref] = to
    work.keep()
    work.did(f"{'add' if to == IN else 'drop'}_{kind}", ref)
