"""The front page in a real browser: dark, on a telephone, followed to the rows behind a figure."""

import re

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from integrations.engine.claim import database_now
from support.dashboard import rolling
from tests.factories import ConnectionFactory, CustomerFactory, SyncAttemptFactory
from tests.support.admin.test_browser import browser, complaints, signed_in

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_founder_reads_it_on_a_telephone_in_the_dark(browser: Browser, live_server: LiveServer) -> None:
    ConnectionFactory.create()
    SyncAttemptFactory.create(sync__customer__paying=True)
    CustomerFactory.create()
    rolling.count(database_now())
    page = signed_in(browser, live_server, width=390, scheme="dark")

    assert "All who paid are in" in page.inner_text("[data-part=headline]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("text=As a table")
    assert page.is_visible("table >> text=95 % within") or page.is_visible("table >> text=Number")
    page.click("text=30 d")
    page.click("[data-part=customers] >> text=Active")

    page.wait_for_url(re.compile("status__exact=active"))
    assert complaints(page) == []
