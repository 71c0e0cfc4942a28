"""Every staff act leaves a record that nobody can change, in the transaction of the act itself."""

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from customers.models import Customer
from support import audit
from support.models import AuditEntry
from tests.refusal import refused


@pytest.fixture
def entry(db: None) -> AuditEntry:
    customer = Customer.objects.create(email="ada@example.com")
    with transaction.atomic():
        return audit.record(
            "snooze",
            customer,
            by=User.objects.create(username="staff"),
            reason="asked",
            change=({"due": 1}, {"due": 2}),
        )


def test_it_says_who_did_what_why_before_and_after(entry: AuditEntry) -> None:
    entry.refresh_from_db()

    assert entry.actor is not None
    assert (entry.act, entry.reason, entry.before, entry.after) == ("snooze", "asked", {"due": 1}, {"due": 2})
    assert entry.subject.startswith("customer:")
    assert "ada" not in str(entry.__dict__)
    assert entry.release


def test_it_is_never_rewritten_or_deleted(entry: AuditEntry) -> None:
    with refused("append-only"):
        AuditEntry.objects.filter(pk=entry.pk).update(reason="other")
    with refused("append-only"):
        AuditEntry.objects.filter(pk=entry.pk).delete()


@pytest.mark.parametrize("field", ["act", "subject"])
def test_it_names_the_act_and_what_it_was_done_to(db: None, field: str) -> None:
    values = {"act": "replay", "subject": "sync:1", "release": "test"} | {field: ""}
    with refused("audit_entry_named"):
        AuditEntry.objects.bulk_create([AuditEntry(**values)])


@pytest.mark.django_db(transaction=True)
def test_an_act_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        audit.record("replay", "sync:1", by=None)
