"""Which rows somebody chose for a replay or a snooze: named ones, or all that match the filters."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, QueryDict

from billing.models import StripeEvent
from integrations.models import Sync
from support.desks import causes
from support.desks.dead_letters import Filters, groups
from support.desks.releasing import not_theirs
from support.screen.naming import place, place_at

MOST_NAMED = 500


@dataclass(frozen=True)
class Selection:
    """Named ids (`sync`, `event` in the address) or, without any, everything that the filters match.

    It holds only what the person may replay: `may_syncs`, `may_events`, no hold that is `not_theirs`.
    """

    filters: Filters
    sync_ids: tuple[int, ...]
    event_ids: tuple[int, ...]
    now: datetime
    may_syncs: bool = True
    may_events: bool = True
    not_theirs: Q | None = None

    @classmethod
    def of(cls, request: HttpRequest, *, now: datetime, syncs: str, events: str) -> "Selection":
        """From the address; `syncs` and `events` name the right that is needed for each kind."""
        return cls(
            filters=Filters.read(request.GET),
            sync_ids=_ids(request.GET, "sync"),
            event_ids=_ids(request.GET, "event"),
            now=now,
            may_syncs=request.user.has_perm(syncs),
            may_events=request.user.has_perm(events),
            not_theirs=not_theirs(request.user.has_perm),
        )

    @property
    def named(self) -> bool:
        return bool(self.sync_ids or self.event_ids)

    @property
    def syncs(self) -> QuerySet[Sync]:
        rows = Sync.objects.filter(pk__in=self.sync_ids) if self.named else self.filters.syncs(now=self.now)
        if self.not_theirs:
            rows = rows.exclude(self.not_theirs)
        return rows.order_by("-pk") if self.may_syncs else Sync.objects.none()

    @property
    def left_out(self) -> int:
        """How many were named that are not theirs to end; what filters find is never on hold."""
        if not (self.not_theirs and self.may_syncs and self.sync_ids):
            return 0
        return Sync.objects.filter(self.not_theirs, pk__in=self.sync_ids).count()

    @property
    def events(self) -> QuerySet[StripeEvent]:
        named = StripeEvent.objects.filter(pk__in=self.event_ids).defer("body")
        rows = named if self.named else self.filters.events(now=self.now)
        return rows.order_by("-pk") if self.may_events else StripeEvent.objects.none()

    @cached_property
    def count(self) -> int:
        return self.syncs.count() + self.events.count()

    @cached_property
    def people(self) -> int:
        """Events of nobody count as one person each: nobody knows whom they are about."""
        ids = set(self.syncs.order_by().values_list("customer_id", flat=True).distinct())
        spoken_of = self.events.order_by().aggregate(nobody=Count("pk", filter=Q(customer__isnull=True)))
        ids |= set(
            self.events.order_by().exclude(customer=None).values_list("customer_id", flat=True).distinct()
        )
        return len(ids) + int(spoken_of["nobody"])

    def what(self) -> str:
        """What a run of it is called: words and codes, nobody's name."""
        if not self.named and self.filters.cause:
            found = groups(self.filters, now=self.now, syncs=self.may_syncs, events=self.may_events)
            if len(found) == 1:
                return found[0].label
        if self.named and not self.event_ids and (cause := self._one_cause()):
            return cause
        chosen = "Chosen" if self.named else "All"
        where = f" at {place_at(self.filters.connection)}" if self.filters.connection else ""
        kinds = [("syncs", bool(self.sync_ids) or not self.named), ("events", bool(self.event_ids))]
        what = " and ".join(name for name, there in kinds if there) if self.named else "dead letters"
        return f"{chosen} {what}{where}"

    def _one_cause(self) -> str:
        """The cause that all named syncs share; empty when there are several."""
        rows = self.syncs.order_by()
        found = rows.values_list("connection__kind", "connection__slug", "reason", "explanation").distinct()[
            :2
        ]
        if len(found) != 1 or not found[0][2]:
            return ""
        kind, slug, reason, explanation = found[0]
        return causes.at(place(kind, slug), causes.title(reason, explanation))


def _ids(given: QueryDict, name: str) -> tuple[int, ...]:
    found = [each for each in given.getlist(name)[:MOST_NAMED] if each.isascii() and each.isdigit()]
    return tuple(int(each) for each in found if len(each) < 19)
