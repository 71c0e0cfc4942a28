"""Changing what a plan means at a connection: the road of load_catalog, with a name and a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from billing import locks
from customers.models import Plan
from integrations.connectors import connector_of
from integrations.models import Connection, PlanMapping
from support import audit
from support.catalog import consequences
from support.catalog.changes import Changes

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """What a plan is to mean at a connection."""

    plan: Plan
    connection: Connection
    options: Options


class ChangedMeanwhileError(Exception):
    """Somebody else changed the mapping after it was looked at."""


def change(wish: Wish, *, seen: Options, by: AbstractBaseUser, reason: str) -> bool:
    """Make it so; everybody who holds the plan becomes due, by a worker, and the mass-removal guard counts.

    `seen` is what it was when it was looked at. False when there was nothing to change.
    Raises: ChangedMeanwhileError, ValueError for options that the connector does not accept.
    """
    plan, connection, options = wish.plan, wish.connection, wish.options
    if problems := connector_of(connection).check_options(options):
        raise ValueError("; ".join(problems))
    with transaction.atomic():
        locks.catalogue()
        row = PlanMapping.objects.select_for_update().filter(plan=plan, connection=connection).first()
        before = row.options if row else {}
        if before != dict(seen):
            raise ChangedMeanwhileError
        if row and before == dict(options):
            return False
        row = row or PlanMapping(plan=plan, connection=connection)
        row.options = dict(options)
        row.save()
        owed = consequences.owe(Changes(targets={(connection.pk, plan.slug)}))
        audit.record("change_plan_mapping", row, by=by, reason=reason, change=(before, options))
    consequences.hand_over(owed)
    return True
