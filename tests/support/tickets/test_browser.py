"""A ticket in a real browser: tags and failures change by themselves, at any width, without an error."""

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from customers.models import Customer
from integrations.models import Sync
from support.models import Ticket
from support.tickets import progress
from tests.factories import (
    CustomerFactory,
    MessageFactory,
    PlanMappingFactory,
    SyncAttemptFactory,
    SyncFactory,
    TicketFactory,
    UserFactory,
)
from tests.support.admin.test_browser import browser, complaints, signed_in
from tests.support.tickets.pages import QUEUE, page_of

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ticket(transactional_db: None) -> Ticket:
    """Ada paid, and Circle refused her."""
    ada = CustomerFactory.create(name="Ada Example", paying=True)
    sync = SyncFactory.create(customer=ada, dead=True, desired={"groups": [101]})
    PlanMappingFactory.create(plan=ada.plan, connection=sync.connection, options={"access_groups": [101]})
    SyncAttemptFactory.create(sync=sync, outcome="rejected", code="member_limit", error="No seat is free.")
    ticket: Ticket = TicketFactory.create(customer=ada, subject="I cannot get in")
    MessageFactory.create(ticket=ticket, body="Why?\n" + "long" * 200)
    return ticket


def test_the_tags_of_an_open_ticket_change_by_themselves(
    browser: Browser, live_server: LiveServer, ticket: Ticket
) -> None:
    page = signed_in(browser, live_server)
    page.goto(f"{live_server.url}{QUEUE}")
    page.click("text=I cannot get in")
    assert "Not in Circle yet" in page.inner_text("[data-part=ticket-head]")
    assert "Refused there (422)." in page.inner_text("[data-part=ticket-trouble]")
    page.fill("textarea", "half an answer")

    sync = Sync.objects.get()
    SyncAttemptFactory.create(sync=sync)
    Sync.objects.update(
        status="in_sync", reason="", explanation="", applied_version=1, observed={"groups": {"101": "in"}}
    )
    Customer.objects.update(support_tier="vip")

    page.wait_for_selector("[data-part=ticket-head] >> text=In Circle", timeout=60_000)
    page.wait_for_selector("[data-part=ticket-head] >> text=VIP support", timeout=60_000)
    page.wait_for_selector("[data-part=ticket-trouble] >> text=now in Circle", timeout=60_000)
    assert page.input_value("textarea") == "half an answer"
    assert complaints(page) == []


def test_a_refused_answer_stays_and_the_page_around_it_goes_on(
    browser: Browser, live_server: LiveServer, ticket: Ticket
) -> None:
    SyncFactory.create(customer=ticket.customer, connection__slug="kit", retrying=True)
    page = signed_in(browser, live_server)
    page.goto(f"{live_server.url}{page_of(ticket)}")
    page.fill("textarea", "half an answer")
    progress.close(ticket.pk, by=UserFactory.create(superuser=True))
    page.press("textarea", "Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Reopen and answer")

    Customer.objects.update(support_tier="vip")

    page.wait_for_selector("[data-part=ticket-head] >> text=VIP support", timeout=60_000)
    assert page.input_value("textarea") == "half an answer"
    assert complaints(page) == []


@pytest.mark.parametrize("width", [360, pytest.param(1440, marks=pytest.mark.slow)])
def test_a_ticket_fits_any_window_and_is_answered_without_a_mouse(
    browser: Browser, live_server: LiveServer, ticket: Ticket, width: int
) -> None:
    page = signed_in(browser, live_server, width=width, scheme="dark")
    for address in (QUEUE, f"{QUEUE}add/", page_of(ticket)):
        page.goto(f"{live_server.url}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address

    page.focus("textarea")
    page.keyboard.type("Please try again.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.wait_for_selector("text=The answer is kept and on its way.")
    assert complaints(page) == []
