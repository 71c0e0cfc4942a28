"""What an act on somebody's entitlements would lead to, computed and not stored."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from customers.models import Customer, Entitlement
from customers.state import CustomerState, resolve
from customers.vocabulary import EndReason, Status
from customers.why import why
from integrations.connectors import CONNECTORS
from integrations.models import Sync
from integrations.person import person_of
from support.screen.naming import names_at
from support.screen.preview import Preview, mails_in_words, preview_of


@dataclass(frozen=True)
class Consequences:
    """The state that would follow, and what each destination would be told."""

    state: CustomerState
    why: str
    previews: list[Preview]

    @property
    def mails(self) -> str:
        return mails_in_words(each.mails for each in self.previews)

    def sentence(self) -> str:
        """E.g. "Circle: add to access group Pro (101). Kit: nothing. Mails: 0." """
        said = [f"{each.connection}: {each.does}." for each in self.previews]
        return " ".join([*said, f"Mails: {self.mails}."])


def of(
    customer: Customer, held: Sequence[Entitlement], *, syncs: Sequence[Sync], now: datetime
) -> Consequences:
    """As if the person held exactly `held`. Writes nothing; one query for each destination of theirs."""
    state = resolve(held, now=now)
    person = person_of(as_if(customer, state), list(held), now=now)
    previews = []
    for sync in syncs:
        connector, connection = CONNECTORS.get(sync.connection.kind), sync.connection
        if connector is not None:
            desired = connector.desired(person, names_at(sync).mappings, connection=connection.options)
            previews.append(preview_of(sync, desired))
    return Consequences(state, why(held, now=now), previews)


def without(held: Sequence[Entitlement], subject: str, *, now: datetime) -> list[Entitlement]:
    """The entitlements with one of them ended by staff; copies, so nothing stored changes."""
    rows = [copy.copy(each) for each in held]
    for each in rows:
        if each.subject == subject and each.lives:
            each.state, each.since, each.ended_at = Status.CANCELED, now, now
            each.end_reason = EndReason.STAFF
    return rows


def as_if(customer: Customer, state: CustomerState) -> Customer:
    """A copy of the person in this state, not stored."""
    supposed = copy.copy(customer)
    supposed.status, supposed.has_access, supposed.grants = (
        state.status,
        state.has_access,
        sorted(state.grants),
    )
    supposed.plan, supposed.interval, supposed.support_tier = state.plan, state.interval, state.support_tier
    return supposed
