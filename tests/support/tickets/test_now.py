"""What a ticket says of its person is what they are now: each look computes tags, failures, healing."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from customers.vocabulary import LifecycleType
from integrations.models import Sync
from support.models import AuditEntry, Ticket
from tests.factories import (
    LifecycleEventFactory,
    OneTimeEffectFactory,
    PlanMappingFactory,
    SyncAttemptFactory,
    SyncFactory,
    TicketFactory,
)
from tests.support.tickets.pages import QUEUE, act_on, page_of, words

IN = {"member": True, "accepted": True, "groups": {"101": "in"}}
WANTED = {"groups": [101], "spaces": [], "tags": []}


@pytest.fixture
def circle(ada: Customer) -> Sync:
    """Ada should be in Circle, which refused her."""
    sync: Sync = SyncFactory.create(customer=ada, dead=True, desired=WANTED)
    PlanMappingFactory.create(plan=ada.plan, connection=sync.connection, options={"access_groups": [101]})
    SyncAttemptFactory.create(sync=sync, outcome="rejected", code="member_limit", error="No seat is free.")
    return sync


@pytest.fixture
def ticket(ada: Customer) -> Ticket:
    return TicketFactory.create(customer=ada)


def heal(sync: Sync) -> None:
    """What the engine writes when a run went well."""
    SyncAttemptFactory.create(sync=sync)
    Sync.objects.filter(pk=sync.pk).update(
        status="in_sync", reason="", explanation="", applied_version=1, observed=IN, due_at=None
    )


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({}, "Plan Pro monthly Payment Active Access Has access"),
        ({"interval": "yearly"}, "Plan Pro yearly"),
        ({"status": "past_due"}, "Payment Past due Access Has access"),
        ({"status": "canceled", "has_access": False, "grants": []}, "Access No access Onboarding Left"),
        (
            {"status": "unpaid", "has_access": False, "grants": []},
            "Payment Unpaid Access No access Onboarding Waits for a payment",
        ),
        (
            {"status": "lead", "has_access": False, "grants": [], "plan": None, "interval": ""},
            "Plan No plan Payment Lead Access No access Onboarding Not a customer",
        ),
        ({"support_tier": "vip"}, "Support VIP support Pays 49.00 USD a month"),
    ],
)
def test_the_tags_follow_the_person(
    desk: Client, ada: Customer, ticket: Ticket, columns: dict[str, Any], said: str
) -> None:
    assert "Support Community support" in words(desk, page_of(ticket))

    Customer.objects.update(**columns)

    assert said in words(desk, page_of(ticket))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({}, "Onboarding Not in Circle yet"),
        ({"status": "in_sync", "applied_version": 1, "observed": IN}, "Onboarding In Circle"),
        (
            {"status": "in_sync", "applied_version": 1, "observed": IN | {"accepted": False}},
            "Onboarding Invited, not accepted",
        ),
        # A tag was refused, but she is in.
        ({"observed": IN}, "Onboarding In Circle"),
        ({"desired": WANTED | {"spaces": [7]}, "observed": IN}, "Onboarding Not in Circle yet"),
        ({"desired": {}, "observed": {}}, "Onboarding Not in Circle yet"),
    ],
)
def test_the_onboarding_follows_circle(
    desk: Client, circle: Sync, ticket: Ticket, columns: dict[str, Any], said: str
) -> None:
    Sync.objects.update(**columns)

    assert said in words(desk, page_of(ticket))
    assert (said.removeprefix("Onboarding ") + " ") in words(desk, QUEUE)


def test_whose_plan_gives_nothing_in_circle_is_not_said_to_be_in(desk: Client, ada: Customer) -> None:
    ticket = TicketFactory.create(customer=ada)
    assert "Onboarding No destination" in words(desk, page_of(ticket))

    SyncFactory.create(customer=ada, observed={"member": False, "groups": {}})

    assert "Onboarding Gets nothing in Circle" in words(desk, page_of(ticket))


def test_a_welcome_that_was_sent_is_the_last_stage(desk: Client, circle: Sync, ticket: Ticket) -> None:
    heal(circle)
    OneTimeEffectFactory.create(customer=circle.customer, done_at=datetime.now(UTC))

    assert "Onboarding Welcomed" in words(desk, page_of(ticket))


def test_a_failed_sync_is_shown_in_plain_words_and_replayed_from_here(
    desk: Client, circle: Sync, ticket: Ticket
) -> None:
    page = words(desk, page_of(ticket))
    assert "Access Should have access" in page
    assert "Should have access: Pro (monthly) is active. Not in Circle yet: Refused there (422)." in page
    assert "What fails for this person Dead letter Circle : Refused there (422)." in page
    assert "Replay 1 failed sync Replay would: Circle" in page
    assert "mails: 1" in page

    answer = desk.post(act_on(ticket, "replay"), follow=True)

    assert answer.request["PATH_INFO"] == page_of(ticket)
    assert "1 queued again." in answer.content.decode()
    assert "bob replayed Circle" in words(desk, page_of(ticket))
    circle.refresh_from_db()
    assert circle.status == "pending"
    assert AuditEntry.objects.filter(act="replay_sync", subject=f"sync:{circle.pk}").exists()


def test_with_nothing_to_replay_the_replay_says_so(desk: Client, ticket: Ticket) -> None:
    page = desk.post(act_on(ticket, "replay"), follow=True).content.decode()

    assert "Nothing to replay" in page


def test_a_failure_that_heals_says_so_by_itself(desk: Client, circle: Sync, ticket: Ticket) -> None:
    assert "Healed" not in words(desk, page_of(ticket))

    heal(circle)

    page = re.sub(r"\b\d+ s ago", "now", words(desk, page_of(ticket)))
    assert "Healed Circle healed now : now in Circle. Before: No seat is free." in page
    assert "What fails for this person" not in page
    assert not ticket.messages.exists()


def test_what_failed_again_is_not_called_healed(desk: Client, circle: Sync, ticket: Ticket) -> None:
    heal(circle)
    SyncAttemptFactory.create(sync=circle, outcome="retry", code="answers_503", error="Circle is down.")
    Sync.objects.filter(pk=circle.pk).update(
        status="retrying", reason="answers_503", explanation="Circle is down.", due_at=datetime.now(UTC)
    )

    page = desk.get(page_of(ticket)).content.decode()

    assert ">Healed<" not in page
    assert "It is tried again by itself." in page


def test_what_healed_before_the_question_is_old_news(desk: Client, circle: Sync, ada: Customer) -> None:
    heal(circle)
    later = TicketFactory.create(customer=ada, opened_at=datetime.now(UTC) + timedelta(seconds=1))

    assert "healed" not in words(desk, page_of(later)).lower()


def test_shadow_mode_is_no_failure(desk: Client, circle: Sync, ticket: Ticket) -> None:
    Sync.objects.update(status="on_hold", reason="shadow")

    assert "What fails" not in words(desk, page_of(ticket))


@pytest.mark.parametrize(
    ("reason", "step"),
    [
        ("snoozed", ("Take up again", "desks:dead-letters")),
        ("conflict", ("Open the person", "admin:customers_customer_change")),
        ("mass_removal", ("Decide it", "admin:customers_reviewitem_changelist")),
        ("held_by_staff", ("Release them", "admin:customers_customer_change")),
    ],
)
def test_a_hold_says_where_it_is_ended(
    desk: Client, circle: Sync, ticket: Ticket, reason: str, step: tuple[str, str]
) -> None:
    """The page of a sync has no button for a hold, so nobody is sent there."""
    Sync.objects.update(status="on_hold", reason=reason, staff_hold=reason == "held_by_staff")
    said, address = step
    url = reverse(address, args=[circle.customer_id] if "customer_change" in address else [])
    link = f'<a href="{url}">{said}</a>'
    person = reverse("admin:customers_customer_change", args=[circle.customer_id])

    assert link in desk.get(page_of(ticket)).content.decode()
    assert ". It waits for a person." in words(desk, page_of(ticket))
    assert (link in desk.get(person).content.decode()) is (url != person)


def test_what_changed_for_the_person_meanwhile_stands_in_the_stream(
    desk: Client, ada: Customer, ticket: Ticket
) -> None:
    LifecycleEventFactory.create(
        customer=ada, type=LifecycleType.PAYMENT_RECOVERED, from_status="past_due", to_status="active"
    )

    assert "Payment recovered: Past due → Active" in words(desk, page_of(ticket))
