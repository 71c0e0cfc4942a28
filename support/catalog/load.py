"""Load a checked catalogue: in one transaction, all or nothing."""

from datetime import datetime

from django.db import connection, transaction

from support import audit
from support.catalog.changes import Changes
from support.catalog.connections import drop_connections, write_connections, write_mappings
from support.catalog.consequences import follow
from support.catalog.entries import Catalogue
from support.catalog.plans import write_plans

# Two releases may load at once: the second waits and finds nothing left to change.
LOCK = 7_210_531


def load(catalogue: Catalogue, *, now: datetime, dry_run: bool = False) -> Changes:
    """Make the database say what the catalogue says; returns what changed. Safe to repeat.

    People touched by a change follow as a bulk cause. A dry run writes nothing.
    """
    changes = Changes()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        write_connections(catalogue.connections, changes=changes)
        write_plans(catalogue.plans, changes=changes)
        write_mappings(catalogue.plans, changes=changes)
        drop_connections(catalogue.connections, changes=changes)
        if dry_run:
            transaction.set_rollback(True)
        elif changes.lines:
            follow(changes, now=now)
            audit.record("load_catalog", "catalogue", by=None, change=({}, {"diff": changes.lines}))
    return changes
