"""Access that is not as it should be, work that nobody does, processes that fell silent."""

from datetime import datetime

import pytest
from django.db import connection
from django.urls import reverse

from integrations import pausing
from integrations.models import Heartbeat, SyncStatus
from tests.factories import ConnectionFactory, CustomerFactory, StripeEventFactory, SyncFactory
from tests.support.alerts.world import ago, in_sync, moves_on, open_now, the_alert, waiting_sync


def silent(*roles: str, seconds: float) -> None:
    for role in roles:
        Heartbeat.objects.filter(name__startswith=f"{role}:").update(beat_at=ago(seconds=seconds))


def installed(*, seconds_ago: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET applied = %s", [ago(seconds=seconds_ago)])


def test_somebody_who_paid_and_is_not_in_after_a_minute_is_named() -> None:
    late, early = waiting_sync(seconds=65), waiting_sync(seconds=50)

    assert open_now() == ["access_deadline:circle"]
    alert = the_alert("access_deadline:circle")
    assert alert.customer_ids == [late.customer_id]
    assert early.customer_id not in alert.customer_ids
    assert "1 person paid and not in" in alert.what


def test_who_is_missing_inside_is_looked_at_outside_and_who_must_leave_in_the_list_of_syncs() -> None:
    removal = waiting_sync(seconds=65, priority=0)
    assert open_now() == ["access_deadline:circle"]
    alert = the_alert("access_deadline:circle")
    assert (alert.what, alert.path) == (
        "Circle: 1 person ended and still in, for a minute.",
        reverse("admin:integrations_sync_changelist"),
    )

    grant = waiting_sync(seconds=65)
    assert open_now() == ["access_deadline:circle"]

    alert = the_alert("access_deadline:circle")
    assert alert.path == reverse("desks:paid-but-outside")
    assert alert.what == "Circle: 1 person paid and not in, 1 person ended and still in, for a minute."
    assert set(alert.customer_ids) == {removal.customer_id, grant.customer_id}


@pytest.mark.parametrize(
    ("status", "key"),
    [(SyncStatus.RETRYING, "access_deadline:circle"), (SyncStatus.DEAD_LETTER, "access_dead:circle")],
)
def test_somebody_whose_access_ended_and_who_is_still_in_is_named(status: SyncStatus, key: str) -> None:
    due = None if status == SyncStatus.DEAD_LETTER else ago(seconds=-60)
    sync = waiting_sync(seconds=65, priority=0, status=status, reason="rejected", due_at=due)

    assert open_now() == [key]
    assert the_alert(key).customer_ids == [sync.customer_id]


def test_the_alert_is_over_when_they_are_in() -> None:
    sync = waiting_sync(seconds=65)
    assert open_now() == ["access_deadline:circle"]

    in_sync(sync)

    assert open_now() == []


def test_a_late_name_in_circle_or_a_late_tag_in_kit_is_no_matter_of_access() -> None:
    waiting_sync(seconds=65, priority=2, due_at=ago(seconds=-5))
    waiting_sync("kit", seconds=65, due_at=ago(seconds=-5))

    assert open_now() == []


def test_shadow_mode_and_held_syncs_raise_none() -> None:
    ConnectionFactory.create(slug="circle-two", mode="shadow")
    waiting_sync("circle-two", seconds=900, due_at=ago(seconds=-5))
    waiting_sync(seconds=900, status=SyncStatus.ON_HOLD, reason="mass_removal", due_at=None)

    assert open_now() == []


def test_a_dead_lettered_event_raises_an_alert_for_its_reason() -> None:
    who = CustomerFactory.create()
    StripeEventFactory.create(dead=True, customer=who)
    StripeEventFactory.create(dead=True)
    StripeEventFactory.create(dead=True, reason="unsupported_shape")

    assert open_now() == ["event_dead:stripe_answers_500", "event_dead:unsupported_shape"]
    alert = the_alert("event_dead:stripe_answers_500")
    assert alert.what == "2 Stripe events could not be processed. Stripe answered 500."
    assert alert.customer_ids == [who.pk]


@pytest.mark.parametrize(("seconds", "keys"), [(50, []), (70, ["oldest_due:inbox"])])
def test_an_event_that_nobody_processes_for_a_minute_raises_an_alert(seconds: int, keys: list[str]) -> None:
    due = ago(seconds=seconds)
    StripeEventFactory.create(status="received", processed_at=None, due_at=due, received_at=due)

    assert open_now() == keys


def test_an_event_that_fails_again_and_again_raises_one_too() -> None:
    StripeEventFactory.create(
        status="failed",
        reason="error:KeyError",
        processed_at=None,
        due_at=ago(seconds=-20),
        received_at=ago(minutes=4),
    )

    assert open_now() == ["oldest_due:inbox"]


def test_events_that_wait_for_a_paused_stripe_are_explained_by_the_pause() -> None:
    ConnectionFactory.create(slug="stripe", paused_at=ago(minutes=9), pause_reason="key_refused")
    StripeEventFactory.create(status="received", processed_at=None, due_at=ago(minutes=5))

    assert open_now() == ["connection_paused:stripe"]


def test_events_that_waited_for_stripe_have_a_minute_after_it_goes_on() -> None:
    stripe = ConnectionFactory.create(slug="stripe", paused_at=ago(minutes=9), pause_reason="staff")
    StripeEventFactory.create(status="received", processed_at=None, due_at=ago(minutes=5))
    assert open_now() == ["connection_paused:stripe"]

    pausing.resume(stripe.pk)
    assert open_now() == []
    moves_on(seconds=61)
    assert open_now() == ["oldest_due:inbox"]


def test_a_profile_that_nobody_sends_for_a_minute_raises_an_alert() -> None:
    waiting_sync("kit", seconds=70, priority=2)

    assert open_now() == ["oldest_due:kit"]


def test_somebody_whose_time_has_come_and_whom_nobody_looks_at_raises_an_alert() -> None:
    CustomerFactory.create(next_check_at=ago(seconds=90))

    assert open_now() == ["oldest_due:clock"]


def test_late_access_explains_old_work_at_the_same_connection() -> None:
    waiting_sync(seconds=100)
    waiting_sync(seconds=100, priority=2)

    assert open_now() == ["access_deadline:circle"]


def test_a_silent_sweeper_is_told_and_explains_all_that_waits() -> None:
    sync = waiting_sync(seconds=100)
    silent("sweeper", "worker", "beat", seconds=80)

    assert open_now() == ["sweeper_silent"]
    assert the_alert("sweeper_silent").customer_ids == [sync.customer_id]


def test_a_sweeper_is_not_silent_before_its_time() -> None:
    silent("sweeper", "worker", "beat", seconds=60)

    assert open_now() == []


def test_a_worker_that_does_nothing_is_told_though_its_sweeper_works() -> None:
    silent("worker", "beat", seconds=80)

    assert open_now() == ["worker_silent"]


def test_a_silent_beat_is_told() -> None:
    silent("beat", seconds=80)

    assert open_now() == ["beat_silent"]


def test_one_living_sweeper_among_dead_ones_is_enough() -> None:
    Heartbeat.objects.create(name="sweeper:elsewhere:1", beat_at=ago(hours=5))

    assert open_now() == []


def test_processes_that_never_were_are_missed_only_when_they_had_time_to_come() -> None:
    Heartbeat.objects.all().delete()

    installed(seconds_ago=60)
    assert open_now() == []
    installed(seconds_ago=90)
    assert open_now() == ["sweeper_silent"]


def test_what_waited_for_a_silent_sweeper_has_a_minute_after_its_return() -> None:
    waiting_sync(seconds=100)
    silent("sweeper", "worker", "beat", seconds=80)
    assert open_now() == ["sweeper_silent"]

    Heartbeat.objects.update(beat_at=ago(seconds=1))
    assert open_now() == []
    moves_on(seconds=61)
    assert open_now() == ["access_deadline:circle"]


def test_a_customer_ids_list_stays_bounded() -> None:
    now: datetime = ago(minutes=3)
    template = SyncFactory.create()
    people = CustomerFactory.create_batch(1_005)
    type(template).objects.bulk_create(
        type(template)(
            customer=each, connection=template.connection, status="pending", desired_version=1,
            due_at=now, due_since=now, priority=1,
        )
        for each in people
    )  # fmt: skip

    open_now()

    alert = the_alert("access_deadline:circle")
    assert (len(alert.customer_ids), alert.people_count) == (1_000, 1_005)
