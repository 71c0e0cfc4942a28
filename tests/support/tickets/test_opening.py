"""A ticket is opened on a screen or for an address, matched by exactly the same e-mail, or linked by hand."""

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from support.models import AuditEntry, Message, Ticket
from support.tickets.matching import match_late
from tests.factories import CustomerFactory, StripeCustomerFactory, SyncFactory, TicketFactory
from tests.support.admin.counting import queries_of
from tests.support.tickets.pages import NEW, act_on, page_of, words

ASKED = {"subject": "I cannot get in", "body": "Circle says that I am no member."}


def test_a_ticket_opened_on_a_screen_is_theirs_and_keeps_what_they_were(desk: Client, ada: Customer) -> None:
    desk.post(f"{NEW}?customer={ada.pk}", ASKED)

    ticket = Ticket.objects.get()
    assert (ticket.customer, ticket.match, ticket.source) == (ada, "screen", "staff")
    Customer.objects.update(status="canceled", has_access=False, grants=[], version=2)
    page = words(desk, page_of(ticket))
    assert "When it was opened: Active, entitled to access, plan pro." in page
    assert "Payment Canceled Access No access" in page
    assert "How they were matched: opened on their screen." in page
    assert "Circle says that I am no member." in page


def test_the_record_of_it_holds_no_personal_data(desk: Client, ada: Customer) -> None:
    desk.post(f"{NEW}?customer={ada.pk}", ASKED)
    ticket = Ticket.objects.get()
    desk.post(act_on(ticket, "answer"), {"body": "Dear Ada, please try again."})
    desk.post(act_on(ticket, "note"), {"body": "Ada called."})
    desk.post(act_on(ticket, "unlink"))
    desk.post(act_on(ticket, "link"), {"who": "ada@example.test"})

    entries = AuditEntry.objects.filter(subject=f"ticket:{ticket.pk}").order_by("pk")
    acts = list(entries.values_list("act", flat=True))
    assert acts == ["open_ticket", "answer_ticket", "note_on_ticket", "unlink_ticket", "link_ticket"]
    kept = str(list(entries.values())).lower()
    assert "ada" not in kept
    assert "circle" not in kept


def test_who_paid_and_was_never_let_in_is_not_said_to_have_been_in(desk: Client, ada: Customer) -> None:
    SyncFactory.create(customer=ada, dead=True)
    desk.post(f"{NEW}?customer={ada.pk}", ASKED)

    page = words(desk, page_of(Ticket.objects.get()))

    assert "When it was opened: Active, entitled to access, plan pro." in page
    assert "had access" not in page


@pytest.mark.parametrize("typed", ["ada@example.test", " ADA@Example.test "])
def test_an_address_is_matched_exactly(desk: Client, ada: Customer, typed: str) -> None:
    desk.post(NEW, ASKED | {"email": typed})

    ticket = Ticket.objects.get()
    assert (ticket.customer, ticket.match, ticket.email) == (ada, "email", "ada@example.test")
    assert "same e-mail" in words(desk, page_of(ticket))


@pytest.mark.parametrize("typed", ["ada+1@example.test", "a.da@example.test", "ada@example.tests"])
def test_a_likeness_is_no_match(desk: Client, ada: Customer, typed: str) -> None:
    desk.post(NEW, ASKED | {"email": typed})

    assert Ticket.objects.get().match == "nobody"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"email": "nonsense"}, "This is no e-mail address: write it like ada@example.com."),
        ({"email": ""}, "This field is required."),
        ({"subject": " "}, "This field is required."),
        ({"subject": "x" * 201}, "at most 200 characters"),
        ({"body": ""}, "This field is required."),
        ({"body": "x" * 20_001}, "at most 20000 characters"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_opened(desk: Client, wrong: dict[str, str], told: str) -> None:
    answer = desk.post(NEW, ASKED | {"email": "ada@example.test"} | wrong)

    assert told in answer.content.decode()
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("customer", ["999999", "x", "9" * 30])
def test_nobody_can_be_asked_for_who_does_not_exist(desk: Client, customer: str) -> None:
    assert desk.get(f"{NEW}?customer={customer}").status_code == 404


def test_who_becomes_known_later_is_matched_then(db: None) -> None:
    early = TicketFactory.create(unmatched=True, email="early@example.test")
    unlinked = TicketFactory.create(unmatched=True, email="early@example.test", match="unlinked")
    early_bird = CustomerFactory.create(email="early@example.test")

    assert match_late() == 1
    assert match_late() == 0

    early.refresh_from_db()
    unlinked.refresh_from_db()
    assert (early.customer, early.match) == (early_bird, "email")
    assert unlinked.customer is None


def test_what_somebody_was_before_they_were_known_is_not_made_up(desk: Client, ada: Customer) -> None:
    ticket = TicketFactory.create(unmatched=True, email="ada@example.test")
    match_late()

    page = words(desk, page_of(ticket))
    assert "What they were when it was opened is not known: nobody was linked then." in page


@pytest.mark.parametrize("who", ["ada@example.test", "cus_ada", "{pk}"])
def test_an_unmatched_ticket_is_linked_by_hand(desk: Client, ada: Customer, who: str) -> None:
    StripeCustomerFactory.create(customer=ada, stripe_id="cus_ada")
    ticket = TicketFactory.create(unmatched=True)
    assert "Person Nobody known" in words(desk, page_of(ticket))

    desk.post(act_on(ticket, "link"), {"who": who.format(pk=ada.pk)})

    ticket.refresh_from_db()
    assert (ticket.customer, ticket.match) == (ada, "hand")
    assert "How they were matched: linked by hand." in words(desk, page_of(ticket))


@pytest.mark.parametrize("who", ["nobody@example.test", "", "Ada", "cus_nobody", "\0", "9" * 40])
def test_nobody_is_linked_who_is_not_meant_for_sure(desk: Client, ada: Customer, who: str) -> None:
    ticket = TicketFactory.create(unmatched=True)

    answer = desk.post(act_on(ticket, "link"), {"who": who}, follow=True)

    assert "Nobody found" in answer.content.decode()
    ticket.refresh_from_db()
    assert ticket.customer is None


def test_a_ticket_of_one_person_is_not_given_to_another_by_accident(desk: Client, ada: Customer) -> None:
    ticket = TicketFactory.create()

    answer = desk.post(act_on(ticket, "link"), {"who": "ada@example.test"}, follow=True)

    assert "belongs to somebody else: unlink it first" in answer.content.decode()
    ticket.refresh_from_db()
    assert ticket.customer != ada


def test_what_was_unlinked_stays_unlinked(desk: Client, ada: Customer) -> None:
    desk.post(NEW, ASKED | {"email": "ada@example.test"})
    ticket = Ticket.objects.get()

    desk.post(act_on(ticket, "unlink"))
    match_late()

    ticket.refresh_from_db()
    assert (ticket.customer, ticket.match) == (None, "unlinked")


def test_texts_from_outside_stay_inert(desk: Client, ada: Customer) -> None:
    script = "<script>alert(1)</script>"
    desk.post(f"{NEW}?customer={ada.pk}", {"subject": script, "body": f"{script}\n<img src=x>"})

    ticket = Ticket.objects.get()
    for address in (page_of(ticket), reverse("admin:support_ticket_changelist")):
        page = desk.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_ticket_of_a_hundred_messages_costs_as_many_queries_as_one(desk: Client, ada: Customer) -> None:
    desk.post(f"{NEW}?customer={ada.pk}", ASKED)
    ticket = Ticket.objects.get()
    few = queries_of(desk, page_of(ticket))
    author = Message.objects.get().author
    notes = [Message(ticket=ticket, kind="note", body=f"{n}", author=author) for n in range(100)]
    Message.objects.bulk_create(notes)

    assert queries_of(desk, page_of(ticket)) == few
    assert few <= 15
