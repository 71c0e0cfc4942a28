"""The customer screen: one look answers who, which state, access, why, what failed and what happens next."""

from copy import copy
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer, Override
from integrations.models import Sync
from tests.factories import (
    AuditEntryFactory,
    CustomerFactory,
    EntitlementFactory,
    LifecycleEventFactory,
    OneTimeEffectFactory,
    PaymentFactory,
    PlanFactory,
    ReviewItemFactory,
    StripeCustomerFactory,
    StripeEventFactory,
    SyncAttemptFactory,
    SyncFactory,
    TicketFactory,
    UserFactory,
)
from tests.support.admin.ann import PAID, address, ann, words
from tests.support.admin.conftest import REPLAY, signed_in
from tests.support.admin.counting import queries_of

__all__ = ["ann"]


def test_the_header_says_who_which_state_and_why(viewer: Client, ann: Customer) -> None:
    page = words(viewer, ann)

    for said in (
        "Ann Keller",
        ann.email,
        "EE",
        "Active",
        "Has access",
        "Pro",
        "monthly",
        "Community support",
    ):
        assert said in page
    assert "Has access: Pro (monthly) is active." in page


def test_the_post_purchase_line_gives_each_step_its_time(viewer: Client, ann: Customer) -> None:
    page = words(viewer, ann)

    assert "Payment confirmed 12 Mar, 09:14" in page
    assert "Access granted 12 Mar, 09:14 · 1.4 s later" in page
    assert "Onboarding e-mail sent 12 Mar, 09:14 · 2.1 s later" in page


def test_a_welcome_that_was_not_sent_is_said_to_be_not_sent(viewer: Client, ann: Customer) -> None:
    ann.one_time_effects.all().delete()

    assert "Onboarding e-mail not sent" in words(viewer, ann)


def test_each_destination_says_desired_found_tried_and_state(viewer: Client, ann: Customer) -> None:
    page = words(viewer, ann)

    assert "in 101 member in 101" in page
    assert "Refused there (422)." in page
    assert "version 0 of 1" in page


def test_a_difference_without_a_failure_reads_as_drift(viewer: Client, ann: Customer) -> None:
    Sync.objects.filter(connection__slug="circle").update(observed={"member": True, "groups": {"101": "out"}})

    page = words(viewer, ann)

    assert "Drift" in page
    assert "add to access group 101" in page


def test_the_replay_button_says_beforehand_what_it_would_do(support: Client, ann: Customer) -> None:
    page = words(support, ann)

    assert "Replay 1 failed sync" in page
    assert "Circle nothing, already right · Kit add tag plan: pro · mails: 0" in page


def test_the_preview_counts_the_mails_that_a_replay_would_send(support: Client, ann: Customer) -> None:
    circle = Sync.objects.filter(connection__slug="circle")
    circle.update(status="dead_letter", reason="refused", observed={})
    welcome = {"kind": "welcome", "subject": "sub_ann", "sequence": 501}
    Sync.objects.filter(connection__slug="kit").update(
        desired={"write": True, "fields": {}, "tags": [], "sequences": [welcome]}
    )

    assert "mails: 2" in words(support, ann)


def test_a_preview_that_cannot_know_the_mails_does_not_promise_none(support: Client, ann: Customer) -> None:
    Sync.objects.filter(connection__slug="kit").update(desired={})

    assert "mails: 0 or more" in words(support, ann)


def test_who_may_not_replay_sees_no_button(viewer: Client, ann: Customer) -> None:
    assert (
        reverse("admin:customers_customer_replay", args=[ann.pk])
        not in viewer.get(address(ann)).content.decode()
    )


def test_links_lead_to_the_test_dashboard_of_stripe(viewer: Client, ann: Customer) -> None:
    assert "https://dashboard.stripe.com/test/customers/cus_ann" in viewer.get(address(ann)).content.decode()


def test_what_they_hold_says_what_each_gives_and_until_when(viewer: Client, ann: Customer) -> None:
    EntitlementFactory.create(
        customer=ann, source="purchase", subject="pi_x", plan=None, state="paid_in_full", interval=""
    )

    page = words(viewer, ann)

    assert "access to Pro Active 49.00 USD paid 12 Mar 2026 renews" in page
    assert "nothing: its price is not mapped to a plan Paid in full for life" in page


def test_open_doubts_are_on_the_screen_and_settled_ones_are_not(viewer: Client, ann: Customer) -> None:
    ReviewItemFactory.create(customer=ann, subject="price_open")
    ReviewItemFactory.create(customer=ann, subject="price_settled", settled_at=PAID)

    page = words(viewer, ann)

    assert "Unknown price price_open" in page
    assert "price_settled" not in page


def test_names_from_outside_stay_inert(viewer: Client, ann: Customer) -> None:
    Customer.objects.filter(pk=ann.pk).update(name="<script>alert(1)</script>", external_id='"><img src=x>')
    Sync.objects.update(explanation="<img src=x onerror=alert(1)>", observed={"tags": {"<b>tag</b>": "in"}})

    page = viewer.get(address(ann)).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>tag</b>" not in page


def test_the_screen_refreshes_itself_only_while_something_is_in_flight(viewer: Client, ann: Customer) -> None:
    assert "data-in-flight" not in viewer.get(address(ann)).content.decode()

    Sync.objects.filter(connection__slug="kit").update(status="pending", due_at=PAID)

    assert "data-in-flight" in viewer.get(address(ann)).content.decode()


@pytest.mark.parametrize("address", ["999999", "0", "x", "9" * 30])
def test_a_person_who_does_not_exist_is_not_found(viewer: Client, address: str) -> None:
    assert viewer.get(f"/admin/customers/customer/{address}/change/").status_code == 404


def test_a_lead_without_anything_has_a_screen(viewer: Client) -> None:
    page = words(viewer, CustomerFactory.create(email="", name="", stripe_key="cus_bare"))

    assert "cus_bare" in page
    assert "nothing was ever bought" in page


def test_forty_rows_of_everything_cost_as_many_queries_as_one_and_at_most_fifteen(db: None) -> None:
    client = signed_in(*REPLAY, "view_ticket", "add_ticket", "grant_override", "extend_grace", "hold_sync")
    ann = CustomerFactory.create(paying=True)
    giver, counts = UserFactory.create(), []
    for many in (1, 40):
        StripeCustomerFactory.create_batch(many, customer=ann)
        EntitlementFactory.create_batch(many, customer=ann)
        PaymentFactory.create_batch(many, customer=ann)
        ReviewItemFactory.create_batch(many, customer=ann)
        TicketFactory.create_batch(many, customer=ann)
        OneTimeEffectFactory.create_batch(many, customer=ann)
        until, plan = PAID + timedelta(days=9000), PlanFactory.create()
        given = Override(customer=ann, plan=plan, until=until, reason="x", granted_by=giver)
        Override.objects.bulk_create([copy(given) for _ in range(many)])
        LifecycleEventFactory.create_batch(many, customer=ann)
        StripeEventFactory.create_batch(many, customer=ann, dead=True)
        slugs = [f"circle-{many}-{n}" for n in range(many)] + [f"kit-{many}-{n}" for n in range(many)]
        syncs = [SyncFactory.create(customer=ann, connection__slug=slug, dead=True) for slug in slugs]
        for sync in syncs:
            SyncAttemptFactory.create(sync=sync)
            AuditEntryFactory.create(subject=f"sync:{sync.pk}")
        counts.append(queries_of(client, address(ann)))

    assert counts[0] == counts[1]
    assert counts[0] <= 15
