"""The office in a real browser: a morning's failures, the palette, and what a supporter is not offered."""

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.factories import CustomerFactory, SyncFactory
from tests.sandbox_world import Buyer, Catalog, catalog, sandbox
from tests.support.admin.test_browser import browser, complaints, signed_in

__all__ = ["browser", "catalog", "sandbox"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FAILED = 4


def test_a_mornings_failures_heal_with_one_press_once_circle_is_back(
    browser: Browser, live_server: LiveServer, sandbox: Sandbox, catalog: Catalog
) -> None:
    buyers = [Buyer(f"p{number}@example.com") for number in range(FAILED)]
    sandbox.circle.fail(422)
    for each in buyers:
        each.buys("pro")
    drain()
    sandbox.circle.heal()

    page = signed_in(browser, live_server)
    page.click("#menu >> text=Dead letters")
    page.wait_for_selector(f"text={FAILED} will be invited")
    page.click(f"button:has-text('Replay {FAILED}')")
    drain()

    page.wait_for_selector(f"text={FAILED} of {FAILED} healed", timeout=60_000)
    assert sandbox.circle.members_of(101) == {each.email for each in buyers}
    assert sorted(sandbox.circle.invitations) == sorted(each.email for each in buyers)
    assert complaints(page) == []


def test_the_palette_leads_to_a_person_and_to_a_page_without_a_mouse(
    browser: Browser, live_server: LiveServer
) -> None:
    ann = CustomerFactory.create(name="Ann Keller", paying=True)
    page = signed_in(browser, live_server)

    page.wait_for_selector("#menu")
    page.keyboard.press("Control+k")
    page.keyboard.type("kell")
    page.wait_for_selector("dialog[open] [role=option][aria-selected=true] >> text=Ann Keller")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/customer/{ann.pk}/change/")

    page.keyboard.press("Control+k")
    page.keyboard.type("review")
    page.wait_for_selector("dialog[open] [role=option][aria-selected=true] >> text=Review list")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviewitem/")

    page.keyboard.press("?")
    assert "go to a page, or find anybody" in page.inner_text("dialog[open]")
    assert complaints(page) == []


def test_enter_in_the_palette_before_its_results_leads_there_all_the_same(
    browser: Browser, live_server: LiveServer
) -> None:
    ann = CustomerFactory.create(name="Ann Keller", paying=True)
    page = signed_in(browser, live_server)
    page.wait_for_selector("#menu")

    page.keyboard.press("Control+k")
    page.keyboard.type("kell")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # who does not wait presses again
    page.wait_for_url(f"**/customer/{ann.pk}/change/")

    page.keyboard.press("Control+k")
    page.keyboard.type("nobody at all")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/")
    assert "Nothing found" in page.inner_text("main")

    page.keyboard.press("Control+k")
    page.keyboard.type("nobody either")
    page.wait_for_selector("dialog[open] >> text=Nothing found")
    page.keyboard.press("Enter")
    page.wait_for_selector("main >> text=nobody either")
    assert complaints(page) == []


def test_several_that_nobody_has_seen_yet_are_listed_and_not_chosen_from(
    browser: Browser, live_server: LiveServer
) -> None:
    CustomerFactory.create(name="Ann Keller")
    CustomerFactory.create(name="Bo Kellermann")
    page = signed_in(browser, live_server)
    page.wait_for_selector("#menu")

    page.keyboard.press("Control+k")
    page.keyboard.type("kell")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] >> text=2 found")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customer/*/change/")


def test_a_supporter_is_offered_a_replay_but_nothing_of_a_founders(
    browser: Browser, live_server: LiveServer
) -> None:
    ann = CustomerFactory.create(name="Ann Keller", paying=True)
    SyncFactory.create(customer=ann, dead=True)
    page = signed_in(browser, live_server)
    page.wait_for_selector("#menu")
    user = User.objects.get()
    user.groups.add(Group.objects.get(name="Support"))
    User.objects.update(is_superuser=False)

    page.goto(f"{live_server.url}/admin/customers/customer/{ann.pk}/change/")

    menu, acts = page.inner_text("#menu"), page.inner_text("main")
    assert "Dead letters" in menu
    assert "Plans and mapping" not in menu
    assert "Users" not in menu
    assert "Replay 1 failed sync" in acts
    assert "Grant access" not in acts
    assert complaints(page) == []
