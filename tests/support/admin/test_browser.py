"""The back office in a real browser: found, understood, replayed, at any width, without a console error."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from integrations.models import Sync
from tests.bringup.capabilities import chromium
from tests.factories import (
    CustomerFactory,
    EntitlementFactory,
    StripeEventFactory,
    SyncAttemptFactory,
    SyncFactory,
    UserFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a password for this test only"
PAGES = ["/admin/", "/admin/customers/customer/", "/admin/integrations/sync/", "/admin/billing/stripeevent/"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    # Playwright's event loop lives in this thread, and Django would refuse the ORM beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def ann(transactional_db: None) -> Sync:
    """Ann's Kit sync, a dead letter."""
    customer = CustomerFactory.create(name="Ann Keller", paying=True)
    EntitlementFactory.create(customer=customer)
    sync = SyncFactory.create(customer=customer, connection__slug="kit", dead=True)
    SyncAttemptFactory.create(sync=sync, outcome="rejected", code="refused", error="Refused there.")
    StripeEventFactory.create(customer=customer)
    return sync


def signed_in(browser: Browser, server: LiveServer, *, width: int = 1440, scheme: str = "light") -> Page:
    """A page behind the real login; any console error or failed request fails the test at its end."""
    user = UserFactory.create(superuser=True)
    user.set_password(PASSWORD)
    user.save()
    for earlier in browser.contexts:  # the open pages of the test before would go on asking
        earlier.close()
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    page.on("console", lambda said: complaints(page).append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints(page).append(str(error)))
    page.goto(f"{server.url}/admin/login/")
    page.fill("#id_username", user.username)
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    return page


COMPLAINTS: dict[Page, list[str]] = {}


def complaints(page: Page) -> list[str]:
    return COMPLAINTS.setdefault(page, [])


def test_ann_is_found_understood_and_replayed(browser: Browser, live_server: LiveServer, ann: Sync) -> None:
    page = signed_in(browser, live_server)

    page.fill("#find", "ann k")
    page.keyboard.press("Enter")
    page.click("text=Ann Keller")
    assert "Has access: Pro (monthly) is active." in page.inner_text("main")
    page.click("text=Replay 1 failed sync")

    assert "1 queued again." in page.inner_text(".messagelist")
    assert "Pending" in page.inner_text("[data-part=destinations]")
    assert "Replay of a sync" in page.inner_text(".timeline")
    assert complaints(page) == []


def test_the_screen_shows_by_itself_that_it_healed(
    browser: Browser, live_server: LiveServer, ann: Sync
) -> None:
    page = signed_in(browser, live_server)
    page.goto(f"{live_server.url}/admin/customers/customer/{ann.customer_id}/change/")
    page.click("text=Replay 1 failed sync")

    Sync.objects.filter(pk=ann.pk).update(status="in_sync", due_at=None, reason="", applied_version=1)

    page.wait_for_selector("[data-part=destinations] >> text=In sync", timeout=60_000)
    assert complaints(page) == []


def test_a_list_previews_its_replay(browser: Browser, live_server: LiveServer, ann: Sync) -> None:
    page = signed_in(browser, live_server)
    page.goto(f"{live_server.url}/admin/integrations/sync/")

    page.check(".action-select")
    page.click("button[name=action]")
    assert "Mails that people would get: 0 or more." in page.inner_text("main")
    page.click("main button:has-text('Replay 1')")

    assert "1 queued again." in page.inner_text(".messagelist")
    assert complaints(page) == []


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
@pytest.mark.parametrize("width", [360, 768, 1920])
def test_no_page_is_wider_than_the_window(
    browser: Browser, live_server: LiveServer, ann: Sync, width: int, scheme: str
) -> None:
    page = signed_in(browser, live_server, width=width, scheme=scheme)

    for address in (*PAGES, f"/admin/customers/customer/{ann.customer_id}/change/"):
        page.goto(f"{live_server.url}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    assert complaints(page) == []


def test_the_menu_opens_on_a_phone(browser: Browser, live_server: LiveServer, ann: Sync) -> None:
    page = signed_in(browser, live_server, width=360)

    assert not page.is_visible("text=Stripe events")
    page.click("text=Menu")
    page.click("text=Stripe events")

    assert page.inner_text("h1") == "Stripe events"


def test_everything_works_without_a_script(browser: Browser, live_server: LiveServer, ann: Sync) -> None:
    user = UserFactory.create(superuser=True)
    user.set_password(PASSWORD)
    user.save()
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{live_server.url}/admin/customers/customer/{ann.customer_id}/change/")
    page.fill("#id_username", user.username)
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")

    page.click("text=Replay 1 failed sync")

    assert "1 queued again." in page.inner_text(".messagelist")
