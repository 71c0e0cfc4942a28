"""The timeline: Stripe events, lifecycle changes, attempts and staff acts in one order, a page at a time."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from support.screen.timeline import PAGE, Cursor, Kind, Row, Whose, page
from tests.factories import (
    AuditEntryFactory,
    CustomerFactory,
    LifecycleEventFactory,
    StripeEventFactory,
    SyncAttemptFactory,
    SyncFactory,
)

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)


def titles(client: Client, customer: Customer, **query: str) -> list[str]:
    answer = client.get(reverse("admin:customers_customer_change", args=[customer.pk]), query)
    assert answer.status_code == 200
    timeline = answer.content.decode().split('<ol class="timeline">')[1].split("</ol>")[0]
    return re.findall(r"<b>([^<]+)</b>", timeline)


def told(customer: Customer) -> None:
    sync = SyncFactory.create(customer=customer, connection__slug="kit")
    StripeEventFactory.create(customer=customer, received_at=NOON)
    LifecycleEventFactory.create(customer=customer, happened_at=NOON + timedelta(seconds=1))
    SyncAttemptFactory.create(sync=sync, finished_at=NOON + timedelta(seconds=2))
    event = StripeEventFactory.create(customer=customer, dead=True, received_at=NOON + timedelta(seconds=3))
    AuditEntryFactory.create(
        act="replay_sync", subject=f"sync:{sync.pk}", happened_at=NOON + timedelta(seconds=4)
    )
    AuditEntryFactory.create(
        act="replay_event", subject=f"stripeevent:{event.pk}", happened_at=NOON + timedelta(seconds=5)
    )


def test_everything_stands_in_one_order_newest_first(viewer: Client) -> None:
    ann = CustomerFactory.create()
    told(ann)
    told(CustomerFactory.create())

    expected = [
        "Replay of a Stripe event",
        "Replay of a sync",
        "Stripe",
        "Kit: applied",
        "Subscription active",
        "Stripe",
    ]

    assert titles(viewer, ann) == expected


def test_one_kind_can_be_looked_at_alone(viewer: Client) -> None:
    ann = CustomerFactory.create()
    told(ann)

    assert titles(viewer, ann, show="sync") == ["Kit: applied"]
    assert titles(viewer, ann, show="staff") == ["Replay of a Stripe event", "Replay of a sync"]
    assert titles(viewer, ann, show="lifecycle") == ["Subscription active"]
    assert len(titles(viewer, ann, show="no such kind")) == 6


def test_long_calls_are_told_in_seconds_as_on_every_other_page(viewer: Client) -> None:
    sync = SyncFactory.create(connection__slug="kit")
    for milliseconds in (3_673, 763):
        SyncAttemptFactory.create(
            sync=sync, steps=[{"do": "add_tag", "ref": "plan: pro"}], duration_ms=milliseconds
        )

    page = viewer.get(reverse("admin:customers_customer_change", args=[sync.customer_id])).content.decode()

    assert "3.7 s" in page
    assert "763 ms" in page
    assert "3673 ms" not in page  # the digits alone may stand in a time


def test_older_pages_lose_and_repeat_nothing_even_where_moments_are_equal(viewer: Client) -> None:
    ann = CustomerFactory.create()
    for n in range(PAGE):
        at = NOON + timedelta(seconds=n // 7)
        StripeEventFactory.create(customer=ann, received_at=at)
        LifecycleEventFactory.create(customer=ann, happened_at=at)
        AuditEntryFactory.create(subject=f"customer:{ann.pk}", happened_at=at)

    seen: list[Row] = []
    before, pages = None, 0
    while pages < 10:
        found = page(Whose(ann.pk, [f"customer:{ann.pk}"]), before=before)
        seen += found.rows
        pages += 1
        if not found.older:
            break
        before = Cursor.read(found.older)
        assert before is not None

    assert pages == 3
    assert len({(row.kind, row.pk) for row in seen}) == len(seen) == 3 * PAGE
    assert [row.at for row in seen] == sorted((row.at for row in seen), reverse=True)


def test_the_older_link_leads_on(viewer: Client) -> None:
    ann = CustomerFactory.create()
    StripeEventFactory.create_batch(PAGE + 3, customer=ann)
    address = reverse("admin:customers_customer_change", args=[ann.pk])

    older = re.search(r'href="(\?before=[^"]+)"', viewer.get(address).content.decode())

    assert older is not None
    timeline = viewer.get(address + older[1]).content.decode().split('<ol class="timeline">')[1]
    assert len(re.findall(r'data-key="stripe-\d+"', timeline)) == 3


def test_a_cursor_that_is_not_ours_is_ignored(viewer: Client) -> None:
    ann = CustomerFactory.create()
    told(ann)

    for rubbish in (
        "x",
        "~~",
        "2026-01-01~1~1",
        "2026-01-01T00:00:00+00:00~9~1",
        f"{NOON.isoformat()}~1~{10**30}",
    ):
        assert len(titles(viewer, ann, before=rubbish)) == 6, rubbish


@pytest.mark.parametrize(
    "moment", ["2026-01-01T00:00:00-23:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-23:00"]
)
def test_a_moment_of_any_zone_breaks_no_page(viewer: Client, moment: str) -> None:
    """PostgreSQL knows no zone that is 16 hours away, and no clock has what lies before the year 1."""
    ann = CustomerFactory.create()
    told(ann)

    assert titles(viewer, ann, before=f"{moment}~1~1") is not None


def test_a_cursor_reads_what_it_wrote() -> None:
    cursor = Cursor(NOON, Kind.SYNC, 12)

    assert Cursor.read(cursor.written()) == cursor
