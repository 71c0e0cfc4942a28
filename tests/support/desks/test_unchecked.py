"""A Circle that is not live: nobody looks who is in there, and no page says that everybody is."""

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Connection, PlanMapping, Sync
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.factories import CustomerFactory, PlanMappingFactory, TicketFactory
from tests.sandbox_world import Buyer, Catalog, catalog, sandbox
from tests.support.admin.ann import address, words
from tests.support.admin.counting import queries_of
from tests.support.connections.test_connection_page import confirmed
from tests.support.connections.test_mapping import confirms
from tests.support.desks.test_outside import DESK, circle, founder, mapped, shown, waits
from tests.support.tickets.pages import QUEUE, page_of

__all__ = ["catalog", "founder", "mapped", "sandbox"]
pytestmark = pytest.mark.django_db
CUSTOMERS = reverse("admin:customers_customer_changelist")
MODES = [("shadow", "Circle is in shadow mode"), ("off", "Circle is switched off")]


def today(client: Client) -> str:
    return client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(("mode", "said"), MODES)
def test_a_connection_that_is_not_live_lets_nobody_wait_and_says_that_nobody_is_checked(
    founder: Client, mapped: None, mode: str, said: str
) -> None:
    someone = waits().customer
    CustomerFactory.create(paying=True, grants=["kit-only"])  # Circle gives them nothing anyhow
    address = reverse("admin:integrations_connection_change", args=[circle(mode=mode).pk])

    page = shown(founder)

    assert f"{said}: 1 person is not checked." in page
    assert someone.name not in page
    assert "Nobody is outside" not in page
    assert "Everybody who is entitled" not in page
    assert address in founder.get(DESK).content.decode()


def test_where_nobody_is_entitled_nobody_is_unchecked(founder: Client, mapped: None) -> None:
    waits(customer__paying=False)
    circle(mode="shadow")

    assert "Nobody is outside Everybody who is entitled is confirmed in Circle." in shown(founder)
    assert "All who paid are in" in today(founder)


@pytest.mark.parametrize(("mode", "said"), MODES)
def test_today_does_not_say_that_all_who_paid_are_in(
    founder: Client, mapped: None, mode: str, said: str
) -> None:
    waits(), waits()
    circle(mode=mode)

    page = today(founder)

    assert "All who paid are in" not in page
    assert "everybody who paid is in" not in page
    headline = page.partition('data-part="headline"')[2].partition("</div>")[0]
    assert f'pill-warn">{said}: 2 people are not checked<' in headline
    assert page.count(f"{said}: 2 people are not checked") == 2  # the headline, the figure


def test_who_is_outside_of_a_live_circle_is_counted_beside_those_whom_another_does_not_check(
    founder: Client, mapped: None
) -> None:
    waits()
    elsewhere = PlanMappingFactory.create(
        plan__slug="eu", connection__slug="circle-eu", options={"access_groups": [7]}
    )
    CustomerFactory.create(paying=True, plan=elsewhere.plan, grants=["eu"])
    elsewhere.connection.mode = "shadow"
    elsewhere.connection.save()

    said = "Circle (circle-eu) is in shadow mode: 1 person is not checked"
    assert f"Paid but outside: 1. {said}" in today(founder)
    assert f"{said}." in shown(founder)


def test_a_buyer_in_shadow_mode_is_not_checked_until_the_connection_is_live(
    founder: Client, sandbox: Sandbox, catalog: Catalog
) -> None:
    catalog.circle.mode = "shadow"
    catalog.circle.save()
    buyer = Buyer("zoe@example.com")
    buyer.buys("pro")
    drain()
    assert buyer.sync("circle").reason == "shadow"
    assert "Circle is in shadow mode: 1 person is not checked." in shown(founder)

    circle_now = Sync.objects.get(pk=buyer.sync("circle").pk).connection
    circle_now.mode = "live"
    circle_now.save()

    assert "not checked" not in shown(founder)


def test_who_bought_after_the_switch_is_not_checked_wherever_they_are_looked_at(
    founder: Client, sandbox: Sandbox, catalog: Catalog
) -> None:
    Connection.objects.filter(pk=catalog.circle.pk).update(mode="off")
    buyer = Buyer("zoe@example.com", name="Zoe Late")
    buyer.buys("pro")
    drain()
    assert not Sync.objects.filter(customer=buyer.row, connection=catalog.circle).exists()
    ticket = TicketFactory.create(customer=buyer.row, email=buyer.email)

    assert "Circle is switched off: 1 person is not checked" in today(founder)
    said = "Circle is switched off: whether they are in is not checked."
    for page in (address(buyer.row), CUSTOMERS, page_of(ticket)):
        seen = founder.get(page).content.decode()
        assert said in seen, page
        assert 'pill-warn">Has access, not checked<' in seen, page
    found = founder.post(reverse("search:page"), {"q": "Zoe L"}).content.decode()
    assert "Pro · has access, not checked" in found
    assert "Has access, not checked" in founder.get(QUEUE).content.decode()

    Connection.objects.filter(pk=catalog.circle.pk).update(mode="live")
    assert "not checked" not in words(founder, buyer.row)


def test_forty_who_are_not_checked_cost_as_many_queries_as_one(founder: Client, mapped: None) -> None:
    circle(mode="off")
    counts = []
    for many in (1, 39):
        for someone in CustomerFactory.create_batch(many, paying=True):
            TicketFactory.create(customer=someone)
        counts.append([queries_of(founder, page) for page in (CUSTOMERS, QUEUE)])

    assert counts[0] == counts[1]
    assert founder.get(CUSTOMERS).content.decode().count("Has access, not checked") == 40
    assert founder.get(QUEUE).content.decode().count("Circle not checked") == 40  # nobody was welcomed either


def test_a_circle_that_another_replaced_is_looked_for_no_more_once_no_plan_gives_anything_there(
    founder: Client, sandbox: Sandbox, catalog: Catalog
) -> None:
    old = PlanMappingFactory.create(
        plan=PlanMapping.objects.get(connection=catalog.circle, plan__slug="pro").plan,
        connection__slug="circle-old",
        options={"access_groups": [7]},
    )
    Connection.objects.filter(slug="circle-old").update(mode="off")
    buyer = Buyer("ada@example.com")
    buyer.buys("pro")
    drain()
    assert "Circle (circle-old) is switched off: 1 person is not checked" in today(founder)
    advice = "where another has taken its place, let the plans give no group and no space there any more"
    assert advice in shown(founder)
    assert reverse("admin:integrations_planmapping_changelist") in founder.get(DESK).content.decode()

    assert "is changed" in confirms(confirmed(founder), old, {"access_groups": []})
    drain()

    assert "All who paid are in" in today(founder)
    assert "Has access: Pro (monthly) is active." in words(founder, buyer.row)
    assert "not checked" not in words(founder, buyer.row)
