"""Whom a change of a mapping would touch: tried on the people who hold the plan, before it is made."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from customers.models import Customer, Entitlement, Plan
from customers.vocabulary import LIVING, Source
from integrations.connectors import connector_of
from integrations.mass_removal import FREE, SHARE
from integrations.models import Connection, OneTimeEffect, PlanMapping, RemoteKind, Sync
from integrations.person import FRESH, WELCOME, Person
from support.mapping.changing import Wish
from support.mapping.choices import Directory

MOST = 2_000
ACCESS = ("groups", "spaces")
CREATES = "create the member"
_NUMBERED = {
    re.compile(r"(access group) (\d+)"): RemoteKind.GROUP,
    re.compile(r"(member tag) (\d+)"): RemoteKind.TAG,
    re.compile(r"(space) (\d+)"): RemoteKind.SPACE,
}
Mappings = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Preview:
    """`lines` such as ("add to access group Pro (101)", 12); `more`: only the first people were tried.

    `losing` lose a group or a space there; to `out` of them nothing there gives access any more.
    """

    people: int
    more: bool
    lines: Sequence[tuple[str, int]]
    mails: int
    losing: int
    held: bool
    out: int = 0

    @property
    def people_in_words(self) -> str:
        words = "1 person holds" if self.people == 1 else f"{self.people:,} people hold"
        return f"More than {words}" if self.more else words

    @property
    def losing_in_words(self) -> str:
        """E.g. "12 people lose a group or space there, 2 of them all access."."""
        words = f"{self.losing:,} {'person loses' if self.losing == 1 else 'people lose'}"
        if self.out == self.losing:
            return f"{words} access there."
        keeps = "has" if self.losing == 1 else "have"
        rest = f"{self.out:,} of them all access" if self.out else f"and {keeps} another"
        return f"{words} a group or space there, {rest}."


def preview(wish: Wish, *, names: Directory, now: datetime) -> Preview:
    """What everybody who holds the plan would get and lose there. Five queries; changes nothing."""
    plan, connection, options = wish.plan, wish.connection, wish.options
    rows = PlanMapping.objects.filter(connection=connection).select_related("plan")
    before: Mappings = {row.plan.slug: row.options for row in rows}
    after = {**before, plan.slug: options}
    people = list(_holders(plan)[: MOST + 1])
    syncs = {row.customer_id: row for row in Sync.objects.filter(connection=connection, customer__in=people)}
    tally = Tally(connection)
    for customer in people[:MOST]:
        sync = syncs.get(customer.pk) or Sync(customer=customer, connection=connection)
        tally.add(sync, *(wanted(customer, connection, each) for each in (before, after)))
    buyers = _fresh_buyers(plan, connection, now=now) if _starts_welcoming(plan, before, options) else 0
    return Preview(
        people=min(len(people), MOST),
        more=len(people) > MOST,
        lines=[(named(words, names), count) for words, count in tally.told.most_common()],
        mails=tally.invited + buyers,
        losing=tally.losing,
        held=too_many(tally.losing),
        out=tally.out,
    )


class Tally:
    """The difference that the change makes for each person, added up."""

    def __init__(self, connection: Connection) -> None:
        self._connector = connector_of(connection)
        self._invites = bool(connection.options.get("invite", True))
        self.told: Counter[str] = Counter()
        self.invited = self.losing = self.out = 0

    def add(self, sync: Sync, before: dict[str, Any], after: dict[str, Any]) -> None:
        was, will = (set(self._connector.describe(each, sync.observed)) for each in (before, after))
        self.told.update(will - was)
        self.invited += self._invites and CREATES in will - was
        already, taken = (self._connector.taken(each, sync.observed) for each in (before, after))
        loses = any(set(refs) - set(already.get(kind, [])) for kind, refs in taken.items())
        self.losing += loses
        self.out += loses and not any(after.get(kind) for kind in ACCESS)


def too_many(losing: int) -> bool:
    """Whether the mass-removal guard would hold some of them."""
    if losing <= FREE:
        return False
    enough = round(losing / SHARE) + 1
    return losing > SHARE * Customer.objects.filter(has_access=True)[:enough].count()


def _holders(plan: Plan) -> Any:
    holds = Q(grants__contains=[plan.slug]) | Q(plan=plan)
    return Customer.objects.filter(holds).select_related("plan").order_by("pk")


def wanted(customer: Customer, connection: Connection, mappings: Mappings) -> dict[str, Any]:
    """What is desired there of somebody, occasions left out: those are mails, and counted apart. Pure."""
    person = Person(
        customer_id=customer.pk,
        version=customer.version,
        email=customer.email,
        name=customer.name,
        country=customer.country,
        status=customer.status,
        has_access=customer.has_access,
        plan=customer.plan.slug if customer.plan else "",
        plan_name=customer.plan.name if customer.plan else "",
        interval=customer.interval,
        support_tier=customer.support_tier,
        grants=tuple(sorted(customer.grants)),
        ever_held_a_plan=customer.plan is not None,
    )
    return connector_of(connection).desired(person, mappings, connection=connection.options)


def named(words: str, names: Directory) -> str:
    """The words with names for numbers."""
    for pattern, kind in _NUMBERED.items():
        if found := pattern.search(words):
            return pattern.sub(f"{found[1]} {names.name(kind, found[2])}".replace("\\", ""), words)
    return words


def _starts_welcoming(plan: Plan, before: Mappings, options: Mapping[str, Any]) -> bool:
    sequence = f"{WELCOME}_sequence"
    return bool(options.get(sequence)) and not before.get(plan.slug, {}).get(sequence)


def _fresh_buyers(plan: Plan, connection: Connection, *, now: datetime) -> int:
    """Who bought within the week and was not welcomed there yet: nobody is written to about longer ago."""
    welcomed = OneTimeEffect.objects.filter(
        customer=OuterRef("customer"), connection=connection, kind=WELCOME, subject=OuterRef("subject")
    )
    fresh = Entitlement.objects.filter(plan=plan, state__in=LIVING, starts_at__gt=now - FRESH)
    return fresh.exclude(source=Source.OVERRIDE).filter(~Exists(welcomed)).count()
