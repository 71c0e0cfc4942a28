"""Paid but outside: who is entitled and not confirmed in Circle, since when, for how much, and what next."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Connection, Sync, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from support.models import AuditEntry
from tests.factories import (
    CustomerFactory,
    EntitlementFactory,
    PaymentFactory,
    PlanFactory,
    PlanMappingFactory,
    StripeCustomerFactory,
    SubscriptionFactory,
    SyncFactory,
)
from tests.factories.clock import now_utc
from tests.sandbox_world import Buyer, Catalog, catalog, sandbox
from tests.support.admin.conftest import REPLAY, VIEW, signed_in
from tests.support.admin.counting import queries_of

__all__ = ["catalog", "sandbox"]
pytestmark = pytest.mark.django_db
DESK = reverse("desks:paid-but-outside")
WANTS = {"groups": [101], "tags": [], "spaces": []}


@pytest.fixture
def founder(db: None) -> Client:
    return signed_in(superuser=True)


@pytest.fixture
def mapped(db: None) -> None:
    """Pro gives a group in Circle."""
    PlanMappingFactory.create(
        plan=PlanFactory.create(), connection=circle(), options={"access_groups": [101]}
    )


def circle(**columns: object) -> Connection:
    Connection.objects.update_or_create(
        slug="circle", defaults={"kind": "circle", "mode": "live", "credential": "C", **columns}
    )
    return Connection.objects.get(slug="circle")


def shown(client: Client) -> str:
    page = client.get(DESK).content.decode().split("<main", 1)[1]
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


def waits(*, hours: float = 1, **columns: object) -> Sync:
    """Somebody who pays for Pro and is not in its group."""
    defaults = {"customer__paying": True, "dead": True, "reason": "member_limit", "desired": WANTS}
    since = now_utc() - timedelta(hours=hours)
    return SyncFactory.create(**{**defaults, "due_since": since, "connection": circle(), **columns})


def test_a_buyer_whom_circle_refuses_is_listed_and_leaves_the_list_when_let_in(
    founder: Client, sandbox: Sandbox, catalog: Catalog
) -> None:
    sandbox.circle.fail(422)
    buyer = Buyer("ada@example.com")
    buyer.buys("pro")
    assert "Waits for its turn." in shown(founder)
    drain()
    assert "Ada Example" in shown(founder)
    sandbox.circle.heal()

    founder.post(f"{reverse('desks:replay')}?sync={buyer.sync('circle').pk}")
    drain()

    assert sandbox.circle.members_of(101) == {buyer.email}
    assert "Nobody is outside" in shown(founder)


def test_the_longest_waiting_come_first_with_cause_money_and_next_step(founder: Client, mapped: None) -> None:
    late, early = waits(hours=1), waits(hours=30)
    subscription = SubscriptionFactory.create(amount=49_000, currency="eur")
    EntitlementFactory.create(customer=early.customer, subject=subscription.stripe_id, interval="yearly")
    payment = PaymentFactory.create(customer=late.customer, amount_received=4_900, currency="jpy")
    EntitlementFactory.create(
        customer=late.customer, subject=payment.stripe_id, source="purchase", state="paid_in_full"
    )

    page = shown(founder)

    assert page.index(early.customer.name) < page.index(late.customer.name)
    assert "2 people · 40.83 EUR a month, 4,900 JPY once at risk" in page
    assert "Raise it in Circle" in page
    assert f"Replay for {early.customer.name}" in page


def test_who_is_in_or_has_no_right_to_be_in_is_not_listed(founder: Client, mapped: None) -> None:
    waits(observed={"member": True, "groups": {"101": "in"}})
    waits(customer__paying=False)
    waits(customer__paying=True, customer__grants=["kit-only"])
    SyncFactory.create(customer__paying=True, connection__slug="kit", dead=True, due_since=now_utc())

    assert "Nobody is outside" in shown(founder)


def test_a_paused_connection_is_said_once_for_all_who_wait_for_it(founder: Client, mapped: None) -> None:
    waits(), waits(status="pending", due_at=now_utc())
    waits(status="on_hold", reason="held_by_staff", staff_hold=True)  # would not go on with it either
    paused = circle(paused_at=now_utc(), pause_reason="token_refused")
    address = reverse("admin:integrations_connection_change", args=[paused.pk])

    page = founder.get(DESK).content.decode()

    assert "Circle is paused (its key was refused): 2 people wait for it." in shown(founder)
    assert page.count(f'href="{address}"') == page.count("Open the connection") == 1
    assert page.count("Waits for Circle") == 2
    assert "Open the connection" not in shown(signed_in("view_customer", "view_sync"))
    circle(paused_at=None, pause_reason="")
    assert "is paused" not in shown(founder)


@pytest.mark.parametrize(
    ("connection", "sync", "words"),
    [
        ({"paused_at": now_utc(), "pause_reason": "token_refused"}, {}, "Waits for Circle"),
        ({}, {"status": "retrying", "due_at": now_utc() + timedelta(hours=1)}, "Wait: next try in"),
        ({}, {"status": "pending", "due_at": now_utc()}, "Look why nothing runs"),
        ({}, {"status": "on_hold", "reason": "snoozed"}, "Take up again"),
        ({}, {"status": "on_hold", "reason": "conflict"}, "Open the person"),
        ({}, {"status": "on_hold", "reason": "held_by_staff", "staff_hold": True}, "Release them"),
        ({}, {"status": "on_hold", "reason": "mass_removal"}, "Decide it"),
        ({}, {"reason": "invalid_email"}, "Replay for"),  # bought as a guest: nothing to read again
    ],
)
def test_the_next_step_follows_from_the_cause(
    founder: Client, mapped: None, connection: dict[str, Any], sync: dict[str, Any], words: str
) -> None:
    waits(**sync)
    circle(**connection)

    assert words in shown(founder)


def test_what_is_mended_in_stripe_is_read_again_from_there_with_one_button(
    founder: Client, mapped: None
) -> None:
    buyer = waits(reason="name_blank").customer
    account = StripeCustomerFactory.create(customer=buyer)
    reads = reverse("admin:customers_customer_reread", args=[buyer.pk])
    assert f"Read again from Stripe for {buyer.name}" in shown(founder)
    assert "Ask support: Read again from Stripe" in shown(signed_in(*VIEW))

    assert founder.post(reads, {"next": DESK}).headers["Location"] == DESK

    account.refresh_from_db()
    assert account.reread_at is not None
    assert AuditEntry.objects.get().act == "reread"
    assert "Wait: they are being read again from Stripe" in shown(founder)
    assert "data-in-flight" in founder.get(DESK).content.decode()


def test_a_re_read_leads_back_to_no_other_site(founder: Client) -> None:
    person = CustomerFactory.create()
    reads = reverse("admin:customers_customer_reread", args=[person.pk])

    for address in ("https://example.org/", "//example.org/", "javascript:alert(1)"):
        screen = reverse("admin:customers_customer_change", args=[person.pk])
        assert founder.post(reads, {"next": address}).headers["Location"] == screen


@pytest.mark.parametrize(
    ("connection", "sync", "moves"),
    [
        ({}, {"status": "retrying", "due_at": now_utc()}, True),
        ({}, {}, False),
        ({}, {"status": "on_hold", "reason": "snoozed"}, False),
        (
            {"paused_at": now_utc(), "pause_reason": "by_staff"},
            {"status": "pending", "due_at": now_utc()},
            False,
        ),
    ],
)
def test_the_page_looks_again_by_itself_only_while_something_moves(
    founder: Client, mapped: None, connection: dict[str, Any], sync: dict[str, Any], moves: bool
) -> None:
    waits(**sync)
    circle(**connection)

    assert ("data-in-flight" in founder.get(DESK).content.decode()) == moves


def test_only_who_may_see_customers_and_syncs_sees_it_and_only_some_may_replay(mapped: None) -> None:
    waits()

    assert signed_in("view_customer").get(DESK).status_code == 403
    assert signed_in("view_sync").get(DESK).status_code == 403
    assert "Ask support: Replay" in shown(signed_in(*VIEW))
    assert "Replay for" in shown(signed_in(*REPLAY))
    assert signed_in(*REPLAY).post(DESK).status_code == 405


def test_the_sidebar_counts_them(founder: Client, mapped: None) -> None:
    waits()
    menu = founder.get(reverse("admin:index")).content.decode().split('<nav id="menu"')[1]

    assert re.search(r"Paid but outside\s*<span class=\"count count-urgent\">1<", menu)


def test_it_costs_as_many_queries_for_many_as_for_few(founder: Client, mapped: None) -> None:
    EntitlementFactory.create(customer=waits().customer)
    few = queries_of(founder, DESK)
    for _ in range(20):
        EntitlementFactory.create(customer=waits().customer)

    assert queries_of(founder, DESK) == few
    assert few <= 15
    assert founder.get(DESK, {"p": "99999"}).status_code == founder.get(DESK, {"p": "x"}).status_code == 200


def test_a_person_without_known_money_says_so(founder: Client, mapped: None) -> None:
    waits(customer=CustomerFactory.create(paying=True))

    assert "not known" in shown(founder)
    assert Sync.objects.get().status == SyncStatus.DEAD_LETTER
