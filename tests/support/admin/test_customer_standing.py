"""Where the person really is, in words: Circle may disagree, things have names, and advice stands beside."""

from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer, Override
from integrations.models import Connection, OneTimeEffect, RemoteName, Sync
from tests.factories import (
    EntitlementFactory,
    PlanFactory,
    PlanMappingFactory,
    SyncAttemptFactory,
    UserFactory,
)
from tests.support.admin.ann import PAID, address, ann, words

__all__ = ["ann"]


def in_circle(ann: Customer, groups: dict[str, str], **columns: object) -> None:
    """Pro means group 101 in Circle; `groups` is what Circle is known to hold."""
    sync = Sync.objects.get(customer=ann, connection__slug="circle")
    PlanMappingFactory.create(plan=ann.plan, connection=sync.connection, options={"access_groups": [101]})
    Sync.objects.filter(pk=sync.pk).update(observed={"member": True, "groups": groups}, **columns)


def test_who_paid_and_is_not_in_circle_should_have_access_and_the_screen_says_why(
    viewer: Client, ann: Customer
) -> None:
    refused = {"status": "dead_letter", "reason": "circle_422", "explanation": "Circle refused it (422)."}
    in_circle(ann, {}, applied_version=0, **refused)

    page = words(viewer, ann)

    assert "Should have access: Pro (monthly) is active. Not in Circle yet: Circle refused it (422)." in page


def test_who_is_in_circle_has_access_whatever_else_is_under_way(viewer: Client, ann: Customer) -> None:
    in_circle(ann, {"101": "in"}, status="pending", due_at=PAID)

    assert "Has access: Pro (monthly) is active." in words(viewer, ann)


def test_while_circle_is_not_live_nobody_is_said_to_be_in_or_out(viewer: Client, ann: Customer) -> None:
    in_circle(ann, {})
    Connection.objects.filter(slug="circle").update(mode="shadow")

    said = "Circle is in shadow mode: whether they are in is not checked."
    assert f"Has access: Pro (monthly) is active. {said}" in words(viewer, ann)
    assert said in viewer.get(reverse("admin:customers_customer_changelist")).content.decode()

    in_circle_still = {"observed": {"member": True, "groups": {"101": "in"}}}
    Sync.objects.filter(customer=ann, connection__slug="circle").update(**in_circle_still)
    Connection.objects.filter(slug="circle").update(mode="off")
    ann.entitlements.update(state="canceled", ended_at=PAID, end_reason="user_requested")
    Customer.objects.filter(pk=ann.pk).update(status="canceled", has_access=False, grants=[])
    assert "Circle is switched off: whether they are in is not checked." in words(viewer, ann)


def test_an_end_in_another_year_says_which(viewer: Client, ann: Customer) -> None:
    in_circle(ann, {"101": "in"})
    ann.entitlements.update(ends_at=PAID.replace(year=2099))

    assert "Pro (monthly) is active; it ends 12 Mar 2099 09:14 UTC." in words(viewer, ann)


def test_who_canceled_and_is_still_in_circle_is_named(viewer: Client, ann: Customer) -> None:
    in_circle(ann, {"101": "in"}, status="retrying", due_at=PAID, explanation="Not available there (503).")
    ann.entitlements.update(state="canceled", ended_at=PAID, end_reason="user_requested")
    Customer.objects.filter(pk=ann.pk).update(status="canceled", has_access=False, grants=[])

    page = words(viewer, ann)

    assert "Should have no access: Pro (monthly) was canceled on request" in page
    assert "Still in Circle: Not available there (503); it is tried again by itself." in page


def test_groups_and_sequences_are_called_by_their_names(viewer: Client, ann: Customer) -> None:
    in_circle(ann, {"101": "maybe"})
    assert "in Pro (101), not confirmed yet" in words(viewer, ann)

    circle = Sync.objects.get(customer=ann, connection__slug="circle").connection
    RemoteName.objects.create(
        connection=circle, kind="group", remote_id="101", name="Inner circle", fetched_at=PAID
    )
    page = words(viewer, ann)

    assert "in Inner circle (101)" in page
    assert "add to group Inner circle (101)" in page


def test_what_a_provider_cannot_do_is_said_with_what_to_tell_instead(viewer: Client, ann: Customer) -> None:
    Sync.objects.filter(connection__slug="circle").update(observed={"member": True, "accepted": False})
    Sync.objects.filter(connection__slug="kit").update(observed={"sent": [["welcome", "sub_ann"]]})

    page = words(viewer, ann)

    assert "invitation not accepted yet" in page
    assert "Circle cannot send its invitation again. Tell them:" in page
    assert "Kit does not start a sequence twice. Tell them:" in page


def test_a_dead_letter_says_how_often_it_was_tried(viewer: Client, ann: Customer) -> None:
    kit = Sync.objects.get(connection__slug="kit")
    Sync.objects.filter(pk=kit.pk).update(attempt_count=0)
    SyncAttemptFactory.create(sync=kit, outcome="rejected", code="refused", error="Refused there.")

    assert "1 try" in words(viewer, ann)


def test_links_lead_to_their_pages_at_circle_and_kit(viewer: Client, ann: Customer) -> None:
    Sync.objects.filter(connection__slug="kit").update(remote_id="77")
    profiles = ("javascript:alert(1)", "https://club.example.test/u/1")
    pages = []
    for profile in profiles:
        Sync.objects.filter(connection__slug="circle").update(observed={"profile": profile})
        pages.append(viewer.get(address(ann)).content.decode())

    assert 'href="https://app.kit.com/subscribers/77"' in pages[0]
    assert "javascript:" not in pages[0]
    assert f'href="{profiles[1]}"' in pages[1]


def test_an_override_says_who_gave_it_and_why(viewer: Client, ann: Customer) -> None:
    given = Override.objects.create(
        customer=ann, plan=PlanFactory.create(), until=PAID + timedelta(days=9000), reason="a speaker",
        granted_by=UserFactory.create(username="fred"),
    )  # fmt: skip
    EntitlementFactory.create(customer=ann, source="override", subject=str(given), ends_at=given.until)

    page = words(viewer, ann)

    assert "Override by fred: a speaker" in page
    assert "End it" not in page


def test_who_unsubscribed_is_said_to_get_no_mail_before_any_run_has_found_it(
    viewer: Client, ann: Customer
) -> None:
    OneTimeEffect.objects.filter(customer=ann).delete()
    Sync.objects.filter(customer=ann, connection__slug="kit").update(suppressed_at=PAID)

    page = words(viewer, ann)

    assert "gets no mails: unsubscribed, bounced or complained" in page
    assert "Kit does not write to them. Tell them" in page
    assert "not sent: Kit does not write to them" in page


def test_nobody_who_lost_access_is_told_to_look_for_the_invitation(viewer: Client, ann: Customer) -> None:
    """It is advice for somebody who pays; a refunded buyer who followed it would sign up."""
    never_accepted = {"observed": {"member": True, "accepted": False}}
    nothing_there: dict[str, object] = {"desired": {"groups": [], "tags": [], "spaces": []}}
    Sync.objects.filter(connection__slug="circle").update(**never_accepted, **nothing_there)

    page = words(viewer, ann)

    assert "invitation not accepted yet" in page
    assert "Circle cannot send its invitation again." not in page


def test_what_shadow_held_back_is_not_called_shadow_when_circle_is_off(viewer: Client, ann: Customer) -> None:
    held = {"status": "on_hold", "reason": "shadow", "due_at": None}
    Sync.objects.filter(connection__slug="circle").update(**held)
    Connection.objects.filter(slug="circle").update(mode="off")

    page = words(viewer, ann)

    assert "On hold version" in page
    assert "Shadow mode" not in page


def test_what_runs_now_is_not_said_to_be_tried_later(viewer: Client, ann: Customer) -> None:
    """The date of a row that runs is when another worker may take it over, if this one dies."""
    soon = timezone.now() + timedelta(seconds=24)
    running = {"status": "running", "due_at": soon, "lease_until": soon, "applied_version": 0}
    Sync.objects.filter(connection__slug="circle").update(**running)

    page = words(viewer, ann)

    assert "Running version 0 of 1" in page
    assert "next try" not in page
