"""Which events of one root are taken for one reading: all that are fresh, or a suspect alone."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.models.functions import Now

from billing import claiming
from billing.models import StripeEvent
from tests.factories import StripeEventFactory

ROOT = "subscription:sub_1"
RAN_OUT = Now() - timedelta(seconds=1)


def due(root: str = ROOT, **fields: Any) -> StripeEvent:
    """An event of the root that waits and is due."""
    made = StripeEventFactory.create(root=root)
    waits: dict[str, Any] = {"status": "received", "processed_at": None, "due_at": Now()}
    StripeEvent.objects.filter(pk=made.pk).update(**waits, **fields)
    return made


def taken(event: StripeEvent) -> set[int]:
    return {each.pk for each in claiming.claim(event.pk)}


@pytest.mark.django_db
def test_all_that_wait_for_one_root_are_taken_together_and_only_once() -> None:
    one, other = due(), due()
    StripeEventFactory.create(root=ROOT)
    due("subscription:sub_2")

    assert taken(one) == {one.pk, other.pk}
    assert taken(other) == set()


@pytest.mark.django_db
def test_by_an_event_that_is_settled_nothing_is_taken() -> None:
    settled = StripeEventFactory.create(root=ROOT)
    due()

    assert taken(settled) == set()


@pytest.mark.django_db
@pytest.mark.parametrize("fate", [{"crash_count": 1}, {"lease_until": RAN_OUT}], ids=["died", "just died"])
def test_whose_worker_died_is_taken_alone_and_by_itself_only(fate: dict[str, Any]) -> None:
    suspect, fresh = due(**fate), due()

    assert taken(fresh) == {fresh.pk}
    StripeEvent.objects.filter(pk=fresh.pk).update(lease_until=None)
    assert taken(suspect) == {suspect.pk}


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_an_event_that_another_is_about_to_take() -> None:
    one, other = due(), due()
    found: list[set[int]] = []

    def look() -> None:
        found.append(taken(other))
        connections.close_all()

    with transaction.atomic():
        StripeEvent.objects.select_for_update().get(pk=one.pk)
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(timeout=9)  # a lock is waited for ten seconds
        assert found == [{other.pk}]
    thread.join()


@pytest.mark.django_db
def test_a_long_reading_keeps_its_lease_and_takes_none_back() -> None:
    held = claiming.claim(due().pk)
    leased = StripeEvent.objects.filter(pk=held[0].pk, lease_until__gt=Now() + timedelta(seconds=20))
    StripeEvent.objects.update(lease_until=RAN_OUT)

    claiming.renew(held)
    assert leased.exists()

    StripeEvent.objects.update(lease_until=None)  # it was written down meanwhile
    claiming.renew(held)
    assert not leased.exists()
