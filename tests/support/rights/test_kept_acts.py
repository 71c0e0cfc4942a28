"""The same for the acts on one person, one connection, one mapping and one doubt."""

import json
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer, Entitlement, Override, ReviewItem
from customers.vocabulary import ReviewKind
from integrations.models import Connection, PlanMapping
from tests.factories import (
    ConnectionFactory,
    CustomerFactory,
    EntitlementFactory,
    PlanFactory,
    PlanMappingFactory,
    ReviewItemFactory,
    SyncFactory,
    UserFactory,
)
from tests.support.rights.staff import CONFIRM, PASSWORD
from tests.support.rights.test_kept import REASON, ages, founder, interrupted

__all__ = ["founder"]
pytestmark = pytest.mark.django_db
TYPED = f'value="{REASON}"'


def words(answer: Any) -> str:
    return unescape(answer.content.decode())


def day(number: int) -> str:
    return (timezone.now() + timedelta(days=number)).date().isoformat()


def test_a_grant_comes_back_as_its_preview_and_gives_nothing(founder: Client) -> None:
    person, plan = CustomerFactory.create(), PlanFactory.create(name="Vip")
    address = reverse("admin:customers_customer_grant", args=[person.pk])
    until = day(20)
    form = {"plan": plan.pk, "until": until, "reason": REASON, "confirmed": "yes"}

    page = words(interrupted(founder, address, form))

    assert TYPED in page
    assert f'value="{until}"' in page
    assert "Give it" in page
    assert not Override.objects.exists()
    assert TYPED not in words(founder.get(address))  # once
    founder.post(address, form)
    assert Override.objects.get().reason == REASON


def test_a_grant_that_was_wrong_comes_back_with_what_is_wrong(founder: Client) -> None:
    person, plan = CustomerFactory.create(), PlanFactory.create()
    address = reverse("admin:customers_customer_grant", args=[person.pk])

    page = words(interrupted(founder, address, {"plan": plan.pk, "until": day(400), "reason": REASON}))

    assert TYPED in page
    assert "No later than" in page


def test_an_extension_and_the_end_of_a_grant_come_back_and_do_nothing_by_that(founder: Client) -> None:
    person, now = CustomerFactory.create(), timezone.now()
    EntitlementFactory.create(customer=person, state="past_due", past_due_since=now - timedelta(days=1))
    given = Override.objects.create(
        customer=person,
        plan=PlanFactory.create(),
        until=now + timedelta(days=9),
        reason="a friend",
        granted_by=UserFactory.create(),
    )
    extend = reverse("admin:customers_customer_extend", args=[person.pk])
    end = reverse("admin:customers_customer_end_override", args=[person.pk, given.pk])

    until = day(3)
    page = words(interrupted(founder, extend, {"until": until, "reason": REASON}))
    assert TYPED in page
    assert f'value="{until}"' in page
    assert TYPED in words(interrupted(founder, end, {"reason": REASON}))

    given.refresh_from_db()
    assert (Override.objects.count(), given.ended_at) == (1, None)


def test_the_switch_of_a_mode_keeps_its_mode_and_its_reason(founder: Client) -> None:
    kit: Connection = ConnectionFactory.create(slug="kit")
    address = f"{reverse('admin:integrations_connection_mode', args=[kit.pk])}?to=off"

    page = words(interrupted(founder, address, {"reason": REASON}))

    assert TYPED in page
    assert "Switch Kit to off?" in page
    kit.refresh_from_db()
    assert kit.mode == "live"


def test_a_mapping_comes_back_where_it_was_at_the_choice_and_at_the_preview(founder: Client) -> None:
    mapping: PlanMapping = PlanMappingFactory.create(
        connection__slug="circle", options={"access_groups": [101]}
    )
    address = reverse("admin:integrations_planmapping_edit", args=[mapping.plan_id, mapping.connection_id])

    chosen = interrupted(founder, address, {"access_groups": ["101"], "access_groups_other": "207"})
    assert json.loads(chosen.context["options"]) == {"access_groups": [101, 207]}

    decided = {"options": chosen.context["options"], "seen": chosen.context["seen"], "reason": REASON}
    page = interrupted(founder, address, decided)
    assert TYPED in words(page)
    assert {name: page.context[name] for name in ("options", "seen", "reason")} == decided
    mapping.refresh_from_db()
    assert mapping.options == {"access_groups": [101]}

    founder.post(address, decided)
    mapping.refresh_from_db()
    assert mapping.options == {"access_groups": [101, 207]}


def test_a_mapping_that_somebody_forged_comes_back_as_nothing(founder: Client) -> None:
    mapping: PlanMapping = PlanMappingFactory.create(connection__slug="circle")
    address = reverse("admin:integrations_planmapping_edit", args=[mapping.plan_id, mapping.connection_id])
    ages(founder)
    founder.post(address, {"options": "[]", "seen": "{}", "reason": REASON})
    founder.post(CONFIRM, {"password": PASSWORD, "next": address})

    sent_away = founder.get(address)
    assert sent_away.headers["Location"] == address
    answer = founder.get(address)
    assert "The form was not whole" in words(answer)
    assert REASON not in words(answer)


def test_the_plan_of_an_unknown_price_keeps_its_preview_and_its_reason(founder: Client) -> None:
    item = ReviewItemFactory.create(kind=ReviewKind.UNKNOWN_PRICE, subject="price_new")
    plan = PlanFactory.create(slug="annual", name="Annual")
    address = f"{reverse('admin:customers_reviewitem_map', args=[item.pk])}?plan={plan.slug}"

    page = words(interrupted(founder, address, {"plan": plan.slug, "reason": REASON}))

    assert TYPED in page
    assert "Let it sell Annual" in page
    assert not plan.prices.exists()


def test_a_decision_about_held_removals_keeps_its_own_reason_and_days_only(founder: Client) -> None:
    sync = SyncFactory.create(status="on_hold", reason="mass_removal", connection__slug="circle")
    item: ReviewItem = ReviewItemFactory.create(
        kind=ReviewKind.HELD_REMOVAL, subject=str(sync.connection_id), customer=None
    )
    address = reverse("admin:customers_reviewitem_settle", args=[item.pk])

    page = words(interrupted(founder, address, {"choice": "kept_in", "days": "12", "reason": REASON}))

    assert page.count(TYPED) == 1
    assert 'value="12"' in page
    assert not Override.objects.exists()
    assert Customer.objects.get().syncs.get().status == "on_hold"
    assert Entitlement.objects.count() == 0
