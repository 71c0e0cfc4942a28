"""The dead-letter desk: causes in plain words, sums before, one run for two clicks, and who may."""

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Sync, SyncStatus
from support.models import AuditEntry, ReplayRun
from tests.factories import (
    CustomerFactory,
    PlanMappingFactory,
    StripeEventFactory,
    SyncAttemptFactory,
    SyncFactory,
)
from tests.factories.clock import now_utc
from tests.support.admin.conftest import REPLAY, VIEW, signed_in
from tests.support.admin.counting import queries_of

pytestmark = pytest.mark.django_db
DESK = reverse("desks:dead-letters")
FULL = {"reason": "member_limit", "explanation": "Circle's plan has no room for another member."}
GRANT = {"groups": [101], "tags": [], "spaces": []}


@pytest.fixture
def founder(db: None) -> Client:
    return signed_in(superuser=True)


def text(page: bytes) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", page.decode().split("<main", 1)[1]).split()))


def refused(many: int, **columns: object) -> list[Sync]:
    """People whom Circle refuses for one cause."""
    found = []
    for _ in range(many):
        sync = SyncFactory.create(
            customer__paying=True, dead=True, desired=GRANT, due_since=now_utc(), **FULL, **columns
        )
        SyncAttemptFactory.create(sync=sync, outcome="rejected", code="member_limit", http_status=403)
        found.append(sync)
    return found


def test_failures_are_grouped_by_cause_with_people_first_and_what_to_do(founder: Client) -> None:
    refused(3)
    StripeEventFactory.create(dead=True)

    shown = text(founder.get(DESK).content)

    assert "Circle's plan has no room for another member (403). 3 people" in shown
    assert "Raise it in Circle" in shown
    assert "A replay: 3 will be invited · mails: 3" in shown
    assert "Stripe answered 500. 1 event" in shown
    assert "circle:" not in shown
    assert "4 people wait" in shown


def test_one_click_replays_a_whole_cause_and_leads_to_its_progress(founder: Client) -> None:
    syncs = refused(3)
    address = f"{reverse('desks:replay')}?kind=syncs&connection=circle&cause=member_limit"

    answer = founder.post(address, {"seen": "3", "reason": "more room now"}, follow=True)

    run = ReplayRun.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("desks:run", args=[run.pk])
    assert run.what == "Circle's plan has no room for another member (403)."
    assert "0 of 3 healed" in text(answer.content)
    assert "3 on their way" in text(answer.content)
    assert set(Sync.objects.values_list("status", flat=True)) == {SyncStatus.PENDING}
    assert AuditEntry.objects.filter(act="replay_sync", reason="more room now").count() == len(syncs)


def test_the_second_of_two_who_press_reads_who_was_first(founder: Client) -> None:
    sync = refused(1)[0]
    address = f"{reverse('desks:replay')}?sync={sync.pk}"
    first = founder.post(address, follow=True).wsgi_request.user

    answer = signed_in(superuser=True).post(address, follow=True)

    assert f"already replayed by {first.get_username()}" in text(answer.content)
    assert ReplayRun.objects.count() == 1
    assert AuditEntry.objects.filter(subject=f"sync:{sync.pk}").count() == 2


def test_rows_that_failed_after_the_preview_are_shown_before_they_are_replayed(founder: Client) -> None:
    refused(2)
    answer = founder.post(f"{reverse('desks:replay')}?kind=syncs", {"seen": "1"}, follow=True)

    assert "by now other rows match" in text(answer.content)
    assert "2 will be invited" in text(answer.content)
    assert not ReplayRun.objects.exists()


def test_looking_at_a_preview_replays_nothing(founder: Client) -> None:
    refused(2)

    shown = text(founder.get(reverse("desks:replay")).content)

    assert "All dead letters 2 dead letters of 2 people" in shown
    assert not ReplayRun.objects.exists()
    assert set(Sync.objects.values_list("status", flat=True)) == {SyncStatus.DEAD_LETTER}


def test_the_rows_name_places_and_groups_and_each_cause_names_who_waits(founder: Client) -> None:
    sync = refused(1)[0]
    PlanMappingFactory.create(connection=sync.connection, plan__name="Pro", options={"access_groups": [101]})

    shown = text(founder.get(reverse("desks:replay")).content)

    assert f"{sync.customer.label()} since" in shown
    assert "Circle Circle's plan has no room for another member." in shown
    assert "add to access group Pro (101)" in shown
    assert f"replay. {sync.customer.label()} A replay: 1 will be invited" in text(founder.get(DESK).content)


def test_a_cause_that_is_mended_in_stripe_says_that_a_replay_comes_after_it(founder: Client) -> None:
    SyncFactory.create(customer__paying=True, dead=True, desired=GRANT, reason="name_blank")

    assert "A replay, once that is done: 1 will be invited" in text(founder.get(DESK).content)


def test_support_replays_one_person_and_not_several() -> None:
    one, other = refused(2)
    support = signed_in(*REPLAY)

    assert support.post(reverse("desks:replay"), {"seen": "2"}).status_code == 403
    assert support.post(f"{reverse('desks:replay')}?sync={one.pk}&sync={other.pk}").status_code == 403
    assert Sync.objects.filter(status=SyncStatus.DEAD_LETTER).count() == 2

    support.post(f"{reverse('desks:replay')}?sync={one.pk}")

    assert list(Sync.objects.filter(status=SyncStatus.PENDING)) == [one]


def test_who_may_only_look_replays_and_snoozes_nothing() -> None:
    sync = refused(1)[0]
    viewer = signed_in(*VIEW)

    assert viewer.get(DESK).status_code == 200
    for name in ("replay", "set-aside"):
        address = f"{reverse(f'desks:{name}')}?sync={sync.pk}"
        assert viewer.post(address, {"until": "", "reason": "x"}).status_code == 403
    assert viewer.post(reverse("desks:take-up"), {"sync": sync.pk}).status_code == 403
    assert signed_in("view_customer").get(DESK).status_code == 403
    sync.refresh_from_db()
    assert sync.status == SyncStatus.DEAD_LETTER


def test_several_people_ask_for_the_password_again(founder: Client) -> None:
    refused(2)
    session = founder.session
    session["confirmed_at"] = 0
    session.save()

    answer = founder.post(reverse("desks:replay"), {"seen": "2"})

    assert answer.headers["Location"].startswith(reverse("staff:confirm"))
    assert not ReplayRun.objects.exists()


def test_names_are_for_those_who_may_see_customers() -> None:
    sync = refused(1)[0]
    address = f"{DESK}?kind=syncs&connection=circle&cause=member_limit"

    assert sync.customer.name not in signed_in("view_sync").get(address).content.decode()
    assert f"customer {sync.customer_id}" in text(signed_in("view_sync").get(address).content)
    assert sync.customer.name in signed_in("view_sync", "view_customer").get(address).content.decode()


def test_a_snooze_needs_a_note_and_can_be_taken_back(founder: Client) -> None:
    sync, event = refused(1)[0], StripeEventFactory.create(dead=True)
    address = f"{reverse('desks:set-aside')}?sync={sync.pk}&event={event.pk}"

    assert "somebody takes it up" not in text(founder.get(address).content).split("Row by row")[1]
    assert "Say why" in text(founder.post(address, {"until": "", "reason": " "}, follow=True).content)
    shown = text(founder.post(address, {"until": "", "reason": "asked Circle"}, follow=True).content)

    assert "2 set aside until somebody takes it up again." in shown
    assert "Nothing failed" in shown
    event.refresh_from_db()
    assert (event.status, event.reason) == ("ignored", "by_staff")
    founder.post(reverse("desks:take-up"), {"sync": sync.pk, "event": event.pk})
    sync.refresh_from_db()
    event.refresh_from_db()
    assert (sync.status, event.status) == (SyncStatus.PENDING, "received")
    assert set(AuditEntry.objects.values_list("act", "reason")) == {
        ("ignore_sync", "asked Circle"),
        ("ignore_event", "asked Circle"),
        ("release_sync", ""),
        ("take_up_event", ""),
    }


def test_filters_stand_in_the_address_and_nonsense_is_left_out(founder: Client) -> None:
    refused(1)
    SyncFactory.create(customer__paying=True, connection__slug="kit", dead=True, reason="kit_422")

    assert "Circle's plan" not in text(founder.get(DESK, {"connection": "kit"}).content)
    assert "Circle's plan" in text(founder.get(DESK, {"since": "1h"}).content)
    assert "Nothing matches" in text(founder.get(DESK, {"cause": "other"}).content)
    for nonsense in ({"kind": "x'"}, {"since": "forever"}, {"p": "-1"}, {"cause": "\0"}, {"sync": "9" * 40}):
        assert founder.get(DESK, nonsense).status_code == 200
        assert founder.get(reverse("desks:replay"), nonsense).status_code == 200
    assert founder.get(reverse("desks:run", args=[10**17])).status_code == 404


def test_hundreds_of_causes_do_not_make_an_endless_page(founder: Client) -> None:
    sync = SyncFactory.create(dead=True, reason="r0")
    for number in range(1, 45):
        SyncFactory.create(dead=True, reason=f"r{number}", connection=sync.connection)

    page = founder.get(DESK)

    assert "45 people wait" in text(page.content)
    assert "and 5 more causes with fewer people" in text(page.content)
    assert page.content.count(b"group-head") == 40


def test_it_says_when_nothing_failed(founder: Client) -> None:
    assert "Nobody had to replay anything yet" in text(founder.get(DESK).content)
    sync = refused(1)[0]
    user = founder.post(f"{reverse('desks:replay')}?sync={sync.pk}").wsgi_request.user

    assert f", by {user.get_username()}." in text(founder.get(DESK).content)


def test_the_desk_costs_as_many_queries_for_many_rows_as_for_few(founder: Client) -> None:
    refused(2)
    SyncFactory.create(customer=CustomerFactory.create(), connection__slug="kit", dead=True)
    StripeEventFactory.create(dead=True)
    few = queries_of(founder, DESK)
    refused(20)
    for number in range(5):
        SyncFactory.create(connection__slug=f"kit-{number}", dead=True)

    assert queries_of(founder, DESK) == few
    assert few <= 22
