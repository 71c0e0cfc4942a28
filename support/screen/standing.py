"""Whether the person is where they should be: what we decided, beside what Circle is known to hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from customers.models import Customer
from integrations.connectors.holding import IN, OUT
from integrations.models import WAITING, ConnectionKind, Mode, Sync, SyncStatus
from support.desks.unchecked import not_checked, places_of
from support.screen.destinations import reason_in_words, stopped
from support.screen.naming import annotated_with_mappings, names_at, place_of
from support.screen.pills import Tone

_ACCESS = {"access_groups": "groups", "spaces": "spaces"}
_NEXT = {
    SyncStatus.PENDING: "it is next in line",
    SyncStatus.RUNNING: "it is being done now",
    SyncStatus.IN_SYNC: "its last run left it so",
}
YES, NO = "Has access: ", "No access: "


@dataclass(frozen=True)
class Standing:
    """The badge and the sentence of the header; `agrees` is false unless Circle is known to hold the same."""

    word: str
    tone: Tone
    sentence: str
    agrees: bool = True


def with_syncs(people: QuerySet[Any]) -> QuerySet[Any]:
    """Customers with what `stands` reads of each: one more query for all of them."""
    syncs = Sync.objects.select_related("connection").annotate(**annotated_with_mappings())
    there: QuerySet[Any] = people.annotate(unchecked=places_of("customers_customer.id"))
    return there.prefetch_related(
        Prefetch("syncs", queryset=syncs.order_by("connection__kind", "connection__slug"))
    )


def stands(customer: Any) -> Standing:
    """In a list: a customer of `with_syncs`, without the sentence why."""
    return standing(customer, list(customer.syncs.all()), why="", unchecked=customer.unchecked)


def standing(
    customer: Customer, syncs: Sequence[Sync], *, why: str, unchecked: Sequence[Mapping[str, str]]
) -> Standing:
    """Pure. `why` is the sentence of `customers.why`; syncs come with the names of `naming`.

    `unchecked`: of `desks.unchecked`, by which Today counts. The syncs cannot say it: who came after a
    connection was switched off has none there.
    """
    circle = [each for each in syncs if each.connection.kind == ConnectionKind.CIRCLE]
    live = [each for each in circle if each.connection.mode == Mode.LIVE]
    if customer.has_access:
        outside = [each for each in live if not _is_inside(customer, each)]
        if outside:
            sentence = f"{why.replace(YES, 'Should have access: ', 1)} {_not_yet(outside[0])}"
            return Standing("Should have access", _tone(outside[0]), sentence, agrees=False)
        if unchecked:
            sentence = f"{why} {not_checked(unchecked[0])}"
            return Standing("Has access, not checked", Tone.WARN, sentence, agrees=False)
        return Standing("Has access", Tone.GOOD, why)
    inside = [each for each in live if _is_still_inside(each)]
    if inside:
        sentence = f"{why.replace(NO, 'Should have no access: ', 1)} {_still(inside[0])}"
        return Standing("Still in Circle", _tone(inside[0]), sentence, agrees=False)
    perhaps = [each.connection for each in circle if each not in live and _is_still_inside(each)]
    if perhaps:
        there = {"kind": perhaps[0].kind, "slug": perhaps[0].slug, "mode": perhaps[0].mode}
        sentence = f"{why} {not_checked(there)}"
        return Standing("No access, not checked", Tone.WARN, sentence, agrees=False)
    return Standing("No access", Tone.QUIET, why)


def _is_inside(customer: Customer, sync: Sync) -> bool:
    """Whether all that their plans map to is surely there; a plan that maps to nothing asks for nothing."""
    mappings = names_at(sync).mappings
    for option, kind in _ACCESS.items():
        held = sync.observed.get(kind, {})
        wanted = {str(ref) for plan in customer.grants for ref in mappings.get(plan, {}).get(option, [])}
        if any(held.get(ref) != IN for ref in wanted):
            return False
    return True


def _is_still_inside(sync: Sync) -> bool:
    return any(state != OUT for kind in _ACCESS.values() for state in sync.observed.get(kind, {}).values())


def _not_yet(sync: Sync) -> str:
    return f"Not in {place_of(sync.connection)} yet: {_because(sync)}"


def _still(sync: Sync) -> str:
    return f"Still in {place_of(sync.connection)}: {_because(sync)}"


def _because(sync: Sync) -> str:
    halted = stopped(sync.connection) if sync.status in WAITING else ""
    next_up = "" if halted else _NEXT.get(SyncStatus(sync.status), "")
    known = next_up or reason_in_words(sync) or ("" if halted else "no reason was recorded")
    again = "it is tried again by itself" if sync.status == SyncStatus.RETRYING else ""
    parts = [known.rstrip("."), f"it waits, as {halted}" if halted else again]
    return f"{'; '.join(filter(None, parts))}."


def _tone(sync: Sync) -> Tone:
    return Tone.BAD if sync.status in (SyncStatus.DEAD_LETTER, SyncStatus.ON_HOLD) else Tone.WARN
