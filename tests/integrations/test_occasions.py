"""What is worth a message, and to whom: each occasion once, none about the past."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from customers.models import Entitlement, LifecycleEvent
from customers.vocabulary import CauseKind, LifecycleType, Source, Status
from integrations import person
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.sandbox_world import Buyer

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


def happened(buyer: Buyer, kind: LifecycleType, subject: str, *, at: datetime = NOW) -> None:
    LifecycleEvent.objects.create(
        customer=buyer.row, type=kind, subject=subject, from_status=Status.ACTIVE, to_status=Status.ACTIVE,
        access_before=True, access_after=True, cause=CauseKind.EVENT, happened_at=at, release="test",
    )  # fmt: skip


def occasions(buyer: Buyer) -> list[tuple[str, str]]:
    seen = person.load(buyer.row.pk, now=datetime.now(UTC)).occasions
    return [(each.kind, each.subject) for each in seen]


def test_a_purchase_is_welcomed_and_an_override_is_not(buyer: Buyer) -> None:
    buyer.buys("pro", subject="sub_1")
    assert occasions(buyer) == [("welcome", "sub_1")]

    Entitlement.objects.update(source=Source.OVERRIDE)
    assert occasions(buyer) == []


def test_two_plans_in_one_purchase_are_one_welcome_for_the_better(buyer: Buyer) -> None:
    buyer.buys("starter", subject="sub_1")
    buyer.buys("pro", subject="sub_1")

    seen = person.load(buyer.row.pk, now=datetime.now(UTC)).occasions
    assert [(each.kind, each.plan) for each in seen] == [("welcome", "pro")]


def test_a_goodbye_only_when_nothing_else_gives_access(buyer: Buyer) -> None:
    buyer.buys("starter", subject="sub_1")
    buyer.buys("pro", subject="sub_2")
    buyer.cancels("starter")
    assert occasions(buyer) == [("welcome", "sub_2")]

    buyer.cancels("pro")
    assert [kind for kind, _ in occasions(buyer)] == ["cancellation", "cancellation"]


def test_a_failed_payment_is_told_while_it_is_past_due(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro", subject="sub_1")
    held = Entitlement.objects.filter(customer=buyer.row)
    held.update(state=Status.PAST_DUE, past_due_since=NOW)
    happened(buyer, LifecycleType.PAYMENT_FAILED, "in_1")
    buyer.recompute()
    drain()
    assert (buyer.email, 503) in sandbox.kit.enrolments

    held.update(state=Status.ACTIVE, past_due_since=None)
    buyer.recompute()
    assert ("dunning", "in_1") not in occasions(buyer)


def test_coming_back_is_told_once(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro", subject="sub_1")
    happened(buyer, LifecycleType.REACTIVATED, "sub_1")
    drain()
    buyer.touch()
    drain()

    assert sandbox.kit.enrolments.count((buyer.email, 504)) == 1


def test_what_is_older_than_a_week_is_not_told(buyer: Buyer) -> None:
    buyer.buys("pro", subject="sub_1")
    happened(buyer, LifecycleType.REACTIVATED, "sub_1", at=NOW - timedelta(days=8))
    Entitlement.objects.update(starts_at=NOW - timedelta(days=8))

    assert occasions(buyer) == []


@pytest.mark.django_db(transaction=True)
def test_a_purchase_in_the_middle_of_the_reading_is_seen_whole(sandbox: Sandbox, buyer: Buyer) -> None:
    def buy() -> None:
        with transaction.atomic():
            buyer.buys("pro", subject="sub_1")
        connections.close_all()

    waiting = [threading.Thread(target=buy)]

    def meanwhile(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "customers_entitlement" in sql and waiting:
            thread = waiting.pop()
            thread.start()
            thread.join()
        return execute(sql, *rest)

    with connection.execute_wrapper(meanwhile):
        seen = person.load(buyer.row.pk, now=datetime.now(UTC) + timedelta(seconds=1))

    assert waiting == []
    assert (seen.status, seen.has_access, seen.grants) == (Status.ACTIVE, True, ("pro",))
    assert [each.kind for each in seen.occasions] == ["welcome"]
