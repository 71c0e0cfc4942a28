"""What the database's owner changes in the record of staff acts shows within the hour."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.functions import Now
from pytest_django import Settings

from support import seals
from support.alerts import upkeep
from support.models import Alert, AuditEntry, AuditSeal
from tests.factories import AuditEntryFactory
from tests.refusal import refused
from tests.support.alerts.world import ago

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries() -> list[AuditEntry]:
    """Three acts of yesterday, sealed two hours ago."""
    made = [
        AuditEntryFactory.create(happened_at=ago(days=1, minutes=each), reason="asked", after={"due": each})
        for each in range(3)
    ]
    assert seals.seal()
    assert seals.differences() == []
    return made


@contextmanager
def as_the_owner() -> Iterator[None]:
    """The tables' owner may switch the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        for table in ("support_auditentry", "support_auditseal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        for table in ("support_auditentry", "support_auditseal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.mark.parametrize(
    "column", ["act", "subject", "reason", "before", "after", "address", "happened_at", "release", "actor"]
)
def test_one_changed_word_of_one_entry_shows(entries: list[AuditEntry], column: str) -> None:
    other = {
        "before": {"x": 1}, "after": {}, "address": "203.0.113.1", "happened_at": ago(days=2), "actor": None,
    }.get(column, "other")  # fmt: skip
    with as_the_owner():
        AuditEntry.objects.filter(pk=entries[1].pk).update(**{column: other})

    assert "3 entries before" in seals.differences()[0]


def test_a_removed_and_an_invented_entry_show(entries: list[AuditEntry]) -> None:
    with as_the_owner():
        AuditEntry.objects.filter(pk=entries[2].pk).delete()
    assert seals.differences()[0].endswith("were sealed, 2 are there")

    AuditEntryFactory.create(happened_at=ago(days=3))
    assert seals.differences() != []


def test_what_happens_later_is_no_difference_and_is_sealed_next(entries: list[AuditEntry]) -> None:
    AuditEntryFactory.create()
    assert seals.differences() == []

    with as_the_owner():
        AuditSeal.objects.update(until=ago(hours=2))
    AuditEntryFactory.create(happened_at=ago(hours=1))
    assert seals.seal()
    assert AuditSeal.objects.first().entries == 4  # type: ignore[union-attr]
    assert seals.differences() == []


def test_it_is_an_alert_within_the_hour_and_is_not_sealed_over(entries: list[AuditEntry]) -> None:
    with as_the_owner():
        AuditEntry.objects.filter(pk=entries[0].pk).update(reason="nothing to see")
        AuditSeal.objects.update(until=ago(hours=2))

    assert upkeep.look_after_in_turn()

    alert = Alert.objects.get(closed_at=None, key__contains="the record of staff acts")
    assert "not what was sealed" in alert.what
    assert AuditSeal.objects.count() == 1


@pytest.mark.parametrize("lost", [1, 3])
def test_who_looked_into_it_seals_anew_and_that_is_recorded(entries: list[AuditEntry], lost: int) -> None:
    with pytest.raises(CommandError, match="Nothing differs"):
        call_command("seal_record", reason="curious")
    with as_the_owner():
        AuditEntry.objects.filter(pk__in=[each.pk for each in entries[:lost]]).delete()
        AuditSeal.objects.update(until=ago(hours=2))

    call_command("seal_record", reason="restored by hand after the disk failed")

    assert seals.differences() == []
    assert AuditEntry.objects.get(act="seal_record").before["found"]


def test_a_seal_of_a_former_key_holds_while_the_key_is_rotated(
    entries: list[AuditEntry], settings: Settings
) -> None:
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another key " * 5
    assert seals.differences() != []

    settings.SECRET_KEY_FALLBACKS = [former]
    assert seals.differences() == []
    with as_the_owner():
        AuditSeal.objects.update(until=Now() - timedelta(hours=2))
    assert seals.seal()
    settings.SECRET_KEY_FALLBACKS = []
    assert seals.differences() == []


def test_a_seal_is_not_rewritten(entries: list[AuditEntry]) -> None:
    for spoil in (AuditSeal.objects.all().delete, lambda: AuditSeal.objects.update(entries=0)):
        with refused("append-only"):
            spoil()
    with refused("audit_seal_digest_whole"):
        AuditSeal.objects.create(until=ago(days=9), entries=0, digest="short")
    with refused("audit_seal_once"):
        AuditSeal.objects.create(until=AuditSeal.objects.get().until, entries=0, digest="a" * 64)
