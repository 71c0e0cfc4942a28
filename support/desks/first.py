"""Who was first: the replay that took the rows of a page between its making and a press on its button."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from support.desks.dead_letters import Filters
from support.ids import number_in
from support.models import ItemOutcome, ReplayItem, ReplayRun

MOST = 1_000


@dataclass(frozen=True)
class Taken:
    """The newest replay that took some of the rows, and which (at most MOST) are known to be taken."""

    run: ReplayRun
    sync_ids: list[int]
    event_ids: list[int]


def mark() -> int:
    """The newest replay as of now; a page keeps it, to know of those that came after."""
    return ReplayRun.objects.values_list("pk", flat=True).order_by("-pk").first() or 0


def since(given: str, filters: Filters) -> Taken | None:
    """What replays newer than the page took of what its filters mean; None for nothing, or without a mark.

    The cause of a row is forgotten when it runs again, so rows of other causes of the connection count too.
    """
    newest = number_in(given)
    if newest is None:
        return None
    items = ReplayItem.objects.filter(run__gt=newest).exclude(outcome=ItemOutcome.LEFT)
    if filters.connection:
        at_stripe = Q(event__isnull=False) if filters.connection == "stripe" else Q()
        items = items.filter(Q(sync__connection__slug=filters.connection) | at_stripe)
    if filters.kind:
        items = items.filter(event__isnull=filters.kind == "syncs")
    return _taken(items)


def of(sync_ids: list[int], event_ids: list[int]) -> Taken | None:
    """The newest replay of any of these rows."""
    items = ReplayItem.objects.filter(Q(sync__in=sync_ids) | Q(event__in=event_ids))
    return _taken(items.exclude(outcome=ItemOutcome.LEFT))


def _taken(items: "QuerySet[ReplayItem]") -> Taken | None:
    newest = items.select_related("run__staff").order_by("-run_id").first()
    if newest is None:
        return None
    found = list(items.order_by("-pk").values_list("sync_id", "event_id")[:MOST])
    return Taken(newest.run, [each for each, _ in found if each], [each for _, each in found if each])
