"""What staff do to one person by hand, each with its audit entry in the same transaction."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, AbstractUser
from django.db import transaction

from billing import asked, locks
from customers import overrides
from customers.lifecycle import held_by
from customers.models import Customer, Override
from integrations import holds
from support import audit


class NotPossible(Exception):
    """It does not fit now; the text says why, and can be shown."""


def grant(override: Override, *, now: datetime) -> bool:
    """Give a plan until a date. False when the same grant stands already: twice is once.

    Raises: NotPossible without a reason or with a past date.
    """
    return _give(override, act="grant_override", now=now)


def extend(override: Override, *, now: datetime) -> bool:
    """Go on giving what the leading purchase gave, within the days that support may give.

    Raises: NotPossible when that is not allowed now, or not for so long.
    """
    with transaction.atomic():
        _lock(override.customer_id)
        allowed = overrides.extension(held_by(override.customer_id), now=now)
        if allowed is None or override.plan_id != allowed.plan.pk or override.until > allowed.latest:
            raise NotPossible("This access cannot be extended so far: a founder can grant it.")
        return _give(override, act="extend_access", now=now)


def _give(override: Override, *, act: str, now: datetime) -> bool:
    with transaction.atomic():
        customer = _lock(override.customer_id)
        same = customer.overrides.filter(plan=override.plan, until=override.until, ended_at=None)
        if same.exists():
            return False
        before = {"has_access": customer.has_access, "plans": customer.grants}
        try:
            overrides.grant(override, now=now)
        except ValueError as problem:
            raise NotPossible(str(problem)) from problem
        customer.refresh_from_db()
        after = {
            "has_access": customer.has_access,
            "plans": customer.grants,
            "plan": override.plan.slug,
            "until": override.until.isoformat(),
            "override": override.pk,
        }
        audit.record(act, customer, by=override.granted_by, reason=override.reason, change=(before, after))
    return True


def _lock(customer_id: int) -> Customer:
    """Nobody changes the catalogue meanwhile: who holds a plan by then follows the next change of it."""
    locks.catalogue_stays()
    return Customer.objects.select_for_update().get(pk=customer_id)


def end(override: Override, *, by: AbstractUser, reason: str, now: datetime) -> bool:
    """End an override before its date; False when it had ended already. Raises: NotPossible."""
    if not reason:
        raise NotPossible("Say why: ending access needs a reason.")
    with transaction.atomic():
        _lock(override.customer_id)
        if not overrides.end(override, by=by, now=now):
            return False
        change = (
            {"override": override.pk, "until": override.until.isoformat()},
            {"plan": override.plan.slug},
        )
        audit.record("end_override", override.customer, by=by, reason=reason, change=change)
    return True


def hold(customer: Customer, *, by: AbstractBaseUser, reason: str) -> int:
    """Give nothing more at any destination until released; returns how many were not held before.

    Raises: NotPossible without a reason.
    """
    if not reason:
        raise NotPossible("Say why: a hold needs a reason.")
    with transaction.atomic():
        held = holds.hold(customer.pk)
        if held:
            audit.record("hold", customer, by=by, reason=reason, change=({}, {"syncs": held}))
    return len(held)


def release(customer: Customer, *, by: AbstractBaseUser, reason: str) -> int:
    """Let the person's destinations go on; returns how many were held."""
    with transaction.atomic():
        released = holds.release_customer(customer.pk)
        if released:
            audit.record("release", customer, by=by, reason=reason, change=({"syncs": released}, {}))
    return len(released)


def reread(customer: Customer, *, by: AbstractBaseUser) -> int:
    """Have everything of the person read again at Stripe, by a worker; returns how many Stripe customers."""
    with transaction.atomic():
        due = asked.ask(customer.pk)
        if due:
            audit.record("reread", customer, by=by, change=({}, {"stripe_customers": due}))
    return due
