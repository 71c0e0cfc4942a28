"""Two databases that differ in one thing: how many syncs and events there are."""

from collections.abc import Mapping
from typing import Any

from django.db import connection, models
from django.db.models.functions import Now

from billing.models import StripeEvent
from customers.models import Customer
from integrations.models import Connection, ConnectionKind, Mode, Sync

# Of any four rows two are due, one waits for later, one is settled.
PAST = "now() - (1 + number) * interval '1 millisecond'"
LATER = "now() + interval '1 day' + number * interval '1 millisecond'"
DUE = f"CASE mod(number, 4) WHEN 0 THEN {LATER} WHEN 1 THEN NULL ELSE {PAST} END"
HOUR = 3_600.0
STATUS = "CASE mod(number, 4) WHEN 0 THEN '{later}' WHEN 1 THEN '{settled}' ELSE '{due}' END"


def fill(rows: int) -> None:
    """So many events, and so many syncs of half as many customers, in the database in use."""
    _take_time()
    Connection.objects.filter(kind__in=(ConnectionKind.CIRCLE, ConnectionKind.KIT)).update(mode=Mode.SHADOW)
    customer = Customer.objects.create(email="first@example.com", version=1)
    _copies(customer, rows // 2, {"email": "'bench' || number || '@example.com'", "version": "2"})
    sync_statuses = STATUS.format(later="retrying", settled="in_sync", due="pending")
    for link in Connection.objects.filter(mode=Mode.SHADOW):
        sync = Sync.objects.create(customer=customer, connection=link, desired_version=1, due_at=Now())
        replaced = {
            "customer_id": "customer.id",
            "status": sync_statuses,
            "due_at": DUE,
            "due_since": DUE,
            "priority": "mod(number, 3)",
            "applied_version": "CASE mod(number, 4) WHEN 1 THEN 1 ELSE 0 END",
        }
        rank = "SELECT id, row_number() OVER (ORDER BY id) AS rank FROM customers_customer WHERE version = 2"
        _copies(sync, rows // 2, replaced, source=f"JOIN ({rank}) AS customer ON customer.rank = number")
        sync.delete()
    _fill_events(rows)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _take_time() -> None:
    """Neither the server nor the client ends a statement of the filling."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    raw: Any = connection.connection
    raw.patience = HOUR


def _fill_events(rows: int) -> None:
    event = StripeEvent.objects.create(
        event_id="evt_first", type="customer.updated", livemode=False, created=Now(), body="{}"
    )
    replaced = {
        "event_id": "'evt_bench' || number",
        "object_id": "'cus_bench' || number",
        "root": "'customer:cus_bench' || number",
        "status": STATUS.format(later="failed", settled="processed", due="received"),
        "reason": "CASE mod(number, 4) WHEN 0 THEN 'bench' ELSE '' END",
        "due_at": DUE,
        "processed_at": "CASE mod(number, 4) WHEN 1 THEN now() END",
        "priority": "CASE mod(number, 10) WHEN 0 THEN 0 ELSE 1 END",
    }
    _copies(event, rows, replaced)


def _copies(row: models.Model, count: int, replaced: Mapping[str, str], *, source: str = "") -> None:
    """Insert copies of a row with some columns replaced by SQL expressions of `number`, one statement."""
    table = row._meta.db_table
    fields: list[models.Field[Any, Any]] = list(row._meta.concrete_fields)
    columns = [str(field.column) for field in fields if not field.primary_key]
    values = ", ".join(replaced.get(column, f"template.{column}") for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} AS template"
            f" CROSS JOIN generate_series(1, %s) AS number {source} WHERE template.id = %s",
            [count, row.pk],
        )
