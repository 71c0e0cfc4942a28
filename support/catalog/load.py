"""Load a checked catalogue: all or nothing, in one short transaction; then people follow, one by one."""

from django.db import transaction

from billing import locks
from support import audit
from support.catalog.changes import Changes
from support.catalog.connections import drop_connections, write_connections, write_mappings
from support.catalog.consequences import follow, owe
from support.catalog.entries import Catalogue
from support.catalog.plans import write_plans


def load(catalogue: Catalogue, *, dry_run: bool = False) -> Changes:
    """Make the database say what the catalogue says; returns what changed. Safe to repeat.

    Two may load at once: the second waits and finds nothing left to change. Whoever buys at that moment is
    written before and follows, or is written after and meets the new catalogue. A dry run writes nothing.
    """
    changes, owed = Changes(), []
    with transaction.atomic():
        locks.catalogue()
        write_connections(catalogue.connections, changes=changes)
        write_plans(catalogue.plans, changes=changes)
        write_mappings(catalogue.plans, changes=changes)
        drop_connections(catalogue.connections, changes=changes)
        if dry_run:
            transaction.set_rollback(True)
        elif changes.lines:
            owed = owe(changes)
            audit.record("load_catalog", "catalogue", by=None, change=({}, {"diff": changes.lines}))
    for each in owed:
        follow(each)
    return changes
