"""A row that breaks a rule is found and named, whoever wrote it; when all is well the command is silent."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import StripeEvent
from customers.models import Customer, Entitlement, LifecycleEvent
from integrations.models import Connection, OneTimeEffect, Sync, SyncPriority, SyncStatus
from support.invariants import TRIGGERS, broken
from tests.factories import (
    AuditEntryFactory,
    CustomerFactory,
    LifecycleEventFactory,
    OneTimeEffectFactory,
    StripeEventFactory,
    SyncAttemptFactory,
)
from tests.support.in_order import ada, found, now

__all__ = ["ada"]

pytestmark = pytest.mark.django_db


@contextmanager
def unguarded(table: str, *constraints: str) -> Iterator[None]:
    """Plant a broken row as a database without its guards would take it; the test is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in constraints:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS "{name}"')
            cursor.execute(f'DROP INDEX IF EXISTS "{name}"')
    yield


def test_a_house_in_order_is_exit_0(ada: Customer) -> None:
    LifecycleEventFactory.create(customer=ada)
    StripeEventFactory.create(customer=ada)
    StripeEventFactory.create(dead=True)
    SyncAttemptFactory.create(sync=ada.syncs.get(), version=1)
    AuditEntryFactory.create()
    out = StringIO()

    call_command("verify_invariants", stdout=out)

    assert out.getvalue() == "Every rule holds.\n"


def test_what_is_broken_is_printed_with_ids_only_and_exit_1(ada: Customer) -> None:
    Entitlement.objects.filter(customer=ada).delete()
    out = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("verify_invariants", stdout=out, stderr=StringIO())

    assert ended.value.code == 1
    assert out.getvalue() == f"I6: access to a plan that no entitlement gives: customer:{ada.pk}\n"
    assert ada.email not in out.getvalue()


def test_many_broken_rows_are_counted_and_the_first_are_named() -> None:
    customers = CustomerFactory.create_batch(25, paying=True)

    (violation,) = broken(now())

    assert violation.count == 25
    assert violation.sentence().endswith("and 5 more")
    assert min(f"customer:{each.pk}" for each in customers) in violation.ids


def test_i1_an_event_that_nobody_will_process() -> None:
    event = StripeEventFactory.create(dead=True)
    with unguarded("billing_stripeevent", "stripe_event_due_iff_waiting"):
        StripeEvent.objects.filter(pk=event.pk).update(status="received")

    assert found() == {("I1", event.event_id)}


def test_i1_an_event_stored_twice() -> None:
    event = StripeEventFactory.create()
    with unguarded("billing_stripeevent", "stripe_event_once"):
        StripeEventFactory.create(event_id=event.event_id)

    assert found() == {("I1", event.event_id)}


def test_i2_an_occurrence_recorded_twice(ada: Customer) -> None:
    with unguarded("customers_lifecycleevent", "lifecycle_event_once_per_occurrence"):
        LifecycleEventFactory.create_batch(2, customer=ada, subject="sub_1")

    assert LifecycleEvent.objects.count() == 2
    assert found() == {("I2", f"customer:{ada.pk}")}


def test_i2_a_second_welcome(ada: Customer) -> None:
    with unguarded("integrations_onetimeeffect", "one_time_effect_once"):
        OneTimeEffectFactory.create_batch(2, customer=ada, subject="sub_1")

    assert OneTimeEffect.objects.count() == 2
    assert found() == {("I2", f"customer:{ada.pk}")}


def test_i4_a_version_that_fell(ada: Customer) -> None:
    sync = ada.syncs.get()
    SyncAttemptFactory.create(sync=sync, version=2)

    assert found() == {("I4", f"sync:{sync.pk}")}


def test_i4_a_destination_that_should_hold_what_the_customer_never_was(ada: Customer) -> None:
    sync = ada.syncs.get()
    Sync.objects.filter(pk=sync.pk).update(desired_version=9, applied_version=9)

    assert found() == {("I4", f"sync:{sync.pk}")}


def test_i7_a_removal_that_waits_without_a_word(ada: Customer) -> None:
    sync = ada.syncs.get()
    long_ago = now() - timedelta(minutes=11)
    Sync.objects.update(
        status=SyncStatus.PENDING, priority=SyncPriority.REVOKE, due_at=long_ago, due_since=long_ago
    )
    assert found() == {("I7", f"sync:{sync.pk}")}

    Connection.objects.update(paused_at=now(), pause_reason="staff")
    assert found() == set()


def test_i9_an_address_in_a_record_that_cannot_be_erased(ada: Customer) -> None:
    event = LifecycleEventFactory.create(customer=ada, cause_ref="ada@example.com")
    attempt = SyncAttemptFactory.create(
        sync=ada.syncs.get(), steps=[{"do": "create", "ref": "ada@example.com"}]
    )
    entry = AuditEntryFactory.create(after={"email": "ada@example.com"})

    assert found() == {
        ("I9", f"lifecycle_event:{event.pk}"),
        ("I9", f"attempt:{attempt.pk}"),
        ("I9", f"audit_entry:{entry.pk}"),
    }


@pytest.mark.parametrize(("trigger", "table"), TRIGGERS.items())
@pytest.mark.parametrize(
    "how", ["ALTER TABLE {table} DISABLE TRIGGER {trigger}", "DROP TRIGGER {trigger} ON {table}"]
)
def test_i9_a_record_that_lost_its_guard(trigger: str, table: str, how: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(how.format(table=table, trigger=trigger))

    assert found() == {("I9", trigger)}


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("sync_status_known", {"status": "lost"}),
        ("sync_stuck_has_reason", {"status": SyncStatus.DEAD_LETTER}),
        ("sync_hold_reason_known", {"status": SyncStatus.ON_HOLD, "reason": "tired"}),
        ("sync_due_iff_waiting", {"status": SyncStatus.PENDING}),
        ("sync_in_sync_means_applied", {"applied_version": 0}),
    ],
)
def test_i10_a_sync_in_no_proper_state(ada: Customer, constraint: str, values: dict[str, object]) -> None:
    sync = ada.syncs.get()
    with unguarded("integrations_sync", constraint):
        Sync.objects.filter(pk=sync.pk).update(**values)

    assert ("I10", f"sync:{sync.pk}") in found()


def test_a_constraint_that_is_gone_is_named() -> None:
    with unguarded("integrations_sync", "sync_applied_not_ahead", "sync_one_per_connection"):
        (violation,) = broken(now())

    assert violation.rule == "constraints"
    assert violation.ids == ("sync_applied_not_ahead", "sync_one_per_connection")


def test_checking_takes_one_query_per_rule_however_many_rows(ada: Customer) -> None:
    with CaptureQueriesContext(connection) as few:
        broken(now())
    CustomerFactory.create_batch(50)
    with CaptureQueriesContext(connection) as many:
        broken(now())

    assert len(many) == len(few) < 25
