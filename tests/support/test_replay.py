"""Replaying what was given up: shown first, done once, recorded, and never an old truth."""

from collections.abc import Iterable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing.models import StripeEvent
from integrations.models import Sync, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from support import deadletters
from support.deadletters import Outcome
from support.models import AuditEntry
from tests.factories import CustomerFactory, StripeEventFactory, SyncFactory, UserFactory
from tests.sandbox_world import Buyer, Catalog, catalog, sandbox

__all__ = ["catalog", "sandbox"]

pytestmark = pytest.mark.django_db


def replay(*arguments: str) -> str:
    out = StringIO()
    call_command("replay", *arguments, stdout=out)
    return out.getvalue()


def statuses(rows: Iterable[Sync | StripeEvent]) -> list[str]:
    for row in rows:
        row.refresh_from_db()
    return [row.status for row in rows]


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (Outcome([1, 2, 3, 4], {5: "already in sync"}), "4 queued again, 1 left alone: already in sync."),
        (Outcome([1]), "1 queued again."),
        (Outcome([], {1: "running now"}), "Nothing queued again, 1 left alone: running now."),
        (
            Outcome([1], {2: "already queued", 3: "already queued", 4: "running now"}),
            "1 queued again, 3 left alone: 2 already queued, 1 running now.",
        ),
        (Outcome(), "There was nothing to replay."),
    ],
)
def test_it_says_what_was_done_and_what_was_left_alone(outcome: Outcome, sentence: str) -> None:
    assert outcome.sentence() == sentence


def test_a_dead_sync_is_queued_again_and_the_act_is_recorded() -> None:
    sync, staff = SyncFactory.create(dead=True), UserFactory.create()

    outcome = deadletters.replay([sync], by=staff, reason="fixed at Circle")

    assert outcome.sentence() == "1 queued again."
    assert statuses([sync]) == [SyncStatus.PENDING]
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.act, entry.subject) == (staff, "replay_sync", f"sync:{sync.pk}")
    assert (entry.reason, entry.before, entry.after) == (
        "fixed at Circle",
        {"status": "dead_letter"},
        {"outcome": "queued again"},
    )


def test_a_second_replay_changes_nothing_and_says_so() -> None:
    sync = SyncFactory.create(dead=True)
    deadletters.replay([sync], by=None, reason="")
    before = Sync.objects.values().get(pk=sync.pk)

    outcome = deadletters.replay([sync], by=None, reason="")

    assert outcome.sentence() == "Nothing queued again, 1 left alone: already replayed by the command line."
    assert Sync.objects.values().get(pk=sync.pk) == before


def test_a_dead_event_is_queued_again_and_a_processed_one_is_left_alone() -> None:
    dead, done = StripeEventFactory.create(dead=True), StripeEventFactory.create()

    outcome = deadletters.replay_events([dead, done], by=None, reason="")

    assert outcome.sentence() == "1 queued again, 1 left alone: already processed."
    assert statuses([dead, done]) == ["received", "processed"]
    assert set(AuditEntry.objects.values_list("act", "subject")) == {
        ("replay_event", f"stripeevent:{dead.pk}"),
        ("replay_event", f"stripeevent:{done.pk}"),
    }


def test_replaying_an_old_grant_does_not_let_a_canceled_customer_back_in(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    sandbox.circle.fail(422)
    buyer = Buyer("ada@example.com")
    buyer.buys("pro")
    drain()
    assert buyer.sync("circle").status == SyncStatus.DEAD_LETTER
    buyer.cancels("pro")
    drain()
    sandbox.circle.heal()

    deadletters.replay(Sync.objects.filter(customer=buyer.row), by=None, reason="asked")
    drain()

    assert sandbox.circle.members_of(101) == set()


def test_replay_shows_first_and_does_nothing_unless_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    sync, event = SyncFactory.create(dead=True), StripeEventFactory.create(dead=True)

    shown = replay("--dead", "--dry-run")

    assert f"sync {sync.pk}  customer {sync.customer_id}  Circle  Refused there (422)." in shown
    assert f"event {event.event_id}  customer.subscription.updated  stripe_answers_500" in shown
    assert "2 dead letters. Dry run: nothing was replayed." in shown
    for said in ("", "n\n"):
        monkeypatch.setattr("sys.stdin", StringIO(said))
        with pytest.raises(CommandError, match="Nothing was replayed"):
            replay("--dead")
    assert statuses([sync, event]) == ["dead_letter", "dead_letter"]


def test_a_piped_yes_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    sync = SyncFactory.create(dead=True)
    monkeypatch.setattr("sys.stdin", StringIO("y\n"))

    assert "1 queued again." in replay("--dead")

    assert statuses([sync]) == ["pending"]


def test_all_dead_letters_are_replayed_when_told_to() -> None:
    sync, event = SyncFactory.create(dead=True), StripeEventFactory.create(dead=True)
    alive = SyncFactory.create(retrying=True)

    said = replay("--dead", "--yes", "--reason", "Circle is back")

    assert "Syncs: 1 queued again." in said
    assert "Events: 1 queued again." in said
    assert statuses([sync, event, alive]) == ["pending", "received", "retrying"]
    assert set(AuditEntry.objects.values_list("reason", flat=True)) == {"Circle is back"}


def test_the_dead_letters_of_one_customer_are_replayed_alone() -> None:
    ada, ben = CustomerFactory.create(email="ada@example.com"), CustomerFactory.create()
    hers, his = SyncFactory.create(customer=ada, dead=True), SyncFactory.create(customer=ben, dead=True)

    replay("ada@example.com", "--yes")

    assert statuses([hers, his]) == ["pending", "dead_letter"]


def test_an_event_that_belongs_to_nobody_is_replayed_by_its_id() -> None:
    event = StripeEventFactory.create(dead=True, event_id="evt_lost")

    replay("evt_lost", "--yes")

    assert statuses([event]) == ["received"]


def test_no_dead_letters_is_said() -> None:
    assert replay("--dead", "--yes") == "There is nothing to replay: no dead letters.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [([], "Say whose"), (["ada@example.com", "--dead"], "Say whose"), (["x@example.com"], "Nobody found")],
)
def test_it_asks_whose_dead_letters_are_meant(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        replay(*arguments)
