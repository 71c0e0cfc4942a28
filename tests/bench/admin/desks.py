"""What waits for staff, what they did, and the figures that workers counted, by SQL."""

from datetime import UTC, datetime

from django.contrib.auth.models import Group, User

from billing.models import DeliveryMinute, StripeEvent
from customers.models import ReviewItem
from integrations.models import RemoteName
from support.dashboard import rolling
from support.models import Alert, AuditEntry, Message, ReplayItem, ReplayRun, Ticket
from tests.bench.rows import insert

# The same at every size: staff work on about as much, however many customers there are.
DEAD_EVENTS, OPEN_TICKETS, OPEN_REVIEWS, OPEN_ALERTS, OVER = 500, 300, 300, 12, 3_000
FOUNDER = "founder"
_AGO = "now() - number * interval '3 minutes'"


def fill_desks(customers: int) -> None:
    """A founder, and everything that the desks, the queue, the dashboard and the record show."""
    founder = User.objects.create_user(FOUNDER, is_staff=True)
    founder.groups.add(Group.objects.get(name="Founder"))
    somebody = f"1 + mod(number * 37, {customers})"
    _fill_events(somebody)
    _fill_reviews(somebody, founder.pk)
    _fill_tickets(somebody, founder.pk, closed=customers // 50)
    _fill_alerts()
    _fill_acts(somebody, founder.pk, acts=customers // 10)
    _fill_replays(founder.pk)
    _fill_figures()


def _many(count: int) -> str:
    return f"generate_series(1, {count}) AS number"


def _fill_events(somebody: str) -> None:
    """Given-up ones, of a few causes; of every fourth nobody knows whom it is about."""
    row = {
        "event_id": "'evt_dead' || number", "type": "'customer.subscription.updated'", "livemode": "false",
        "object_id": "'sub_dead' || number", "created": _AGO, "received_at": _AGO, "body": "'{}'",
        "status": "'dead_letter'", "due_at": "NULL::timestamptz", "attempt_count": "8",
        "reason": "('{unsupported_shape,not_found,answers_500,error:KeyError}'::text[])[1 + mod(number, 4)]",
        "customer_id": f"CASE WHEN mod(number, 4) > 0 THEN {somebody} END",
    }  # fmt: skip
    insert(StripeEvent, source=_many(DEAD_EVENTS), columns=row)


def _fill_reviews(somebody: str, founder: int) -> None:
    row = {
        "kind": "('{no_email,email_change,email_collision,unknown_status}'::text[])[1 + mod(number, 4)]",
        "subject": "'bench' || number", "customer_id": somebody, "opened_at": _AGO,
        "evidence": "jsonb_build_object('stripe_customer', 'cus_bench' || number)",
    }  # fmt: skip
    insert(ReviewItem, source=_many(OPEN_REVIEWS), columns=row)
    settled = {"settled_at": _AGO, "settled_by_id": str(founder), "decision": "'done_by_hand'"}
    insert(ReviewItem, source=_many(OVER), columns=row | settled)


def _fill_tickets(somebody: str, founder: int, *, closed: int) -> None:
    row = {
        "customer_id": "person.id", "match": "'email'", "email": "person.email", "source": "'api'",
        "subject": "'Question ' || number", "opened_at": _AGO, "opened_status": "person.status",
        "opened_plan": "'pro'", "opened_access": "person.has_access", "opened_version": "3",
        "assignee_id": str(founder),
    }  # fmt: skip
    of_people = f"{{}} JOIN customers_customer person ON person.id = {somebody} ORDER BY number"
    state = {"status": "'closed'", "closed_at": _AGO}
    insert(Ticket, source=of_people.format(_many(closed)), columns=row | state)
    waits = {"status": "CASE WHEN mod(number, 3) = 0 THEN 'answered' ELSE 'open' END"}
    waits["assignee_id"] = f"CASE WHEN mod(number, 2) = 0 THEN {founder} END"
    insert(Ticket, source=of_people.format(_many(OPEN_TICKETS)), columns=row | waits)
    said = {"ticket_id": "ticket.id", "kind": "'question'", "body": "'Why can I not get in?'"}
    insert(Message, source="support_ticket ticket ORDER BY id", columns=said)


def _fill_alerts() -> None:
    row = {
        "kind": "'syncs_failed'", "key": "'bench:' || number", "severity": "'warning'",
        "what": "'Syncs fail.'", "next_step": "'Look at the dead letters.'",
        "path": "'/admin/dead-letters/'", "opened_at": _AGO,
    }  # fmt: skip
    insert(Alert, source=_many(OVER), columns=row | {"closed_at": "now()", "last_seen_at": "now()"})
    insert(Alert, source=_many(OPEN_ALERTS), columns=row)


def _fill_acts(somebody: str, founder: int, *, acts: int) -> None:
    row = {
        "actor_id": f"CASE WHEN mod(number, 9) > 0 THEN {founder} END",
        "act": "('{replay_sync,sign_in,reread,hold}'::text[])[1 + mod(number, 4)]",
        "subject": f"'customer:' || {somebody}",
        "reason": "'asked'", "happened_at": f"now() - interval '730 days' * (1 - number / {acts}.0)",
        "release": "'bench'",
    }  # fmt: skip
    insert(AuditEntry, source=_many(acts), columns=row)


def _fill_replays(founder: int) -> None:
    run = {
        "id": "number", "staff_id": str(founder), "what": "'circle: replayed'", "started_at": _AGO,
        "finished_at": "now()",
    }  # fmt: skip
    insert(ReplayRun, source=_many(5), columns=run)
    dead = "integrations_sync WHERE status = 'dead_letter'"
    item = {"run_id": "1 + mod(id, 5)", "sync_id": "id", "outcome": "'queued'"}
    insert(ReplayItem, source=dead, columns=item)


def _fill_figures() -> None:
    """Minutes of the web process, names of the destinations, and what the workers' timer counts."""
    minute = {"minute": "date_trunc('minute', now()) - number * interval '1 minute'", "status": "200"}
    insert(DeliveryMinute, source=_many(2_880), columns=minute | {"count": "40", "within_10_ms": "40"})
    name = {
        "connection_id": "link.id", "kind": "'tag'", "remote_id": "number::text", "name": "'Tag ' || number",
        "fetched_at": "now()",
    }  # fmt: skip
    insert(RemoteName, source=f"integrations_connection link CROSS JOIN {_many(40)}", columns=name)
    rolling.count(datetime.now(UTC))
