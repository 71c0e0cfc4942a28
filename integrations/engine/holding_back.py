"""What a run may make so now: all that is desired, but for what the mass-removal guard or staff hold back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from integrations import mass_removal
from integrations.connectors import Connector
from integrations.models import Connection, HoldReason, Mode, PlanMapping, Sync
from integrations.person import CANCELLATION, Person


@dataclass(frozen=True)
class Wish:
    """`desired` is the truth, `allowed` the part of it that may be sent; `reason` says who holds the rest.

    `nothing`: nothing at all may be sent now.
    """

    desired: dict[str, Any]
    allowed: dict[str, Any]
    reason: HoldReason | None = None
    nothing: bool = False


def wish(connector: Connector, person: Person, sync: Sync, *, connection: Connection) -> Wish:
    """A held removal lets grants through; a hold of staff lets through only what is taken."""
    mappings = dict(PlanMapping.objects.filter(connection=connection).values_list("plan__slug", "options"))
    # After person and mappings: whoever changes a person writes in the same transaction what is held back and
    # whether the guard counts it.
    sync.refresh_from_db(fields=("held_plans", "held_refs", "staff_hold", "bulk", "priority"))
    desired = connector.desired(person, mappings, connection=connection.options)
    kept = desired
    if sync.held_plans:
        kept = connector.desired(_still_there(person, sync), mappings, connection=connection.options)
    allowed = _without_removals(connector, kept, sync)
    if connection.mode == Mode.LIVE:
        taken = connector.taken(allowed, sync.observed)
        if taken and not mass_removal.may_remove(sync, taken):
            allowed = _without_removals(connector, kept, sync)
    if sync.staff_hold:
        taking = connector.only_taking(allowed, sync.observed)
        return Wish(desired, taking or allowed, HoldReason.HELD_BY_STAFF, nothing=taking is None)
    return Wish(desired, allowed, HoldReason.MASS_REMOVAL if allowed != desired else None)


def _still_there(person: Person, sync: Sync) -> Person:
    """The person as if the held plans still gave access; nobody is told goodbye meanwhile."""
    told = tuple(each for each in person.occasions if each.kind != CANCELLATION)
    return replace(person, grants=tuple(sorted({*person.grants, *sync.held_plans})), occasions=told)


def _without_removals(connector: Connector, kept: Mapping[str, Any], sync: Sync) -> dict[str, Any]:
    if not (sync.held_plans or sync.held_refs):
        return dict(kept)
    return connector.hold_back(kept, sync.observed, sync.held_refs)
