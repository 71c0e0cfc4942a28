"""Every rule of the integrations tables is refused by the database itself."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, IntegrityError, models, transaction

from integrations.models import (
    Connection,
    KitEvent,
    OneTimeEffect,
    PlanMapping,
    Sync,
    SyncAttempt,
)
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.sandbox_world import Buyer, Catalog

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, tzinfo=UTC)
EQUAL = {"status": "in_sync", "due_at": None, "applied_version": models.F("desired_version")}


def refused(name: str, rows: models.QuerySet[models.Model], **columns: object) -> None:
    """The update breaks exactly that constraint."""
    assert rows.exists()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        rows.update(**columns)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("connection_slug_given", {"slug": ""}),
        ("connection_kind_known", {"kind": "mailchimp"}),
        ("connection_mode_known", {"mode": "maybe"}),
        ("connection_credential_given", {"credential": ""}),
        ("connection_paused_iff_reason", {"pause_reason": "token_refused"}),
        ("connection_paused_iff_reason", {"paused_at": NOW}),
        ("connection_quota_not_overdrawn", {"quota_limit": 5, "quota_used": 6}),
    ],
)
def test_a_connection_cannot_be_nonsense(catalog: Catalog, name: str, columns: dict[str, object]) -> None:
    refused(name, Connection.objects.filter(slug="kit"), **columns)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("sync_status_known", {"status": "lost", "due_at": None}),
        ("sync_priority_known", {"priority": 7}),
        ("sync_applied_not_ahead", {"applied_version": 99}),
        ("sync_due_iff_waiting", {"due_at": None}),
        ("sync_due_iff_waiting", {"status": "dead_letter", "reason": "rejected"}),
        ("sync_leased_iff_running", {"status": "running"}),
        ("sync_leased_iff_running", {"lease_until": NOW}),
        ("sync_in_sync_means_applied", {"status": "in_sync", "due_at": None}),
        ("sync_stuck_has_reason", {"status": "dead_letter", "due_at": None}),
        ("sync_hold_reason_known", {"status": "on_hold", "due_at": None, "reason": "whim"}),
        ("sync_held_until_only_snoozed", {"held_until": NOW}),
        ("sync_held_by_staff_is_marked", {"status": "on_hold", "due_at": None, "reason": "held_by_staff"}),
        ("sync_held_by_staff_is_marked", {**EQUAL, "staff_hold": True}),
        ("sync_in_sync_holds_nothing_back", {**EQUAL, "held_plans": ["pro"]}),
        ("sync_in_sync_holds_nothing_back", {**EQUAL, "held_refs": {"groups": ["101"]}}),
    ],
)
def test_a_sync_cannot_be_nonsense(buyer: Buyer, name: str, columns: dict[str, object]) -> None:
    buyer.buys("pro")

    refused(name, Sync.objects.filter(connection__kind="kit"), **columns)


def test_one_sync_per_customer_and_connection(buyer: Buyer) -> None:
    buyer.buys("pro")
    circle, kit = buyer.sync("circle"), buyer.sync("kit")

    refused("sync_one_per_connection", Sync.objects.filter(pk=kit.pk), connection_id=circle.connection_id)


def test_one_mapping_per_plan_and_connection(catalog: Catalog) -> None:
    first, second, *_ = PlanMapping.objects.filter(connection=catalog.kit)

    refused("plan_mapping_one_per_connection", PlanMapping.objects.filter(pk=second.pk), plan=first.plan)


def test_a_one_time_effect_happens_once_and_has_a_name(buyer: Buyer, catalog: Catalog) -> None:
    keys = {"customer": buyer.row, "connection": catalog.kit, "kind": "welcome"}
    OneTimeEffect.objects.create(**keys, subject="sub_1")
    OneTimeEffect.objects.create(**keys, subject="sub_2")

    refused("one_time_effect_once", OneTimeEffect.objects.filter(subject="sub_2"), subject="sub_1")
    refused("one_time_effect_named", OneTimeEffect.objects.filter(subject="sub_2"), subject="")
    refused("one_time_effect_named", OneTimeEffect.objects.filter(subject="sub_2"), kind="")


def test_a_kit_event_is_stored_once_and_has_a_name() -> None:
    KitEvent.objects.create(event_id="a", type="subscriber.bounced")
    KitEvent.objects.create(event_id="b", type="subscriber.bounced")

    refused("event_id", KitEvent.objects.filter(event_id="b"), event_id="a")
    refused("kit_event_named", KitEvent.objects.filter(event_id="b"), type="")


def attempt(sync: Sync, **columns: object) -> SyncAttempt:
    usual = {
        "sync": sync, "customer_id": sync.customer_id, "version": 1, "fencing_token": 900,
        "outcome": "applied", "started_at": NOW, "duration_ms": 1, "release": "test",
    }  # fmt: skip
    return SyncAttempt(**usual | columns)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("sync_attempt_outcome_known", {"outcome": "shrug", "code": "x"}),
        ("sync_attempt_failure_has_code", {"outcome": "retry"}),
        ("sync_attempt_one_per_claim", {"fencing_token": 1}),
    ],
)
def test_an_attempt_cannot_be_nonsense(
    sandbox: Sandbox, buyer: Buyer, name: str, columns: dict[str, object]
) -> None:
    buyer.buys("pro")
    drain()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        SyncAttempt.objects.bulk_create([attempt(buyer.sync("kit"), **columns)])


def test_an_attempt_is_never_changed_or_deleted(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()

    with pytest.raises(DatabaseError), transaction.atomic():
        SyncAttempt.objects.update(code="prettier")
    with pytest.raises(DatabaseError), transaction.atomic():
        SyncAttempt.objects.all().delete()
