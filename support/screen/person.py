"""The person on the screen and their destinations, each one query, and a mark of all that may change."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Count, Exists, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import JSONObject

from billing.models import EventStatus, StripeCustomer, StripeEvent, Subscription
from billing.models.stripe_event import WAITING
from customers.models import Customer, Override
from integrations.models import Sync, SyncAttempt
from support.desks.unchecked import places_of
from support.screen.naming import annotated_with_names

MOST_DEAD = 100
MOST_BILLED = 200

# One line of the newest of everything that the screen shows: index scans only.
_MARK = """md5(concat_ws('|', customers_customer.updated_at,
    (SELECT string_agg(concat_ws(':', s.id, s.status, s.fencing_token, s.applied_version, s.due_at), ','
               ORDER BY s.id)
       FROM integrations_sync s WHERE s.customer_id = customers_customer.id),
    (SELECT concat_ws(':', e.id, e.status) FROM billing_stripeevent e
      WHERE e.customer_id = customers_customer.id ORDER BY e.received_at DESC LIMIT 1),
    (SELECT l.id FROM customers_lifecycleevent l WHERE l.customer_id = customers_customer.id
      ORDER BY l.happened_at DESC LIMIT 1),
    (SELECT a.id FROM support_auditentry a WHERE a.subject = 'customer:' || customers_customer.id
      ORDER BY a.id DESC LIMIT 1),
    (SELECT concat_ws(':', t.id, t.status) FROM support_ticket t WHERE t.customer_id = customers_customer.id
      ORDER BY t.opened_at DESC LIMIT 1),
    (SELECT count(*) FROM customers_reviewitem r
      WHERE r.customer_id = customers_customer.id AND r.settled_at IS NULL),
    (SELECT string_agg(concat_ws(':', b.reread_at, b.reread_problem), ',' ORDER BY b.id)
       FROM billing_stripecustomer b WHERE b.customer_id = customers_customer.id)))"""


def find(customer_id: int) -> Customer | None:
    """The person with plan, Stripe customers (`accounts`), overrides (`given`), what is `billed`, what
    waits or failed, and where they are `unchecked`."""
    accounts = StripeCustomer.objects.filter(customer=OuterRef("pk")).order_by("pk")
    account = JSONObject(id="stripe_id", asked=Q(reread_at__isnull=False), problem="reread_problem")
    given = Override.objects.filter(customer=OuterRef("pk")).order_by("pk")
    override = JSONObject(id="pk", reason="reason", by="granted_by__username")
    held = Subscription.objects.filter(stripe_customer__customer=OuterRef("pk"), ended_at=None)
    bill = JSONObject(
        subject="stripe_id", amount="amount", currency="currency", period_end="current_period_end"
    )
    events = StripeEvent.objects.filter(customer=OuterRef("pk"))
    dead = events.filter(status=EventStatus.DEAD_LETTER).values("pk")
    annotated = Customer.objects.annotate(
        accounts=ArraySubquery(accounts.values(row=account)),
        given=ArraySubquery(given.values(row=override)),
        billed=ArraySubquery(held.order_by("pk").values(row=bill)[:MOST_BILLED]),
        dead_events=ArraySubquery(dead[:MOST_DEAD]),
        events_wait=Exists(events.filter(status__in=WAITING)),
        unchecked=places_of("customers_customer.id"),
        mark=_mark(),
    )
    return annotated.select_related("plan").filter(pk=customer_id).first()


def syncs_of(customer_id: int) -> list[Sync]:
    """Their syncs with the last attempt of each (`last_tried_at`, `last_outcome`), `tries` and the names."""
    last = SyncAttempt.objects.filter(sync=OuterRef("pk")).order_by("-fencing_token")
    rows = Sync.objects.filter(customer_id=customer_id).select_related("connection")
    rows = rows.annotate(
        last_tried_at=Subquery(last.values("finished_at")[:1]),
        last_outcome=Subquery(last.values("outcome")[:1]),
        tries=tried(),
        **annotated_with_names(),
    )
    return list(rows.order_by("connection__kind", "connection__slug"))


def tried() -> Subquery:
    """For a query of syncs: how often what is wanted now was tried; NULL where it never was."""
    attempts = SyncAttempt.objects.filter(sync=OuterRef("pk"), version=OuterRef("desired_version"))
    return Subquery(attempts.order_by().values("sync").values(n=Count("pk")))


def mark_of(customer_id: int) -> str:
    """Another one whenever something that the screen shows has changed; "" for nobody. One cheap query."""
    return Customer.objects.filter(pk=customer_id).values_list(_mark(), flat=True).first() or ""


def _mark() -> RawSQL:
    return RawSQL(_MARK, (), output_field=CharField())  # noqa: S611
