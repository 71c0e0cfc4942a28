"""Two presses of Replay are one run: whoever comes second reads who was first, and is led to that run."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.db.models import F
from django.test import Client
from django.urls import reverse

from integrations.models import Sync, SyncStatus
from support import deadletters
from support.models import AuditEntry, ReplayItem, ReplayRun
from tests.factories import StripeEventFactory, SyncFactory, UserFactory
from tests.support.admin.conftest import REPLAY, signed_in
from tests.support.desks.test_dead_letters import refused, text

CAUSE = f"{reverse('desks:replay')}?kind=syncs&connection=circle&cause=member_limit"
ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "10"))


def press(client: Client, address: str, **form: str) -> Any:
    return client.post(address, form, follow=True)


def heal() -> None:
    """As the worker leaves a sync that it has made right."""
    Sync.objects.update(
        status=SyncStatus.IN_SYNC,
        applied_version=F("desired_version"),
        due_at=None,
        due_since=None,
        reason="",
        explanation="",
    )


def name(answer: Any) -> str:
    return str(answer.wsgi_request.user)


@pytest.mark.django_db
def test_a_page_opened_before_somebody_elses_replay_says_who_replayed_and_leads_there() -> None:
    refused(3)
    first = press(signed_in(superuser=True), CAUSE, seen="3", after="0")
    run = ReplayRun.objects.get()

    second = press(signed_in(superuser=True), CAUSE, seen="3", after="0")

    assert f"3 left alone: already replayed by {name(first)}." in text(second.content)
    assert second.redirect_chain[-1][0] == reverse("desks:run", args=[run.pk])
    assert ReplayRun.objects.count() == 1
    outcomes = AuditEntry.objects.filter(act="replay_sync").values_list("actor__username", "after__outcome")
    assert set(outcomes) == {(name(first), "queued again"), (name(second), "left alone")}


@pytest.mark.django_db
def test_who_comes_after_everything_healed_still_reads_who_was_first() -> None:
    refused(1)
    first = press(signed_in(superuser=True), CAUSE, seen="1", after="0")
    heal()

    second = press(signed_in(superuser=True), CAUSE, seen="1", after="0")

    assert f"already replayed by {name(first)}" in text(second.content)


@pytest.mark.django_db
def test_the_same_is_true_of_stripe_events() -> None:
    StripeEventFactory.create(dead=True)
    address = f"{reverse('desks:replay')}?kind=events&connection=stripe"
    first = press(signed_in(superuser=True), address, seen="1", after="0")

    second = press(signed_in(superuser=True), address, seen="1", after="0")

    assert f"already replayed by {name(first)}" in text(second.content)
    assert ReplayRun.objects.count() == 1


@pytest.mark.django_db
def test_what_failed_again_meanwhile_is_not_replayed_unseen() -> None:
    refused(2)
    first = press(signed_in(superuser=True), CAUSE, seen="2", after="0")
    Sync.objects.update(status=SyncStatus.DEAD_LETTER, reason="member_limit", due_at=None)

    second = press(signed_in(superuser=True), CAUSE, seen="2", after="0")

    assert f"Nothing was replayed yet: {name(first)} replayed some" in text(second.content)
    assert ReplayRun.objects.count() == 1
    again = press(signed_in(superuser=True), CAUSE, seen="2", after=str(ReplayRun.objects.get().pk))
    assert "2 on their way" in text(again.content)


@pytest.mark.django_db
def test_a_stale_page_takes_up_nothing_that_failed_for_another_cause_or_is_held_by_now() -> None:
    other, held = refused(2)
    press(signed_in(superuser=True), CAUSE, seen="2", after="0")
    Sync.objects.filter(pk=other.pk).update(status=SyncStatus.DEAD_LETTER, reason="name_blank", due_at=None)
    Sync.objects.filter(pk=held.pk).update(status=SyncStatus.ON_HOLD, reason="mass_removal", due_at=None)

    press(signed_in(*REPLAY), CAUSE, seen="2", after="0")

    assert list(Sync.objects.order_by("pk").values_list("status", flat=True)) == ["dead_letter", "on_hold"]
    assert ReplayRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_presses_while_a_large_replay_is_under_way_is_led_to_it_and_recorded() -> None:
    sync = refused(1)[0]
    run = deadletters.new_run(by=UserFactory.create(username="ann"), reason="", what="Many", due=True)
    ReplayItem.objects.create(run=run, sync=sync)

    answer = press(signed_in(superuser=True), f"{reverse('desks:replay')}?sync={sync.pk}")

    assert answer.redirect_chain[-1][0] == reverse("desks:run", args=[run.pk])
    assert "Nothing to do: already replayed by ann." in text(answer.content)
    assert AuditEntry.objects.get(act="replay").after["outcome"] == "left alone"


@pytest.mark.django_db
def test_a_replay_of_another_connection_is_no_reason_to_stop() -> None:
    refused(1)
    kit = SyncFactory.create(customer__paying=True, connection__slug="kit", dead=True, reason="kit_422")
    press(signed_in(superuser=True), f"{reverse('desks:replay')}?sync={kit.pk}")

    answer = press(signed_in(superuser=True), CAUSE, seen="1", after="0")

    assert "1 on its way" in text(answer.content)


@pytest.mark.django_db
@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 40, "٣"])
def test_a_nonsensical_mark_is_as_good_as_none(after: str) -> None:
    refused(1)
    assert "1 on its way" in text(press(signed_in(superuser=True), CAUSE, seen="1", after=after).content)


@pytest.mark.django_db(transaction=True)
def test_two_who_press_for_a_cause_in_the_same_moment_make_one_run_and_one_of_them_is_told() -> None:
    ann, bob = signed_in(superuser=True), signed_in(superuser=True)
    for number in range(ROUNDS):
        heal()
        refused(2)
        barrier = threading.Barrier(2)
        mark = str(ReplayRun.objects.values_list("pk", flat=True).first() or 0)
        audited = AuditEntry.objects.count()

        def at_once(client: Client, barrier: threading.Barrier = barrier, mark: str = mark) -> Any:
            barrier.wait()
            try:
                return press(client, CAUSE, seen="2", after=mark)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(at_once, (ann, bob)))

        run = ReplayRun.objects.select_related("staff").first()
        assert run is not None
        told = [f"already replayed by {run.staff}" in text(each.content) for each in answers]
        assert sorted(told) == [False, True]
        assert {each.redirect_chain[-1][0] for each in answers} == {reverse("desks:run", args=[run.pk])}
        assert AuditEntry.objects.count() - audited == 4, f"round {number}: two rows, each asked for twice"
