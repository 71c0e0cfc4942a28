"""The list of customers: who, which state, access, destinations; and the search."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer
from support.admin import paging
from support.screen import finding
from tests.factories import (
    CheckoutSessionFactory,
    ConnectionFactory,
    CustomerFactory,
    PaymentFactory,
    PlanFactory,
    PlanMappingFactory,
    StripeCustomerFactory,
    StripeEventFactory,
    SubscriptionFactory,
    SyncFactory,
)
from tests.support.admin.counting import queries_of

LIST = reverse("admin:customers_customer_changelist")


def screen(customer_id: int) -> str:
    return reverse("admin:customers_customer_change", args=[customer_id])


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_says_status_plan_access_and_destinations_in_words(viewer: Client) -> None:
    ann = CustomerFactory.create(name="Ann Keller", paying=True)
    SyncFactory.create(customer=ann, connection__slug="circle")
    SyncFactory.create(customer=ann, connection__slug="kit", dead=True)

    page = text(viewer, LIST)

    for word in (
        "Ann Keller",
        "Active",
        "Pro · monthly",
        "Has access",
        "Circle",
        "In sync",
        "Kit",
        "Dead letter",
    ):
        assert word in page


def test_the_list_says_where_circle_holds_something_else_than_we_decided(viewer: Client) -> None:
    circle = ConnectionFactory.create(slug="circle")
    plan = PlanMappingFactory.create(connection=circle, options={"access_groups": [101]}).plan
    inside = {"member": True, "groups": {"101": "in"}}
    people = CustomerFactory.create_batch(2, paying=True, plan=plan), CustomerFactory.create_batch(2)
    for (in_, out), observed in zip(zip(*people, strict=True), (inside, {}), strict=True):
        SyncFactory.create(customer=in_, connection=circle, observed=observed)
        SyncFactory.create(customer=out, connection=circle, observed=observed, dead=True)

    page = text(viewer, LIST)

    for word in ("Has access", "Should have access", "No access", "Still in Circle"):
        assert page.count(f">{word}</span>") == 1, word
    assert "Not in Circle yet: its last run left it so." in page
    assert "Still in Circle: Refused there (422)." in page


def test_forty_customers_cost_as_many_queries_as_one(viewer: Client) -> None:
    connections = [ConnectionFactory.create(slug="circle"), ConnectionFactory.create(slug="kit")]
    plan = PlanFactory.create()
    PlanMappingFactory.create(plan=plan, connection=connections[0], options={"access_groups": [101]})
    counts = []
    for many in (1, 39):
        for customer in CustomerFactory.create_batch(many, paying=True, plan=plan):
            for each in connections:
                SyncFactory.create(customer=customer, connection=each)
        counts.append(queries_of(viewer, LIST))

    assert counts[0] == counts[1]
    assert counts[0] <= 11


@pytest.mark.parametrize("term", ["ann.kel", "ann k", " Ann Keller ", "kell", "kell ann"])
def test_a_search_finds_by_the_beginning_of_e_mail_or_of_any_word_of_the_name(
    viewer: Client, term: str
) -> None:
    CustomerFactory.create(name="Ann Keller", email="ann.keller@example.test")
    CustomerFactory.create(name="Bo Lind", email="bo@example.test")

    page = viewer.get(LIST, {"q": term}).content.decode()

    assert "ann.keller@example.test" in page
    assert "bo@example.test" not in page


def test_a_whole_e_mail_jumps_to_its_person(viewer: Client) -> None:
    ann = CustomerFactory.create(email="ann.keller@example.test")

    answer = viewer.get(LIST, {"q": " ANN.Keller@example.test "})

    assert (answer.status_code, answer.headers["Location"]) == (302, screen(ann.pk))


@pytest.mark.parametrize("term", ["'", "\\", "a & !b", "ann:*", "(", "%_", "ann'--", "\x00"])
def test_no_search_breaks_the_list(viewer: Client, term: str) -> None:
    assert viewer.get(LIST, {"q": term}).status_code == 200


@pytest.mark.django_db
def test_the_search_by_words_of_a_name_has_an_index() -> None:
    with CaptureQueriesContext(connection) as asked:
        finding.by_words(Customer.objects.all(), "kell", most=20)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {asked[0]['sql']}".replace("%", "%%"), [])
        plan = str(cursor.fetchall())

    assert "CTE Scan" in plan  # planned without the limit: a rare name is not looked for among everybody
    assert "customer_by_name_words" in plan
    assert "Seq Scan" not in plan


def test_the_page_is_titled_as_the_sidebar_names_it(viewer: Client) -> None:
    assert "<title>Customers ·" in text(viewer, LIST)


def test_a_percent_sign_in_a_search_is_no_wildcard(viewer: Client) -> None:
    CustomerFactory.create(name="Ann Keller")

    assert "Ann Keller" not in viewer.get(LIST, {"q": "%"}).content.decode()


def test_any_stripe_id_jumps_to_its_person(viewer: Client) -> None:
    ann = CustomerFactory.create()
    account = StripeCustomerFactory.create(customer=ann, stripe_id="cus_ann")
    SubscriptionFactory.create(stripe_customer=account, stripe_id="sub_ann")
    PaymentFactory.create(customer=ann, stripe_id="pi_ann", charge="ch_ann", invoice="in_ann")
    CheckoutSessionFactory.create(customer=ann, stripe_id="cs_test_ann")
    StripeEventFactory.create(customer=ann, event_id="evt_ann", object_id="in_unpaid")

    for stripe_id in (
        "cus_ann",
        "sub_ann",
        "pi_ann",
        "ch_ann",
        "in_ann",
        "cs_test_ann",
        "evt_ann",
        "in_unpaid",
    ):
        answer = viewer.get(LIST, {"q": f" {stripe_id} "})
        assert (answer.status_code, answer.headers["Location"]) == (302, screen(ann.pk)), stripe_id


def test_an_event_of_nobody_opens_the_event(viewer: Client) -> None:
    event = StripeEventFactory.create(
        event_id="evt_nobody", status="unmatched", processed_at=None, reason="no_person"
    )

    answer = viewer.get(LIST, {"q": "evt_nobody"})

    assert answer.headers["Location"] == reverse("admin:billing_stripeevent_change", args=[event.pk])


def test_an_unknown_id_says_so(viewer: Client) -> None:
    answer = viewer.get(LIST, {"q": "cus_nobody"}, follow=True)

    assert "Nobody is known by cus_nobody." in answer.content.decode()


def test_people_with_a_stuck_destination_can_be_listed(viewer: Client) -> None:
    SyncFactory.create(customer__name="Stuck Person", dead=True)
    SyncFactory.create(customer__name="Fine Person")

    page = text(viewer, f"{LIST}?sync=stuck")

    assert "Stuck Person" in page
    assert "Fine Person" not in page


def test_a_long_list_is_not_counted_to_its_end(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "CAP", 3)
    CustomerFactory.create_batch(5)

    page = text(viewer, LIST)

    assert "More than 3 customers" in page


def test_a_customer_without_anything_is_listed_too(viewer: Client) -> None:
    CustomerFactory.create(email="", name="", stripe_key="cus_keyonly")

    assert "cus_keyonly" in text(viewer, LIST)


def test_an_empty_list_says_what_to_do(viewer: Client) -> None:
    assert "No customers yet." in text(viewer, LIST)
