"""Access that nothing verified gives, and rights that were not given, are found and named."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from billing.models import Payment, Subscription
from customers.models import Customer, Entitlement, Override, Plan
from customers.vocabulary import Source, Status
from tests.factories import CustomerFactory, PaymentFactory, PlanFactory, UserFactory
from tests.support.in_order import ada, found, now

__all__ = ["ada"]

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


ENDS: list[tuple[str, Callable[[Entitlement], None]]] = [
    ("grace is over", lambda row: past_due(row, since=now() - 8 * DAY)),
    ("unpaid", lambda row: written(row, state=Status.UNPAID)),
    ("paused", lambda row: written(row, state=Status.PAUSED)),
    ("canceled", lambda row: written(row, state=Status.CANCELED, ended_at=now())),
    ("another plan", lambda row: written(row, plan=PlanFactory.create(slug="other"))),
]


@pytest.mark.parametrize("end", [end for _, end in ENDS], ids=[name for name, _ in ENDS])
def test_i6_access_that_nothing_gives(ada: Customer, end: Callable[[Entitlement], None]) -> None:
    end(ada.entitlements.get())

    assert ("I6", f"customer:{ada.pk}") in found()


def test_i6_access_within_grace_is_in_order(ada: Customer) -> None:
    past_due(ada.entitlements.get(), since=now() - 6 * DAY)
    Subscription.objects.update(status="past_due")

    assert found() == set()


def test_i6_the_clock_is_given_a_minute(ada: Customer) -> None:
    past_due(ada.entitlements.get(), since=now() - 7 * DAY - timedelta(seconds=30))

    assert found() == set()


def test_i6_a_trial_of_a_plan_without_trial_access(ada: Customer) -> None:
    written(ada.entitlements.get(), state=Status.TRIALING)
    assert found() == set()

    Plan.objects.update(trial_access=False)

    assert found() == {("I6", f"customer:{ada.pk}")}


def test_i6_somebody_who_paid_and_was_not_let_in(ada: Customer) -> None:
    Customer.objects.filter(pk=ada.pk).update(has_access=False, grants=[])

    assert found() == {("I6", f"customer:{ada.pk}")}


def test_i6_a_grant_that_stripe_never_verified(ada: Customer) -> None:
    entitlement = ada.entitlements.get()
    written(entitlement, subject="sub_made_up")

    assert found() == {("I6", f"entitlement:{entitlement.pk}")}


def test_i6_a_subscription_that_ended_at_stripe_and_still_gives(ada: Customer) -> None:
    Subscription.objects.update(status="canceled", ended_at=now())

    assert found() == {("I6", f"entitlement:{ada.entitlements.get().pk}")}


@pytest.mark.parametrize("change", [{"ended_at": now()}, {"status": "failed", "paid_at": None}])
def test_i6_a_purchase_whose_money_is_gone(ada: Customer, change: dict[str, object]) -> None:
    payment = PaymentFactory.create(customer=ada)
    entitlement = ada.entitlements.get()
    written(entitlement, source=Source.PURCHASE, state=Status.PAID_IN_FULL, subject=payment.stripe_id)
    assert found() == set()

    Payment.objects.update(**change)

    assert found() == {("I6", f"entitlement:{entitlement.pk}")}


def test_i6_a_purchase_stands_while_one_payment_of_its_invoice_does(ada: Customer) -> None:
    first, second = PaymentFactory.create_batch(2, customer=ada, invoice="in_1")
    entitlement = ada.entitlements.get()
    for subject in ("in_1", first.stripe_id):
        written(entitlement, source=Source.PURCHASE, state=Status.PAID_IN_FULL, subject=subject)
        Payment.objects.filter(pk=second.pk).update(ended_at=None)
        Payment.objects.filter(pk=first.pk).update(ended_at=now())
        assert found() == set()

        Payment.objects.filter(pk=second.pk).update(ended_at=now())
        assert found() == {("I6", f"entitlement:{entitlement.pk}")}


def test_i6_an_override_must_be_signed_and_for_this_person(ada: Customer) -> None:
    entitlement = ada.entitlements.get()
    override = Override.objects.create(
        customer=ada,
        plan=entitlement.plan or PlanFactory.create(),
        until=now() + DAY,
        reason="speaker",
        granted_by=UserFactory.create(),
    )
    written(entitlement, source=Source.OVERRIDE, subject=str(override), ends_at=override.until)
    assert found() == set()

    Override.objects.update(customer=CustomerFactory.create())
    assert found() == {("I6", f"entitlement:{entitlement.pk}")}

    written(entitlement, subject="override:0")
    assert found() == {("I6", f"entitlement:{entitlement.pk}")}


def written(row: Entitlement, **values: object) -> None:
    Entitlement.objects.filter(pk=row.pk).update(**values)


def past_due(row: Entitlement, *, since: datetime) -> None:
    written(row, state=Status.PAST_DUE, past_due_since=since)
