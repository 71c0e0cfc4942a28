"""Every address that the product answers, with real rows to fill in its arguments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from customers.models import Customer, Override, Plan, PlanAlias, ReviewItem
from integrations.models import Connection, Sync
from support.models import Alert, ReplayRun, Ticket
from tests.factories import (
    AuditEntryFactory,
    CustomerFactory,
    EntitlementFactory,
    LifecycleEventFactory,
    OneTimeEffectFactory,
    PlanFactory,
    PlanMappingFactory,
    PriceFactory,
    ReviewItemFactory,
    StripeEventFactory,
    SyncAttemptFactory,
    SyncFactory,
    TicketFactory,
    UserFactory,
)

MARKED = "1970"  # no row has this id
NOISE = ("django_session", "axes_accessattempt")


@dataclass(frozen=True)
class Address:
    """One route: its name with namespace, and the arguments that it wants."""

    name: str
    route: str
    view: Any = field(repr=False, hash=False, compare=False)
    wants: tuple[str, ...] = ()


def addresses() -> list[Address]:
    return list(_walk(get_resolver().url_patterns))


def office() -> list[Address]:
    """The named pages of the back office; what has no name only redirects to them."""
    doors = ("admin:login", "admin:logout")
    return [
        each
        for each in addresses()
        if each.route.startswith("admin/") and each.name.rsplit(":", 1)[-1] and each.name not in doors
    ]


def _walk(
    patterns: Sequence[URLPattern | URLResolver], route: str = "", space: str = ""
) -> Iterator[Address]:
    for each in patterns:
        here = route + str(each.pattern)
        if isinstance(each, URLPattern):
            wants = tuple(each.pattern.converters) or tuple(each.pattern.regex.groupindex)
            yield Address(space + (each.name or ""), here, each.callback, wants)
        else:
            yield from _walk(
                each.url_patterns, here, f"{space}{each.namespace}:" if each.namespace else space
            )


def make_world() -> Sync:
    """A row of everything that pages are about; one person's sync is a dead letter."""
    plan: Plan = PlanFactory.create()
    customer = CustomerFactory.create(name="Ann Keller", paying=True, plan=plan)
    EntitlementFactory.create(customer=customer)
    sync: Sync = SyncFactory.create(customer=customer, connection__slug="circle", dead=True)
    SyncAttemptFactory.create(sync=sync, outcome="rejected", code="refused")
    staff = UserFactory.create(username="fred")
    Override.objects.create(
        customer=customer, plan=plan, until=timezone.now() + timedelta(days=30),
        reason="a speaker", granted_by=staff,
    )  # fmt: skip
    StripeEventFactory.create(customer=customer, dead=True)
    for factory in (LifecycleEventFactory, OneTimeEffectFactory, ReviewItemFactory, TicketFactory):
        factory.create(customer=customer)
    PriceFactory.create()
    PlanMappingFactory.create()
    AuditEntryFactory.create(actor=staff)
    PlanAlias.objects.create(plan=plan, alias="pro plan")
    Alert.objects.create(
        kind="breaker_open", key="breaker_open:kit", what="Kit does not work.", severity="critical",
        path="/admin/", next_step="Nothing: it catches up by itself. If it lasts, read its status page.",
    )  # fmt: skip
    ReplayRun.objects.create(staff=staff, what="all", finished_at=timezone.now())
    return sync


def fill(address: Address) -> str:
    """The address with ids of rows that exist. Raises: KeyError for an argument that nobody explained."""
    return reverse(address.name, kwargs={name: _value(address.name, name) for name in address.wants})


def _value(page: str, name: str) -> object:
    if name in ("object_id", "id") and "view_on_site" not in page:
        app, model = _model_of(page)
        row = apps.get_model(app, model)._default_manager.order_by("pk").first()
        return row.pk if row else MARKED
    rows: dict[str, Any] = {
        "customer_id": Customer, "connection_id": Connection, "plan_id": Plan, "ticket_id": Ticket,
        "run_id": ReplayRun, "override_id": Override, "item_id": ReviewItem,
    }  # fmt: skip
    fixed = {"app_label": "customers", "content_type_id": 1, "object_id": 1, "url": "nowhere", "step": 0}
    return fixed[name] if name in fixed else rows[name]._default_manager.order_by("pk").first().pk


def _model_of(page: str) -> tuple[str, str]:
    for model in apps.get_models():
        start = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        if page.startswith(start):
            return model._meta.app_label, model._meta.model_name or ""
    raise KeyError(page)


def rights_of(role: str) -> frozenset[str]:
    """What the database gives a group."""
    found = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return frozenset(f"{app}.{codename}" for app, codename in found)


def writes() -> dict[str, int]:
    """Rows written so far in this transaction, by table; sessions and counted failures aside."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables "
            "WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND NOT relname = ANY(%s)",
            [list(NOISE)],
        )
        return dict(cursor.fetchall())
