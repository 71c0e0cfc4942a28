"""Who may see, open and change tickets, tried by forged requests."""

import pytest
from django.db.models import Q
from django.test import Client

from integrations.models import Sync
from support.models import AuditEntry, Message, Ticket
from tests.factories import SyncFactory, TicketFactory
from tests.support.admin.conftest import VIEW, signed_in
from tests.support.tickets.pages import ACTS, NEW, QUEUE, act_on, page_of

FORGED = {"body": "forged", "assignee": "", "who": "1", "message": "1"}


@pytest.fixture
def ticket(db: None) -> Ticket:
    sync: Sync = SyncFactory.create(dead=True)
    ticket: Ticket = TicketFactory.create(customer=sync.customer)
    return ticket


def untouched(ticket: Ticket) -> bool:
    same = Ticket.objects.get() == ticket and Sync.objects.get().status == "dead_letter"
    acts = AuditEntry.objects.filter(Q(act__endswith="_ticket") | Q(act="replay_sync"))
    return same and not Message.objects.exists() and not acts.exists()


def forge(client: Client, ticket: Ticket) -> set[int]:
    """Every act, and a new ticket; the statuses answered."""
    acts = {client.post(act_on(ticket, act), FORGED).status_code for act in ACTS}
    new = client.post(NEW, {"email": "ada@example.test", "subject": "forged", "body": "forged"})
    return acts | {new.status_code}


def test_somebody_not_signed_in_is_sent_to_the_login(client: Client, ticket: Ticket) -> None:
    for address in (QUEUE, NEW, page_of(ticket)):
        assert client.get(address).headers["Location"].startswith("/admin/login/")
    assert forge(client, ticket) == {302}
    assert untouched(ticket)


def test_staff_without_rights_to_tickets_see_and_change_nothing(ticket: Ticket) -> None:
    client = signed_in(*VIEW)

    assert {client.get(address).status_code for address in (QUEUE, NEW, page_of(ticket))} == {403}
    assert forge(client, ticket) == {403}
    assert untouched(ticket)


def test_who_may_only_look_finds_no_button_and_changes_nothing(ticket: Ticket) -> None:
    client = signed_in(*VIEW, "view_ticket")

    page = client.get(page_of(ticket)).content.decode()

    assert "/answer/" not in page
    assert "/replay/" not in page
    assert client.get(NEW).status_code == 403
    assert forge(client, ticket) == {403}
    assert untouched(ticket)


def test_the_right_to_change_without_the_right_to_see_is_not_enough(ticket: Ticket) -> None:
    client = signed_in("change_ticket", "replay_sync", "view_customer")

    assert {client.post(act_on(ticket, act), FORGED).status_code for act in ACTS} == {403}
    assert untouched(ticket)


def test_a_ticket_gives_no_right_to_replay(ticket: Ticket) -> None:
    client = signed_in(*VIEW, "view_ticket", "change_ticket")

    assert "Replay" not in client.get(page_of(ticket)).content.decode()
    assert client.post(act_on(ticket, "replay")).status_code == 403
    assert untouched(ticket)


def test_looking_at_the_address_of_an_act_does_nothing(desk: Client, ticket: Ticket) -> None:
    assert {desk.get(act_on(ticket, act)).status_code for act in ACTS} == {405}
    assert desk.post(page_of(ticket), FORGED).status_code == 405
    assert untouched(ticket)


def test_a_post_from_another_site_is_refused(desk: Client, ticket: Ticket) -> None:
    desk.handler.enforce_csrf_checks = True

    assert forge(desk, ticket) == {403}
    assert untouched(ticket)


def test_nobody_deletes_a_ticket(founder: Client, ticket: Ticket) -> None:
    founder.post(QUEUE, {"action": "delete_selected", "_selected_action": [ticket.pk], "post": "yes"})

    assert founder.post(f"/admin/support/ticket/{ticket.pk}/delete/", {"post": "yes"}).status_code == 403
    assert untouched(ticket)


@pytest.mark.parametrize("number", ["999999", "0", "9" * 18])
def test_a_ticket_that_does_not_exist_is_not_found(desk: Client, number: str) -> None:
    assert desk.get(f"/admin/support/ticket/{number}/change/").status_code == 404
    for act in ("answer", "note", "close", "replay"):
        assert desk.post(f"/admin/support/ticket/{number}/{act}/", FORGED).status_code == 404


@pytest.mark.parametrize("number", ["x", "9" * 30, "1e5"])
def test_an_address_that_names_no_ticket_is_not_found(desk: Client, number: str) -> None:
    assert desk.get(f"/admin/support/ticket/{number}/change/").status_code in (302, 404)
