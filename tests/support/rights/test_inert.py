"""What strangers wrote runs in no browser and changes no mail."""

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.urls import reverse
from playwright.sync_api import Browser, Dialog, Page
from pytest_django.live_server_helper import LiveServer

from customers.models import Customer
from integrations.sweeper import drain
from support.models import Ticket
from support.tickets.opening import Question, open_by_api
from tests.factories import CustomerFactory, MessageFactory
from tests.factories.clock import now_utc
from tests.support.admin.test_browser import browser, complaints, signed_in
from tests.support.rights.test_hostile import PAYLOADS, hostile_world

__all__ = ["browser"]
LISTS = (
    *("customers_customer", "customers_plan", "integrations_sync", "integrations_syncattempt"),
    *("support_ticket", "integrations_planmapping", "support_auditentry"),
)
HEADERS = [
    "\r\nBcc: thief@example.com",
    "\nTo: thief@example.com",
    "\rX-Evil: 1",
    "%0aBcc: thief@example.com",
]


def pages() -> list[str]:
    """Where names, plans, addresses, subjects, words and errors of the hostile world are shown."""
    found = [reverse(f"admin:{name}_changelist") for name in LISTS]
    found += [reverse("desks:dead-letters"), reverse("desks:paid-but-outside"), reverse("admin:index")]
    found += [f"{reverse('search:page')}?q=alert"]
    people, tickets = Customer.objects.order_by("-pk")[:3], Ticket.objects.order_by("-pk")[:3]
    found += [reverse("admin:customers_customer_change", args=[each.pk]) for each in people]
    return found + [reverse("admin:support_ticket_change", args=[each.pk]) for each in tickets]


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_in_a_browser_nothing_of_it_runs_or_becomes_an_element(
    browser: Browser, live_server: LiveServer
) -> None:
    hostile_world()
    CustomerFactory.create(email='"><script>alert(1)</script>@example.com', name="alert")
    page: Page = signed_in(browser, live_server)
    dialogs: list[str] = []

    def shut(dialog: Dialog) -> None:
        dialogs.append(page.url)
        dialog.dismiss()

    page.on("dialog", shut)
    planted = "[onerror], [onload], [ontoggle], [onfocus], [onbegin], [onclick], iframe, object, embed, base"
    page.wait_for_url("**/admin/")
    for path in pages():
        page.goto(live_server.url + path)
        page.wait_for_timeout(100)
        assert page.locator(planted).count() == 0, path
        assert (
            page.locator("script:not([src])").count()
            == page.locator("script[type='application/json']").count()
        )

    assert User.objects.exists()
    assert (dialogs, complaints(page)) == ([], [])


@pytest.mark.django_db
def test_a_mail_is_plain_text_to_one_person_whatever_its_subject_and_words() -> None:
    for words in (*PAYLOADS, *HEADERS):
        asked = Question(f"Help {words}"[:200], "Why?", "ada@example.com")
        ticket, _new = open_by_api(asked, external_id=words[:60])
        MessageFactory.create(
            ticket=ticket, kind="answer", body=words, address="ada@example.com", due_at=now_utc()
        )
    for _ in range(10):
        drain()

    assert len(mail.outbox) == len(PAYLOADS) + len(HEADERS)
    for sent in mail.outbox:
        told = sent.message()
        assert told.get_content_type() == "text/plain"
        assert sent.recipients() == ["ada@example.com"]
        assert not {"Bcc", "X-Evil"} & set(told)
        assert told.get_all("To") == ["ada@example.com"]
