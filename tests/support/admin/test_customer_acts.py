"""What staff do on the customer screen: said beforehand, done once, recorded, and only by who may."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import StripeCustomer
from customers.lifecycle import Cause, recompute
from customers.models import Customer, Entitlement, Override
from customers.vocabulary import CauseKind
from integrations.models import Sync
from support.models import AuditEntry
from tests.factories import (
    CustomerFactory,
    EntitlementFactory,
    PlanFactory,
    PlanMappingFactory,
    StripeCustomerFactory,
    SyncFactory,
)
from tests.support.admin.conftest import REPLAY, VIEW, signed_in

ACTS = ("reread", "hold", "release", "grant", "extend")


def path(act: str, customer: Customer, *more: int) -> str:
    return reverse(f"admin:customers_customer_{act}", args=[customer.pk, *more])


def day(distance: int) -> str:
    return (datetime.now(UTC) + timedelta(days=distance)).date().isoformat()


@pytest.fixture
def ann(db: None) -> Customer:
    """Past due since yesterday: grace ends in six days. In Circle's Pro group, a subscriber in Kit."""
    now = datetime.now(UTC)
    ann: Customer = CustomerFactory.create(name="Ann Keller")
    plan = PlanFactory.create()
    StripeCustomerFactory.create(customer=ann, stripe_id="cus_ann")
    EntitlementFactory.create(
        customer=ann, plan=plan, state="past_due", past_due_since=now - timedelta(days=1), subject="sub_ann"
    )
    for slug, options in (("circle", {"access_groups": [101]}), ("kit", {"tags": ["plan: pro"]})):
        sync = SyncFactory.create(customer=ann, connection__slug=slug, desired_version=0, applied_version=0)
        PlanMappingFactory.create(plan=plan, connection=sync.connection, options=options)
    Sync.objects.filter(connection__slug="circle").update(observed={"member": True, "groups": {"101": "in"}})
    recompute(ann.pk, now=now, cause=Cause(CauseKind.CLOCK))
    ann.refresh_from_db()
    return ann


def confirmed(client: Client, address: str, **form: Any) -> str:
    return client.post(address, {**form, "confirmed": "yes"}, follow=True).content.decode()


def test_a_grant_is_previewed_then_given_once_and_recorded(founder: Client, ann: Customer) -> None:
    vip = PlanFactory.create(slug="vip", rank=50)
    circle = Sync.objects.get(connection__slug="circle").connection
    PlanMappingFactory.create(plan=vip, connection=circle, options={"access_groups": [109]})
    form = {"plan": vip.pk, "until": day(20), "reason": "speaker at the summit"}

    preview = founder.post(path("grant", ann), form).content.decode()
    assert "add to access group Vip (109)" in preview
    assert not Override.objects.exists()

    page = confirmed(founder, path("grant", ann), **form)
    again = confirmed(founder, path("grant", ann), **form)

    assert "Vip is given until" in page
    assert "was given until" in again
    ann.refresh_from_db()
    assert "vip" in ann.grants
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.reason, entry.subject) == (
        "grant_override",
        "speaker at the summit",
        f"customer:{ann.pk}",
    )
    assert entry.after["plan"] == "vip"


def test_a_double_click_for_the_farthest_day_gives_once(founder: Client, ann: Customer) -> None:
    form = {"plan": PlanFactory.create().pk, "until": day(366), "reason": "a speaker"}
    for _ in "ab":
        confirmed(founder, path("grant", ann), **form)
    assert Override.objects.count() == 1


def test_a_grant_can_be_ended_and_says_what_that_takes(founder: Client, ann: Customer) -> None:
    Entitlement.objects.all().delete()
    confirmed(founder, path("grant", ann), plan=PlanFactory.create().pk, until=day(20), reason="a friend")
    override = Override.objects.get()
    address = path("end_override", ann, override.pk)

    assert "remove from access group Pro (101)" in founder.get(address).content.decode()
    founder.post(address, {"reason": ""})
    override.refresh_from_db()
    assert override.ended_at is None

    founder.post(address, {"reason": "no friend any more"})
    founder.post(address, {"reason": "twice"})

    ann.refresh_from_db()
    assert not ann.has_access
    assert list(AuditEntry.objects.order_by("pk").values_list("act", flat=True)) == [
        "grant_override",
        "end_override",
    ]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"until": day(20), "reason": ""}, "Say why"),
        ({"until": day(-1), "reason": "x"}, "Choose a day that is not over."),
        ({"until": day(400), "reason": "x"}, "No later than"),
        ({"until": "soon", "reason": "x"}, "Enter a valid date"),
        ({"until": day(20), "reason": "x", "plan": 999}, "Select a valid choice"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused_with_a_reason(
    founder: Client, ann: Customer, form: dict[str, Any], words: str
) -> None:
    page = confirmed(founder, path("grant", ann), **{"plan": PlanFactory.create().pk, **form})

    assert words in page
    assert not Override.objects.exists()


def test_support_extends_by_seven_days_past_the_purchase_and_never_further(ann: Customer) -> None:
    client = signed_in(*REPLAY, "extend_grace")
    form = client.get(path("extend", ann)).content.decode()
    assert f'max="{day(13)}"' in form

    assert "No later than" in confirmed(client, path("extend", ann), until=day(14), reason="card is coming")
    assert not Override.objects.exists()
    assert "Pro is given until" in confirmed(
        client, path("extend", ann), until=day(13), reason="card is coming"
    )

    ann.refresh_from_db()
    assert ann.access_until is not None
    assert ann.access_until > datetime.now(UTC) + timedelta(days=12)
    assert AuditEntry.objects.get().act == "extend_access"


def test_there_is_nothing_to_extend_where_nothing_ends(ann: Customer) -> None:
    Entitlement.objects.update(state="active", past_due_since=None)
    client = signed_in(*REPLAY, "extend_grace")

    assert "There is nothing to extend" in client.get(path("extend", ann), follow=True).content.decode()


def test_nothing_is_extended_for_whom_the_money_went_back(ann: Customer) -> None:
    Entitlement.objects.update(
        state="refunded", ended_at=datetime.now(UTC), past_due_since=None, end_reason="refunded"
    )
    client = signed_in(*REPLAY, "extend_grace")

    assert "nothing to extend" in confirmed(client, path("extend", ann), until=day(3), reason="please")
    assert not Override.objects.exists()


def test_a_person_is_held_with_a_reason_and_released(founder: Client, ann: Customer) -> None:
    assert "Say why" in founder.post(path("hold", ann), {"reason": " "}, follow=True).content.decode()
    assert not Sync.objects.filter(staff_hold=True).exists()

    page = founder.post(path("hold", ann), {"reason": "asked to wait"}, follow=True).content.decode()
    assert "On hold: 2 destinations." in page
    assert "Held by staff" in page
    assert "Nothing to hold" in founder.post(path("hold", ann), {"reason": "x"}, follow=True).content.decode()
    assert "Released: 2" in founder.post(path("release", ann), follow=True).content.decode()

    assert not Sync.objects.filter(staff_hold=True).exists()
    assert list(AuditEntry.objects.order_by("pk").values_list("act", flat=True)) == ["hold", "release"]


def test_a_re_read_is_asked_for_and_shown_as_under_way(ann: Customer) -> None:
    client = signed_in(*REPLAY, "reread_customer")

    page = client.post(path("reread", ann), follow=True).content.decode()

    assert "Stripe is being asked again." in page
    assert "data-in-flight" in page
    assert StripeCustomer.objects.get().reread_at is not None
    assert AuditEntry.objects.get().act == "reread"


def test_somebody_without_a_stripe_customer_is_not_read_again(founder: Client) -> None:
    bare = CustomerFactory.create()

    assert "has no Stripe customer" in founder.post(path("reread", bare), follow=True).content.decode()
    assert not AuditEntry.objects.exists()


def untouched(ann: Customer) -> bool:
    quiet = not Sync.objects.filter(staff_hold=True).exists()
    quiet = quiet and not AuditEntry.objects.exclude(act="denied").exists()
    return quiet and not Override.objects.exists() and StripeCustomer.objects.get().reread_at is None


@pytest.mark.parametrize("rights", [(), VIEW, REPLAY, ("hold_sync", "grant_override", "reread_customer")])
def test_who_lacks_the_right_does_nothing_by_forged_post(ann: Customer, rights: tuple[str, ...]) -> None:
    client = signed_in(*rights)
    form = {"plan": PlanFactory.create().pk, "until": day(3), "reason": "forged", "confirmed": "yes"}

    assert [client.post(path(act, ann), form).status_code for act in ACTS] == [403] * len(ACTS)
    assert untouched(ann)


def test_support_extends_but_grants_and_holds_nothing(ann: Customer) -> None:
    client = signed_in(*REPLAY, "extend_grace", "reread_customer")
    form = {"plan": PlanFactory.create().pk, "until": day(3), "reason": "forged", "confirmed": "yes"}

    assert [client.post(path(act, ann), form).status_code for act in ("grant", "hold", "release")] == [
        403
    ] * 3
    assert untouched(ann)
    page = client.get(reverse("admin:customers_customer_change", args=[ann.pk])).content.decode()
    assert "Extend access" in page
    assert "Grant access" not in page
    assert "Put on hold" not in page


def test_a_post_from_another_site_does_nothing(ann: Customer) -> None:
    client = signed_in(superuser=True)
    client.handler.enforce_csrf_checks = True

    assert [client.post(path(act, ann), {"reason": "x"}).status_code for act in ACTS] == [403] * len(ACTS)
    assert untouched(ann)


@pytest.mark.parametrize("act", ["reread", "hold", "release", "replay"])
def test_looking_at_the_address_of_an_act_does_nothing(founder: Client, ann: Customer, act: str) -> None:
    assert founder.get(path(act, ann)).status_code == 405
    assert untouched(ann)


@pytest.mark.parametrize("act", [*ACTS, "replay"])
def test_an_act_on_nobody_is_not_found(founder: Client, act: str) -> None:
    for number in (999999, 10**30):
        address = f"/admin/customers/customer/{number}/{act}/"
        assert founder.post(address, {"reason": "x"}).status_code == 404, address
