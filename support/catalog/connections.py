"""Write connections, and what each plan means at them."""

from customers.models import Plan
from integrations.models import Connection, ConnectionKind, Mode, OneTimeEffect, PlanMapping, Sync
from support.catalog.changes import Changes, write
from support.catalog.entries import ConnectionEntry, PlanEntry

STRIPE = {"kind": ConnectionKind.STRIPE.value, "credential": "STRIPE_API_KEY"}


def write_connections(entries: tuple[ConnectionEntry, ...], *, changes: Changes) -> None:
    """Make the connections in the file true; Stripe's is always there."""
    write(
        Connection, {"slug": ConnectionKind.STRIPE.value}, STRIPE, title="connection stripe", changes=changes
    )
    for entry in entries:
        values = {
            "kind": entry.kind,
            "mode": entry.mode,
            "credential": entry.credential,
            "options": entry.options,
            "quota_limit": _month(entry),
        }
        title = f"connection {entry.slug}"
        row, fields = write(Connection, {"slug": entry.slug}, values, title=title, changes=changes)
        if fields & {"mode", "options"} and entry.mode != Mode.OFF:
            changes.opened.add(row.pk)


def _month(entry: ConnectionEntry) -> int | None:
    """The calls its month allows; a month already over a lowered limit is simply used up."""
    limit: int | None = entry.options.get("monthly_quota")
    if limit is not None:
        Connection.objects.filter(slug=entry.slug, quota_used__gt=limit).update(quota_used=limit)
    return limit


def write_mappings(plans: tuple[PlanEntry, ...], *, changes: Changes) -> None:
    """Make the mappings in the file true, and take away those that its plans no longer have."""
    connections = {row.slug: row for row in Connection.objects.all()}
    for entry in plans:
        plan = Plan.objects.get(slug=entry.slug)
        for each in entry.mappings:
            key = {"plan": plan, "connection": connections[each.connection]}
            title = f"plan {plan.slug} at {each.connection}"
            row, fields = write(PlanMapping, key, {"options": each.options}, title=title, changes=changes)
            if fields or plan.slug in changes.plans:
                changes.targets.add((row.connection_id, plan.slug))
        gone = PlanMapping.objects.filter(plan=plan).select_related("connection")
        for row in gone.exclude(connection__slug__in=[each.connection for each in entry.mappings]):
            changes.removed(f"plan {plan.slug} at {row.connection.slug}")
            changes.targets.add((row.connection_id, plan.slug))
            row.delete()


def drop_connections(entries: tuple[ConnectionEntry, ...], *, changes: Changes) -> None:
    """Take away connections that left the file, unless anything was ever sent there or still points there."""
    stay = [ConnectionKind.STRIPE.value, *(entry.slug for entry in entries)]
    for row in Connection.objects.exclude(slug__in=stay):
        people = Sync.objects.filter(connection=row).count()
        sent = OneTimeEffect.objects.filter(connection=row).exists()
        if people or sent or PlanMapping.objects.filter(connection=row).exists():
            changes.kept.append(
                f'connection {row.slug}: {people} people are synced there; mode = "off" stops it'
            )
            continue
        changes.removed(f"connection {row.slug}")
        row.delete()
