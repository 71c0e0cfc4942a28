"""The stock lists as a founder reads them: words and names, labels on a phone, empty ones that explain."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from tests.factories import (
    AuditEntryFactory,
    CustomerFactory,
    LifecycleEventFactory,
    OneTimeEffectFactory,
    PlanFactory,
    PriceFactory,
    ReviewItemFactory,
    StripeEventFactory,
    SyncAttemptFactory,
    SyncFactory,
    UserFactory,
)
from tests.support.admin.conftest import signed_in
from tests.support.desks.test_dead_letters import text

pytestmark = pytest.mark.django_db


def shown(client: Client, name: str, **query: str) -> str:
    return client.get(reverse(f"admin:{name}_changelist"), query).content.decode()


@pytest.fixture
def founder(db: None) -> Client:
    return signed_in(superuser=True)


def test_what_was_refused_at_its_first_try_is_not_said_to_be_untried(founder: Client) -> None:
    refused = SyncFactory.create(dead=True, attempt_count=0)
    SyncAttemptFactory.create(sync=refused, outcome="rejected", code="refused", error="Refused there.")

    tries = re.findall(r'data-label="Tries"[^>]*>(\d+)<', shown(founder, "integrations_sync"))
    assert tries == ["1"]


def test_the_audit_names_acts_people_and_places(founder: Client) -> None:
    sync = SyncFactory.create(customer__name="Ada Quill", connection__slug="circle")
    AuditEntryFactory.create(act="replay_sync", subject=f"sync:{sync.pk}", after={"outcome": "queued again"})
    AuditEntryFactory.create(act="hold", subject=f"customer:{sync.customer_id}")
    AuditEntryFactory.create(act="load_catalog", subject="catalogue", actor=None)

    page = text(shown(founder, "support_auditentry").encode())

    assert "Replay of a sync Ada Quill at Circle" in page
    assert "queued again" in page
    assert "Put on hold Ada Quill" in page
    assert "Catalogue loaded catalogue the command line" in page


def test_the_audit_calls_what_an_act_was_about_by_its_words(founder: Client) -> None:
    event, item = StripeEventFactory.create(), ReviewItemFactory.create(kind="unknown_price")
    about = {
        f"stripeevent:{event.pk}": "Stripe event customer.subscription.updated",
        f"reviewitem:{item.pk}": f"review item {item.pk}: Unknown price",
        "stripeevent:999999": "Stripe event 999999",
        "customer:many": "many customers",
        "user:unknown": "an unknown account",
        "auditentry:all": "the whole record",
    }
    for subject in about:
        AuditEntryFactory.create(act="denied", subject=subject)

    page = text(shown(founder, "support_auditentry").encode())

    for words in about.values():
        assert words in page
    for code in ("stripeevent", "reviewitem", "customer many"):
        assert code not in page


def test_one_delivery_is_a_stripe_event_as_many_are(founder: Client) -> None:
    StripeEventFactory.create()
    AuditEntryFactory.create(act="denied", subject="stripecustomer:999999")

    assert "1 Stripe event" in text(shown(founder, "billing_stripeevent").encode())
    assert "Stripe customer 999999" in text(shown(founder, "support_auditentry").encode())


def test_an_entry_of_the_audit_says_its_act_once(founder: Client) -> None:
    entry = AuditEntryFactory.create(act="hold", subject="customer:many")

    page = text(founder.get(reverse("admin:support_auditentry_change", args=[entry.pk])).content)

    assert "Act Put on hold About many customers" in page
    assert "Recorded as hold customer:many" in page
    assert page.count("Act ") == 1


def test_the_audit_gives_numbers_to_those_who_may_not_see_customers() -> None:
    sync = SyncFactory.create(customer__name="Ada Quill", connection__slug="circle")
    entry = AuditEntryFactory.create(act="replay_sync", subject=f"sync:{sync.pk}")
    viewer = signed_in("view_auditentry")

    page = shown(viewer, "support_auditentry")
    row = viewer.get(reverse("admin:support_auditentry_change", args=[entry.pk])).content.decode()

    assert f"customer {sync.customer_id} at Circle" in page
    assert "Ada Quill" not in page + row


@pytest.mark.parametrize(
    "subject", ["customer:many", "user:unknown", "sync:999", "nothing:1", "sync:" + "9" * 40]
)
def test_an_act_on_something_that_is_not_there_is_shown_all_the_same(founder: Client, subject: str) -> None:
    AuditEntryFactory.create(act="look", subject=subject)

    assert "Look" in shown(founder, "support_auditentry")


def test_a_lifecycle_line_leads_to_the_stripe_event_that_caused_it(founder: Client) -> None:
    LifecycleEventFactory.create(cause="event", cause_ref="evt_1&2")

    assert escape(f"{reverse('admin:billing_stripeevent_changelist')}?q=evt_1%262") in shown(
        founder, "customers_lifecycleevent"
    )


def test_an_effect_is_a_word_and_says_for_what_it_happens_once(founder: Client) -> None:
    OneTimeEffectFactory.create(kind="dunning", subject="in_1")
    OneTimeEffectFactory.create(kind="invitation", connection__slug="circle", subject="connection:circle")

    page = text(shown(founder, "integrations_onetimeeffect").encode())

    assert "Reminder to pay" in page
    assert "ever, at Circle" in page
    assert "2 one-time effects" in page


@pytest.mark.parametrize(
    ("reason", "words", "on_the_screen"),
    [
        ("no_person", "No customer known yet", "no customer known yet"),
        ("not_found", "Stripe does not have this object", "does not have this object"),
    ],
)
def test_an_event_that_nobody_has_to_see_to_waits_for_no_person(
    founder: Client, reason: str, words: str, on_the_screen: str
) -> None:
    event = StripeEventFactory.create(
        customer=CustomerFactory.create(), status="unmatched", processed_at=None, reason=reason
    )
    row = reverse("admin:billing_stripeevent_change", args=[event.pk])
    person = reverse("admin:customers_customer_change", args=[event.customer_id])
    desk = f"{reverse('desks:replay')}?event={event.pk}"

    for page in (
        shown(founder, "billing_stripeevent"),
        *(founder.get(each).content.decode() for each in (row, desk)),
    ):
        assert words in text(page.encode())
    assert words in founder.post(reverse("search:suggest"), {"q": event.event_id}).content.decode()
    assert f"Stripe customer.subscription.updated {on_the_screen}" in text(founder.get(person).content)


def test_a_price_is_money_and_how_often_in_the_list_and_on_its_page(founder: Client) -> None:
    price = PriceFactory.create(amount=49_900, currency="usd", interval="one_time")

    page = text(founder.get(reverse("admin:billing_price_change", args=[price.pk])).content)

    assert "499.00 USD once" in text(shown(founder, "billing_price").encode())
    assert "Amount 499.00 USD Paid once" in page


def test_every_cell_carries_its_columns_name_and_empty_ones_are_marked(founder: Client) -> None:
    SyncFactory.create(customer__name='Ada "<b>" Quill', connection__slug="kit")

    page = shown(founder, "integrations_sync")

    assert '<td data-label="Status" class="field-state">' in page
    assert '<td data-label="Reason" data-empty="" class="field-why">' in page
    assert 'data-label="" ' not in page
    assert "<b>" not in page.split("<tbody", 1)[1].split("</tbody", 1)[0]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("support_alert", "Nothing is wrong, and nothing was."),
        ("customers_reviewitem", "Nothing waits for a decision."),
        ("billing_stripeevent", "Add our address as a webhook endpoint there"),
        ("customers_lifecycleevent", "The first purchase writes the first line."),
    ],
)
def test_an_empty_list_says_what_that_means(founder: Client, name: str, words: str) -> None:
    assert words in shown(founder, name)


def test_a_filter_without_matches_leads_back_to_all(founder: Client) -> None:
    CustomerFactory.create()

    page = text(shown(founder, "integrations_sync", status__exact="dead_letter").encode())

    assert "Nothing matches No syncs match this search and these filters. Show all" in page


def test_a_plans_short_name_stands_apart_from_its_name(founder: Client) -> None:
    PlanFactory.create(slug="starter", name="Starter")

    page = shown(founder, "integrations_planmapping")

    assert '<h2 class="plan">Starter</h2>' in page
    assert "<code>starter</code> ·" in page


def test_people_are_filtered_by_how_their_syncs_stand_in_plain_words(founder: Client) -> None:
    page = text(shown(founder, "customers_customer").encode())

    assert "Sync: All All Needs a person On its way Dead letter" in page


@pytest.mark.parametrize("name", ["integrations_sync", "billing_stripeevent"])
def test_an_empty_list_offers_nothing_to_do_with_its_rows(founder: Client, name: str) -> None:
    page = shown(founder, name)

    assert "Nothing here" in page
    assert "Reason" not in page
    assert "Replay</button>" not in page
    assert "0 of 0 selected" not in page


def test_accounts_and_groups_say_who_may_do_what(founder: Client) -> None:
    UserFactory.create(username="gone", is_active=False)

    users, groups = shown(founder, "auth_user"), text(shown(founder, "auth_group").encode())

    assert "everything (superuser)" in users
    assert "Switched off" in users
    assert "Support look, replay for one person" in groups
