"""Who is who: what Stripe says about a person is taken over, and what it says oddly is asked about."""

import pytest

from customers import people
from customers.models import Customer, ReviewItem

pytestmark = pytest.mark.django_db


def test_a_country_that_nobody_knows_is_kept_as_it_was_typed_and_put_on_the_review_list_once() -> None:
    person = people.person_for("ada@example.com")

    people.describe(person, country="Atlantis, 5 Sea Road")
    people.describe(person, country="Atlantis, 5 Sea Road")

    person.refresh_from_db()
    assert (person.country, person.country_raw) == ("", "Atlantis, 5 Sea Road")
    item = ReviewItem.objects.get()
    assert (item.kind, item.customer, item.seen_count) == ("unmapped_value", person, 2)
    assert "Atlantis" not in f"{item.subject} {item.evidence}"


def test_what_stripe_leaves_empty_never_erases_what_is_known() -> None:
    person = people.person_for("ada@example.com")
    people.describe(person, name="Ada", country="EE", external_id="acct-77")

    people.describe(person, name=" ", country="", external_id="")

    person.refresh_from_db()
    assert (person.name, person.country, person.external_id) == ("Ada", "EE", "acct-77")


def test_a_new_address_that_belongs_to_somebody_else_moves_nobody() -> None:
    ada, bob = people.person_for("ada@example.com"), people.person_for("bob@example.com")

    assert not people.rename(ada, "Bob@Example.com ")

    assert set(Customer.objects.values_list("pk", "email")) == {(ada.pk, ada.email), (bob.pk, bob.email)}
    assert ReviewItem.objects.get().evidence == {"other_customer": bob.pk}


def test_a_person_needs_an_address_or_a_stripe_customer() -> None:
    with pytest.raises(ValueError, match="needs an e-mail or a Stripe customer"):
        people.person_for("no address at all")
