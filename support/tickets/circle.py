"""Whether somebody who should be in Circle is in: the same rule for one person and for the whole queue."""

from django.db.models import BooleanField, Case, Q, Value, When
from django.db.models.expressions import RawSQL

from customers.models import Customer
from integrations.connectors.holding import IN
from integrations.models import ConnectionKind, Mode, Sync, SyncStatus

ACCESS = ("groups", "spaces")

# Not in sync, and what gives access there was not computed or is not surely given.
_WAITING = """EXISTS (
    SELECT FROM integrations_sync s JOIN integrations_connection c ON c.id = s.connection_id
    WHERE s.customer_id = support_ticket.customer_id AND c.kind = 'circle' AND c.mode = 'live'
      AND s.status <> 'in_sync' AND (
        jsonb_array_length(coalesce(s.desired -> 'groups', '[]'))
        + jsonb_array_length(coalesce(s.desired -> 'spaces', '[]')) = 0
        OR EXISTS (
            SELECT FROM jsonb_array_elements_text(coalesce(s.desired -> 'groups', '[]')) AS wanted(id)
            WHERE s.observed -> 'groups' ->> wanted.id IS DISTINCT FROM 'in')
        OR EXISTS (
            SELECT FROM jsonb_array_elements_text(coalesce(s.desired -> 'spaces', '[]')) AS wanted(id)
            WHERE s.observed -> 'spaces' ->> wanted.id IS DISTINCT FROM 'in')))"""


def is_live(sync: Sync) -> bool:
    return sync.connection.kind == ConnectionKind.CIRCLE and sync.connection.mode == Mode.LIVE


def is_confirmed(sync: Sync) -> bool:
    """Whether Circle surely gives what they should have. Pure; for somebody who has access."""
    if sync.status == SyncStatus.IN_SYNC:
        return True
    wanted = [(kind, str(each)) for kind in ACCESS for each in sync.desired.get(kind, [])]
    return bool(wanted) and all(sync.observed.get(kind, {}).get(each) == IN for kind, each in wanted)


def is_blocked(customer: Customer, syncs: list[Sync]) -> bool:
    """Entitled, and not confirmed in Circle. Pure."""
    return customer.has_access and any(is_live(each) and not is_confirmed(each) for each in syncs)


def blocked_in_sql() -> Case:
    """`is_blocked` of a ticket's person, for ordering."""
    waiting = When(Q(customer__has_access=True), then=RawSQL(_WAITING, (), output_field=BooleanField()))  # noqa: S611
    return Case(waiting, default=Value(False), output_field=BooleanField())
