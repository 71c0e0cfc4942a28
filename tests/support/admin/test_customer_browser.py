"""The customer screen in a real browser: quiet people are looked at too, older lines come in place."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from customers.models import Customer
from integrations.models import Sync
from support.screen.timeline import PAGE
from tests.factories import (
    CustomerFactory,
    EntitlementFactory,
    LifecycleEventFactory,
    StripeEventFactory,
    SyncFactory,
)
from tests.support.admin.test_browser import browser, complaints, signed_in

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LINES = ".timeline > li"


@pytest.fixture
def ann(transactional_db: None) -> Customer:
    """Nothing is in flight; her timeline has more than one page."""
    ann: Customer = CustomerFactory.create(name="Ann Keller", paying=True)
    EntitlementFactory.create(customer=ann)
    SyncFactory.create(customer=ann, connection__slug="kit")
    long_ago = timezone.now() - timedelta(days=9)
    for n in range(PAGE + 5):
        LifecycleEventFactory.create(customer=ann, happened_at=long_ago + timedelta(minutes=n))
    return ann


@pytest.mark.slow
def test_older_lines_come_in_place_and_stay_when_news_of_a_quiet_person_arrives(
    browser: Browser, live_server: LiveServer, ann: Customer
) -> None:
    page = signed_in(browser, live_server)
    page.goto(f"{live_server.url}/admin/customers/customer/{ann.pk}/change/")
    address = page.url
    assert page.locator("[data-in-flight]").count() == 0

    page.click("text=Older")
    page.wait_for_selector(f"{LINES} >> nth={PAGE + 4}")
    assert page.url == address
    page.evaluate("document.activeElement.blur()")

    LifecycleEventFactory.create(customer=ann, type="payment_failed", to_status="past_due")
    Sync.objects.update(status="dead_letter", reason="refused", explanation="Refused there.")

    page.wait_for_selector(".timeline >> text=Payment failed", timeout=60_000)
    page.wait_for_selector("[data-part=destinations] >> text=Dead letter", timeout=60_000)
    assert page.locator(LINES).count() == PAGE + 6
    assert complaints(page) == []


@pytest.mark.slow
def test_a_new_event_joins_those_behind_one_line_also_where_older_lines_were_added(
    browser: Browser, live_server: LiveServer, ann: Customer
) -> None:
    StripeEventFactory.create_batch(4, customer=ann)
    page = signed_in(browser, live_server)
    page.goto(f"{live_server.url}/admin/customers/customer/{ann.pk}/change/")
    page.click("text=Older")
    page.wait_for_selector(f"{LINES} >> nth={PAGE + 5}")
    page.evaluate("document.activeElement.blur()")

    StripeEventFactory.create(customer=ann)

    page.wait_for_selector(".timeline >> text=5 events, all processed", timeout=60_000)
    assert page.locator(LINES).count() == PAGE + 6
    page.click(".timeline summary")
    assert page.locator(".timeline details li").count() == 5
    assert complaints(page) == []


def test_the_trace_is_copied_with_one_click(browser: Browser, live_server: LiveServer, ann: Customer) -> None:
    page = signed_in(browser, live_server)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{live_server.url}/admin/customers/customer/{ann.pk}/change/")

    page.click("text=Copy trace")
    page.wait_for_selector("text=Copied")

    copied: str = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"Customer {ann.pk}\n")
    assert ann.email not in copied
    assert complaints(page) == []
