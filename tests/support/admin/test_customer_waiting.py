"""What waits behind a connection that is paused or off is nowhere said to be tried again by itself."""

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from integrations.models import Connection
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.factories import TicketFactory
from tests.sandbox_world import Buyer, Catalog, catalog, sandbox
from tests.support.admin.ann import address, words
from tests.support.tickets.pages import page_of
from tests.support.tickets.pages import words as said

__all__ = ["catalog", "sandbox"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer(sandbox: Sandbox, catalog: Catalog) -> Customer:
    """Paid while Circle refused our key."""
    sandbox.circle.fail(401)
    buyer = Buyer("ada@example.com")
    buyer.buys("pro")
    drain()
    assert Connection.objects.get(slug="circle").paused_at
    return buyer.row


def test_behind_a_refused_key_the_screen_and_the_ticket_say_that_it_waits(
    founder: Client, buyer: Customer
) -> None:
    ticket = TicketFactory.create(customer=buyer)

    for page in (words(founder, buyer), said(founder, page_of(ticket))):
        assert "tried again by itself" not in page
        assert "next try" not in page.lower()
        assert "it waits, as Circle is paused." in page
        assert "It waits, as Circle is paused; it goes on when somebody changes that." in page
    assert "waits: Circle is paused" in words(founder, buyer)
    header = founder.get(address(buyer)).content.decode().partition('data-part="header"')[2]
    assert not header.startswith(" data-in-flight")


def test_the_list_of_syncs_names_no_next_try_behind_a_refused_key(founder: Client, buyer: Customer) -> None:
    listed = founder.get(reverse("admin:integrations_sync_changelist")).content.decode()

    assert "waits: Circle is paused" in listed


def test_once_it_is_resumed_it_is_said_to_be_tried_again(founder: Client, buyer: Customer) -> None:
    Connection.objects.update(paused_at=None, pause_reason="")

    assert "it is tried again by itself" in words(founder, buyer)
    assert "next try" in words(founder, buyer)
    assert "is paused" not in words(founder, buyer)


def test_who_has_not_been_tried_yet_is_not_next_in_line_there(
    founder: Client, sandbox: Sandbox, catalog: Catalog
) -> None:
    buyer = Buyer("bo@example.com")
    buyer.buys("pro")
    assert "Not in Circle yet: it is next in line." in words(founder, buyer.row)

    circle = Connection.objects.get(slug="circle")
    founder.post(
        reverse("admin:integrations_connection_pause", args=[circle.pk]), {"reason": "a look at the plan"}
    )

    assert "Not in Circle yet: it waits, as Circle is paused." in words(founder, buyer.row)
