"""A Circle that is not live: nobody looks who is in there, and no page says that everybody is."""

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Sync
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.factories import CustomerFactory, PlanMappingFactory
from tests.sandbox_world import Buyer, Catalog, catalog, sandbox
from tests.support.desks.test_outside import DESK, circle, founder, mapped, shown, waits

__all__ = ["catalog", "founder", "mapped", "sandbox"]
pytestmark = pytest.mark.django_db
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
