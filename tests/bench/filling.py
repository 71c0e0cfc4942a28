"""Two databases that differ in one thing: how many syncs and events there are."""

from billing.models import StripeEvent
from customers.models import Customer
from integrations.models import Connection, ConnectionKind, Mode, Sync
from tests.bench.rows import insert, run, take_time

# Of any four rows two are due, one waits for later, one is settled.
PAST = "now() - (1 + number) * interval '1 millisecond'"
LATER = "now() + interval '1 day' + number * interval '1 millisecond'"
DUE = f"CASE mod(number, 4) WHEN 0 THEN {LATER} WHEN 1 THEN NULL ELSE {PAST} END"
STATUS = "CASE mod(number, 4) WHEN 0 THEN '{later}' WHEN 1 THEN '{settled}' ELSE '{due}' END"


def fill(rows: int) -> None:
    """So many events, and so many syncs of half as many customers, in the database in use."""
    take_time()
    Connection.objects.filter(kind__in=(ConnectionKind.CIRCLE, ConnectionKind.KIT)).update(mode=Mode.SHADOW)
    person = {"email": "'bench' || number || '@example.com'", "version": "2", "updated_at": "now()"}
    insert(Customer, source=f"generate_series(1, {rows // 2}) AS number", columns=person)
    for link in Connection.objects.filter(mode=Mode.SHADOW):
        _fill_syncs(link)
    _fill_events(rows)
    run("VACUUM ANALYZE")


def _fill_syncs(link: Connection) -> None:
    row = {
        "customer_id": "id",
        "connection_id": str(link.pk),
        "status": STATUS.format(later="retrying", settled="in_sync", due="pending"),
        "due_at": DUE,
        "due_since": DUE,
        "priority": "mod(number, 3)",
        "desired_version": "1",
        "applied_version": "CASE mod(number, 4) WHEN 1 THEN 1 ELSE 0 END",
    }
    people = "(SELECT id, row_number() OVER (ORDER BY id) AS number FROM customers_customer) AS person"
    insert(Sync, source=people, columns=row)


def _fill_events(rows: int) -> None:
    row = {
        "event_id": "'evt_bench' || number",
        "type": "'customer.updated'",
        "livemode": "false",
        "created": "now()",
        "body": "'{}'",
        "object_id": "'cus_bench' || number",
        "root": "'customer:cus_bench' || number",
        "status": STATUS.format(later="failed", settled="processed", due="received"),
        "reason": "CASE mod(number, 4) WHEN 0 THEN 'bench' ELSE '' END",
        "due_at": DUE,
        "processed_at": "CASE mod(number, 4) WHEN 1 THEN now() END",
        "priority": "CASE mod(number, 10) WHEN 0 THEN 0 ELSE 1 END",
    }
    insert(StripeEvent, source=f"generate_series(1, {rows}) AS number", columns=row)
