"""What a doubt shows of the people it is about, and how doubts of one kind are told apart."""

import html

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import ReviewItem
from customers.vocabulary import ReviewKind
from tests.factories import CustomerFactory, ReviewItemFactory
from tests.support.admin.conftest import VIEW, signed_in

pytestmark = pytest.mark.django_db


def shown(client: Client, item: ReviewItem) -> str:
    page = reverse("admin:customers_reviewitem_change", args=[item.pk])
    return html.unescape(client.get(page).content.decode())


def collision() -> ReviewItem:
    other = CustomerFactory.create(name="Bob Kent", paying=True)
    return ReviewItemFactory.create(
        kind=ReviewKind.EMAIL_COLLISION,
        subject="customer:1",
        customer=CustomerFactory.create(),
        evidence={"other_customer": other.pk},
    )


def test_a_collision_says_who_the_other_person_is_and_what_they_hold() -> None:
    item = collision()

    page = shown(signed_in(*VIEW), item)

    assert "Bob Kent: Active, Pro, has access" in page
    assert reverse("admin:customers_customer_change", args=[item.evidence["other_customer"]]) in page


def test_who_may_not_see_customers_reads_a_number() -> None:
    item = collision()

    page = shown(signed_in("view_reviewitem"), item)

    assert "Bob Kent" not in page
    assert f"customer {item.evidence['other_customer']}" in page


@pytest.mark.parametrize(
    ("kind", "evidence", "says"),
    [
        ("unmapped_value", {"field": "country"}, "no country that we know"),
        ("unmapped_value", {"field": "country", "stripe_says": "FR"}, "Keep what staff chose"),
        ("email_change", {"connection": "circle", "member": "7"}, "Changed by hand there"),
        ("email_change", {"why": "several_stripe_customers"}, "Give all of them the same address in Stripe"),
        ("unknown_shape", {"one_time_price": "price_1"}, "Give the plan by an override"),
    ],
)
def test_doubts_of_one_kind_are_told_apart_by_their_evidence(
    kind: str, evidence: dict[str, str], says: str
) -> None:
    item = ReviewItemFactory.create(kind=kind, customer=CustomerFactory.create(), evidence=evidence)

    assert says in shown(signed_in(superuser=True), item)
