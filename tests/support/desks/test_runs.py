"""Large replays: one run, each row once, gone on with by the worker whoever was killed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from integrations.models import Sync, SyncStatus
from integrations.sweeper import drain
from support.desks import progress, runs
from support.models import AuditEntry, ItemOutcome, ReplayItem, ReplayRun
from tests.factories import ConnectionFactory, StripeEventFactory, SyncFactory, UserFactory

MANY = 250


def dead(many: int) -> Any:
    """Dead letters of as many people; their connection is off, so what is queued stays queued."""
    for _ in range(many):
        SyncFactory.create(dead=True, connection=ConnectionFactory.create(mode="off"))
    return Sync.objects.filter(status=SyncStatus.DEAD_LETTER)


def asked(by: Any = None) -> runs.Asked:
    return runs.Asked(by, "Circle is back", "circle: refused")


@pytest.mark.django_db
def test_a_small_replay_is_over_at_once_and_a_second_press_makes_no_run() -> None:
    run = runs.start(asked(), syncs=dead(3), events=None)

    assert run is not None
    assert run.finished_at is not None
    assert runs.start(asked(), syncs=Sync.objects.all()) is None
    assert ReplayRun.objects.count() == 1


@pytest.mark.django_db
def test_a_replay_cut_off_in_the_middle_goes_on_and_does_each_row_once() -> None:
    run = runs.start(asked(), syncs=dead(MANY))
    assert run is not None
    assert runs.portion(run.pk)  # and here the process is killed
    seen = progress.of([run])[0]
    assert (seen.queued, seen.waiting) == (runs.PORTION, MANY - runs.PORTION)
    assert runs.claim(5) == []  # its lease still runs
    ReplayRun.objects.update(due_at="2026-01-01T00:00:00Z")

    drain()

    run.refresh_from_db()
    assert run.finished_at is not None
    assert not Sync.objects.filter(status=SyncStatus.DEAD_LETTER).exists()
    subjects = AuditEntry.objects.filter(act="replay_sync").values_list("subject", flat=True)
    assert len(subjects) == len(set(subjects)) == MANY


@pytest.mark.django_db
def test_a_replay_killed_before_its_commit_leaves_everything_as_it_was() -> None:
    syncs = dead(2)

    def cut_off() -> None:
        with transaction.atomic():
            runs.start(asked(), syncs=syncs)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()

    assert syncs.count() == 2
    assert not ReplayRun.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_who_presses_while_a_large_replay_runs_is_led_to_it() -> None:
    run = runs.start(asked(UserFactory.create()), syncs=dead(MANY))
    left = Sync.objects.filter(status=SyncStatus.DEAD_LETTER)

    assert runs.start(asked(), syncs=left) is None
    assert runs.running_for(syncs=left, events=StripeEventFactory._meta.model.objects.none()) == run


@pytest.mark.django_db(transaction=True)
def test_two_who_press_for_many_at_once_make_one_run() -> None:
    dead(runs.PORTION + 20)
    barrier = threading.Barrier(2)

    def press(_: int) -> ReplayRun | None:
        barrier.wait()
        try:
            return runs.start(asked(), syncs=Sync.objects.filter(status=SyncStatus.DEAD_LETTER))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        made = [each for each in pool.map(press, range(2)) if each]
    for run in made:
        runs.work_off(run.pk)

    assert len(made) == ReplayRun.objects.count() == 1
    assert ReplayItem.objects.filter(outcome=ItemOutcome.QUEUED).count() == runs.PORTION + 20


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("constraint", "columns"),
    [
        ("replay_item_is_of_one_row", {"sync": None}),
        ("replay_item_outcome_known", {"outcome": "perhaps"}),
        ("replay_item_left_says_why", {"outcome": "left"}),
        ("replay_item_left_says_why", {"why": "because"}),
    ],
)
def test_the_database_refuses_a_nonsensical_item(constraint: str, columns: dict[str, Any]) -> None:
    runs.start(asked(), syncs=dead(1))
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ReplayItem.objects.update(**columns)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["sync", "event"])
def test_a_row_waits_in_one_run_only_and_stands_in_a_run_once(kind: str) -> None:
    row = SyncFactory.create(dead=True) if kind == "sync" else StripeEventFactory.create(dead=True)
    first, second = (ReplayRun.objects.create(what="x", due_at="2026-01-01T00:00:00Z") for _ in range(2))
    item = ReplayItem.objects.create(run=first, **{kind: row})

    with pytest.raises(IntegrityError, match=f"replay_item_one_waits_per_{kind}"), transaction.atomic():
        ReplayItem.objects.create(run=second, **{kind: row})
    ReplayItem.objects.filter(pk=item.pk).update(outcome="queued")
    with pytest.raises(IntegrityError, match=f"replay_item_{kind}_once_per_run"), transaction.atomic():
        ReplayItem.objects.create(run=first, **{kind: row})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("constraint", "columns"),
    [
        ("replay_run_says_what", {"what": ""}),
        ("replay_run_due_until_finished", {"due_at": None}),
        ("replay_run_due_until_finished", {"finished_at": "2026-01-02T00:00:00Z"}),
    ],
)
def test_the_database_refuses_a_nonsensical_run(constraint: str, columns: dict[str, Any]) -> None:
    ReplayRun.objects.create(what="x", due_at="2026-01-01T00:00:00Z")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ReplayRun.objects.update(**columns)
