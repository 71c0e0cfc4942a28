"""The review list: each doubt explains itself, is decided once, by whom and why, and stays decided."""

import html
import re
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from customers import review
from customers.models import Customer, Override, ReviewItem
from customers.vocabulary import CauseKind, ReviewKind
from integrations.models import Sync, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from support.desks import reviewing
from support.models import AuditEntry, ReplayRun
from tests.factories import (
    CustomerFactory,
    PaymentFactory,
    ReviewItemFactory,
    StripeCustomerFactory,
    SubscriptionFactory,
    SyncFactory,
    UserFactory,
)
from tests.sandbox_world import Buyer, Catalog, catalog, sandbox
from tests.support.admin.conftest import VIEW, signed_in
from tests.support.admin.counting import queries_of

__all__ = ["catalog", "sandbox"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def founder(db: None) -> Client:
    return signed_in(superuser=True)


def page_of(item: ReviewItem) -> str:
    return reverse("admin:customers_reviewitem_change", args=[item.pk])


def settles(client: Client, item: ReviewItem, choice: str, **fields: str) -> str:
    """Press one choice; what the page then says."""
    address = reverse("admin:customers_reviewitem_settle", args=[item.pk])
    answer = client.post(address, {"choice": choice, "reason": "asked them", **fields}, follow=True)
    said = answer.content.decode().split('class="messagelist"')[-1].split("</ul>")[0]
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", said).split()))


def held_people(many: int) -> ReviewItem:
    for _ in range(many):
        plan = CustomerFactory.create(paying=True).plan
        gone = CustomerFactory.create(plan=plan, status="canceled")
        SyncFactory.create(
            customer=gone, status=SyncStatus.ON_HOLD, reason="mass_removal", held_plans=["pro"], bulk=True
        )
    review.ask(ReviewKind.HELD_REMOVAL, "connection:circle", evidence={"connection": "circle"})
    return ReviewItem.objects.get()


@pytest.mark.parametrize("kind", ReviewKind.values)
def test_every_kind_of_doubt_explains_itself_and_has_choices(founder: Client, kind: str) -> None:
    item = ReviewItemFactory.create(kind=kind, customer=CustomerFactory.create(), evidence={"member": "7"})

    shown = html.unescape(founder.get(page_of(item)).content.decode())

    doubt = reviewing.DOUBTS[kind]
    assert doubt.means in shown
    assert len(doubt.choices) > 0
    for choice in doubt.choices:
        assert choice.label in shown
    assert "member" in shown.lower()


def test_a_decision_keeps_who_and_why_and_a_second_one_changes_nothing(founder: Client) -> None:
    item = ReviewItemFactory.create(subject="price_1")

    assert "Settled: this price sells nothing of ours." in settles(founder, item, "ignored")
    other = signed_in(superuser=True)
    said = settles(other, item, "ignored")

    item.refresh_from_db()
    assert said.endswith(f"Nothing done: already decided by {item.settled_by}.")
    entry = AuditEntry.objects.get(act="settle_review")
    assert (entry.act, entry.reason, entry.actor) == ("settle_review", "asked them", item.settled_by)
    assert entry.after == {"decision": "ignored"}


def test_what_was_ignored_is_not_asked_again_and_what_a_fact_settled_is() -> None:
    for subject in ("price_a", "price_b"):
        review.ask(ReviewKind.UNKNOWN_PRICE, subject)
    ignored, settled = ReviewItem.objects.order_by("subject")
    assert review.decide(ignored.pk, "ignored", by=UserFactory.create(), now=datetime.now(UTC))
    review.settle(ReviewKind.UNKNOWN_PRICE, settled.subject, now=datetime.now(UTC))

    for subject in ("price_a", "price_b"):
        review.ask(ReviewKind.UNKNOWN_PRICE, subject)

    assert list(ReviewItem.objects.filter(settled_at=None).values_list("subject", flat=True)) == ["price_b"]


def test_two_who_are_kept_apart_are_asked_about_again_only_with_somebody_else() -> None:
    def ask(other: int) -> None:
        review.ask(ReviewKind.EMAIL_COLLISION, "customer:1", evidence={"other_customer": other})

    ask(2)
    review.decide(ReviewItem.objects.get().pk, "kept_apart", by=UserFactory.create(), now=datetime.now(UTC))
    ask(2)
    assert not ReviewItem.objects.filter(settled_at=None).exists()
    ask(3)
    assert ReviewItem.objects.filter(settled_at=None).count() == 1


def test_nobody_is_sent_to_a_page_that_they_may_not_open(founder: Client) -> None:
    page = page_of(ReviewItemFactory.create(kind="unknown_price"))
    mapping = reverse("admin:integrations_planmapping_changelist")
    for client, may in ((founder, True), (signed_in(*VIEW), False)):
        shown = client.get(page).content.decode().partition("What to do")[2]
        assert (mapping in shown) == may == (client.get(mapping).status_code == 200)


def test_deciding_needs_the_right_a_reason_and_a_choice_of_this_doubt(founder: Client) -> None:
    item = ReviewItemFactory.create()
    address = reverse("admin:customers_reviewitem_settle", args=[item.pk])
    viewer = signed_in(*VIEW)

    assert "Founders decide this." in viewer.get(page_of(item)).content.decode()
    assert viewer.post(address, {"choice": "ignored", "reason": "x"}).status_code == 403
    assert signed_in("settle_reviewitem").post(address, {"choice": "ignored"}).status_code == 403
    assert founder.post(address, {"choice": "released", "reason": "x"}).status_code == 404
    assert founder.get(address).status_code == 405
    assert "Say why" in settles(founder, item, "ignored", reason="  ")
    item.refresh_from_db()
    assert item.settled_at is None
    assert not AuditEntry.objects.filter(act="settle_review").exists()


def test_held_removals_are_let_out_by_a_replay_that_is_kept(founder: Client) -> None:
    item = held_people(3)

    said = settles(founder, item, "released")

    assert "3 people are let out" in said
    assert ReplayRun.objects.get().what == "Circle: held removals let out"
    assert set(Sync.objects.values_list("status", "bulk")) == {(SyncStatus.PENDING, False)}


def test_letting_out_and_keeping_in_need_rights_of_their_own_and_the_password() -> None:
    item = held_people(1)
    address = reverse("admin:customers_reviewitem_settle", args=[item.pk])
    settler = signed_in(*VIEW, "settle_reviewitem")

    for choice in ("released", "kept_in"):
        assert settler.post(address, {"choice": choice, "reason": "x", "days": "3"}).status_code == 403
    founder = signed_in(superuser=True)
    session = founder.session
    session["confirmed_at"] = 0
    session.save()
    answer = founder.post(address, {"choice": "released", "reason": "x"})
    assert answer.headers["Location"].startswith(reverse("staff:confirm"))
    assert Sync.objects.get().status == SyncStatus.ON_HOLD


def test_held_people_are_kept_in_with_an_override(
    founder: Client, sandbox: Sandbox, catalog: Catalog
) -> None:
    people = [Buyer(f"p{number}@example.com") for number in range(23)]
    for each in people:
        each.buys("pro")
    drain()
    for each in people:
        each.cancels("pro", cause=CauseKind.BULK)
    drain()
    item = ReviewItem.objects.get(kind=ReviewKind.HELD_REMOVAL, subject="connection:circle")
    inside = sandbox.circle.members_of(101)
    assert inside

    for days in ("0", "²", "91"):
        assert "Give a number of days" in settles(founder, item, "kept_in", days=days)
    said = settles(founder, item, "kept_in", days="5")
    drain()

    assert "keep their plan until" in said
    assert sandbox.circle.members_of(101) == inside
    held = Override.objects.count()
    assert held
    assert Customer.objects.filter(has_access=True).count() == held


@pytest.mark.parametrize("subject", ["cus_1", "customer:cus_1", "payment_intent:pi_1", "sub_1"])
def test_reading_again_leaves_the_doubt_open_until_stripe_answers_it(founder: Client, subject: str) -> None:
    account = StripeCustomerFactory.create(stripe_id="cus_1")
    PaymentFactory.create(stripe_id="pi_1", customer=account.customer)
    SubscriptionFactory.create(stripe_id="sub_1", stripe_customer=account)
    item = ReviewItemFactory.create(kind=ReviewKind.UNKNOWN_SHAPE, subject=subject)

    assert "this closes itself when that answers it" in settles(founder, item, "reread")

    item.refresh_from_db()
    account.refresh_from_db()
    assert (item.settled_at, account.reread_at is None) == (None, False)


def test_nobody_can_be_read_again_who_is_not_known(founder: Client) -> None:
    item = ReviewItemFactory.create(kind=ReviewKind.UNKNOWN_SHAPE, subject="invoice:in_1")

    assert "Nobody is known by this yet" in settles(founder, item, "reread")
    assert not AuditEntry.objects.exists()


def test_a_country_that_staff_choose_is_kept(founder: Client) -> None:
    person = CustomerFactory.create(country_raw="Narnia")
    item = ReviewItemFactory.create(kind=ReviewKind.UNMAPPED_VALUE, customer=person)

    assert "Choose a country" in settles(founder, item, "country_chosen", country="XX")
    settles(founder, item, "country_chosen", country="DE")

    person.refresh_from_db()
    assert person.country == "DE"


def test_a_member_whose_address_was_changed_by_hand_is_known_by_the_new_one(founder: Client) -> None:
    sync = SyncFactory.create(remote_id="7", remote_email="old@example.test")
    item = ReviewItemFactory.create(
        kind=ReviewKind.EMAIL_CHANGE, customer=sync.customer, evidence={"connection": "circle", "member": "7"}
    )

    settles(founder, item, "changed_by_hand")

    sync.refresh_from_db()
    assert (sync.remote_email, sync.status) == (sync.customer.email, SyncStatus.PENDING)


@pytest.mark.parametrize(
    "columns", [{"decision": "ignored"}, {"settled_at": "2026-01-01T00:00:00Z", "decision": "x"}]
)
def test_the_database_refuses_a_decision_of_nobody(columns: dict[str, str]) -> None:
    item = ReviewItemFactory.create()
    with pytest.raises(IntegrityError, match="review_item_decided_by_somebody"), transaction.atomic():
        ReviewItem.objects.filter(pk=item.pk).update(**columns)


def test_a_page_of_a_doubt_costs_few_queries(founder: Client) -> None:
    assert queries_of(founder, page_of(held_people(2))) <= 9
