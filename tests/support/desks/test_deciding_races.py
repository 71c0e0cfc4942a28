"""Staff decide in the moment in which somebody else, or a fact, settles the same doubt."""

import threading
from collections.abc import Callable

import pytest
from django.db import transaction
from django.utils import timezone

from billing import locks
from customers import review
from customers.models import Customer, ReviewItem
from customers.vocabulary import ReviewKind
from support.desks import deciding, reviewing
from support.models import AuditEntry
from tests.factories import CustomerFactory, ReviewItemFactory, UserFactory
from tests.support.test_catalogue_races import PATIENCE, beside, uncommitted, until
from tests.waiting import somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person(transactional_db: None) -> Customer:
    narnian: Customer = CustomerFactory.create(country_raw="Narnia")
    return narnian


@pytest.fixture
def item(person: Customer) -> ReviewItem:
    doubt: ReviewItem = ReviewItemFactory.create(kind=ReviewKind.UNMAPPED_VALUE, customer=person)
    return doubt


def choosing(item: ReviewItem, country: str) -> Callable[[], str]:
    choice = reviewing.choice_of(item, "country_chosen")
    assert choice is not None
    decision = deciding.Decision(choice, UserFactory.create(), "asked them", country)
    return lambda: deciding.decide(item.pk, decision, now=timezone.now())


def test_a_fact_that_settles_a_doubt_while_staff_decide_it_goes_first_and_nothing_is_done_twice(
    item: ReviewItem, person: Customer
) -> None:
    choose, said = choosing(item, "DE"), []
    locked, go = threading.Event(), threading.Event()

    def reading() -> None:
        """As whoever writes facts does: the person first, then the list."""
        with transaction.atomic():
            locks.people([person.pk])
            locked.set()
            go.wait(PATIENCE)
            review.settle(ReviewKind.UNMAPPED_VALUE, item.subject, now=timezone.now())

    def decide() -> None:
        try:
            choose()
        except deciding.NotDecidedError as error:
            said.append(str(error))

    with beside(reading):
        assert locked.wait(PATIENCE)
        with beside(decide):
            assert until(somebody_waits)
            go.set()

    item.refresh_from_db()
    person.refresh_from_db()
    assert said == ["A later fact has settled this in the meantime. Nothing was done."]
    assert (item.decision, person.country, AuditEntry.objects.count()) == ("", "", 0)


def test_of_two_who_decide_at_once_one_decides(item: ReviewItem, person: Customer) -> None:
    first, second = choosing(item, "DE"), choosing(item, "FR")
    said: list[str] = []

    with uncommitted(lambda: said.append(first())) as go, beside(lambda: said.append(second())):
        assert until(somebody_waits)
        go.set()

    item.refresh_from_db()
    person.refresh_from_db()
    assert said[1] == f"Nothing done: already decided by {item.settled_by}."
    assert (person.country, AuditEntry.objects.count()) == ("DE", 1)
