"""What a narrow window must not cut off: the stock forms of accounts, and a filter that is open."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.factories import CustomerFactory
from tests.support.admin.test_browser import browser, complaints, signed_in

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CUT_OFF = """() => [...document.querySelectorAll('main .form-row')]
    .filter(row => row.scrollWidth > row.clientWidth + 1).map(row => row.className)"""
BUTTON = "getComputedStyle(document.querySelector('.submit-row input.default')).textTransform"
WIDTHS = """() => [...document.querySelectorAll('#content fieldset')].map(each => each.offsetWidth)"""


@pytest.mark.parametrize("page_of", ["add/", "{}/change/", "{}/password/"])
def test_no_field_of_an_account_is_cut_off(browser: Browser, live_server: LiveServer, page_of: str) -> None:
    page = signed_in(browser, live_server, width=390)

    page.goto(f"{live_server.url}/admin/auth/user/{page_of.format(User.objects.get().pk)}")

    assert page.query_selector(".form-row") is not None
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(BUTTON) == "none"
    assert complaints(page) == []


def test_signing_in_shouts_at_nobody_and_buttons_of_a_list_stand_apart(
    browser: Browser, live_server: LiveServer
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(f"{live_server.url}/admin/login/")
    assert page.evaluate(BUTTON.replace(".default", "[type=submit]")) == "none"
    page.close()

    page = signed_in(browser, live_server, width=390)
    page.goto(f"{live_server.url}/admin/auth/user/")
    search, add = page.locator("main button:has-text('Search')"), page.locator("main .object-tools a")
    boxes = search.bounding_box(), add.bounding_box()
    assert boxes[0]
    assert boxes[1]
    assert boxes[1]["y"] + boxes[1]["height"] + 4 <= boxes[0]["y"]


@pytest.mark.parametrize("width", [390, 1440])
def test_what_is_done_with_an_account_stands_above_its_cards(
    browser: Browser, live_server: LiveServer, width: int
) -> None:
    page = signed_in(browser, live_server, width=width)

    page.goto(f"{live_server.url}/admin/auth/user/{User.objects.get().pk}/change/")

    assert page.is_visible("text=History")
    assert len(set(page.evaluate(WIDTHS))) == 1


@pytest.mark.parametrize("name", ["Status", "Has access", "Sync"])
def test_an_open_filter_makes_no_page_wider(browser: Browser, live_server: LiveServer, name: str) -> None:
    CustomerFactory.create()
    page = signed_in(browser, live_server, width=390)
    page.goto(f"{live_server.url}/admin/customers/customer/")

    page.click(f".filter summary:has-text('{name}')")

    assert page.is_visible(".filter[open] li")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
