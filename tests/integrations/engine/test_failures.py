"""What the engine does when a provider fails."""

import pytest

from integrations import pausing
from integrations.models import Connection, Outcome, SyncAttempt, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from integrations.untold import OurFault
from tests.sandbox_world import Buyer, Catalog, later

pytestmark = pytest.mark.django_db
CREATE = "POST /community_members"


def outcomes(kind: str) -> list[str]:
    rows = SyncAttempt.objects.filter(sync__connection__kind=kind).order_by("pk")
    return list(rows.values_list("outcome", flat=True))


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failing_circle_is_tried_again_until_it_works(sandbox: Sandbox, buyer: Buyer, status: int) -> None:
    sandbox.circle.fail(status, times=4)
    buyer.buys("pro")

    drain()
    assert buyer.sync("circle").status == SyncStatus.RETRYING
    assert buyer.sync("kit").status == SyncStatus.IN_SYNC
    for _ in range(4):
        later(minutes=16)

    assert sandbox.circle.members_of(101) == {buyer.email}
    assert sandbox.circle.invitations == [buyer.email]
    assert outcomes("circle") == ["retry"] * 4 + ["applied"]


CALLS = [
    ("circle", CREATE),
    ("circle", "POST /access_groups/{access_group_id}/community_members"),
    ("kit", "POST /subscribers"),
    ("kit", "POST /tags"),
    ("kit", "POST /tags/{tag_id}/subscribers/{id}"),
    ("kit", "POST /sequences/{sequence_id}/subscribers/{id}"),
]


@pytest.mark.parametrize(("provider", "route"), CALLS)
@pytest.mark.parametrize("how", ["reset", "500", "html", "empty"])
def test_done_but_not_answered_still_happens_once(
    sandbox: Sandbox, buyer: Buyer, provider: str, route: str, how: str
) -> None:
    side = getattr(sandbox, provider)
    if how == "reset":
        side.fail(route=route, after_effect=True, reset=True, times=1)
    elif how == "500":
        side.fail(500, route=route, after_effect=True, times=1)
    else:
        body = "<html>" if how == "html" else ""
        side.fail(200, route=route, after_effect=True, body=body, times=1)
    buyer.buys("pro")

    drain()
    for _ in range(3):
        later(minutes=16)

    assert buyer.sync("circle").status == buyer.sync("kit").status == SyncStatus.IN_SYNC
    assert sandbox.circle.members_of(101) == {buyer.email}
    assert sandbox.circle.tags_of(buyer.email) == {"Pro member"}
    assert sandbox.circle.invitations == [buyer.email]
    assert len(sandbox.circle.members) == 1
    assert sandbox.kit.tags_of(buyer.email) == {"plan: pro", "status: active"}
    assert sandbox.kit.enrolments == [(buyer.email, 501)]


def test_a_revoked_key_pauses_the_connection_and_costs_nobody_a_try(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    people = [Buyer(f"p{number}@example.com") for number in range(20)]
    sandbox.circle.fail(401)
    for each in people:
        each.buys("pro")

    drain()

    assert len(sandbox.journal.calls("circle")) <= 2
    catalog.circle.refresh_from_db()
    assert catalog.circle.pause_reason == "token_refused"
    assert {each.sync("circle").attempt_count for each in people} == {0}
    assert all(each.sync("kit").status == SyncStatus.IN_SYNC for each in people)

    sandbox.circle.heal()
    pausing.resume(catalog.circle.pk)
    drain()

    assert sandbox.circle.members_of(101) == {each.email for each in people}


def test_a_401_about_one_member_is_only_that_members(sandbox: Sandbox, catalog: Catalog) -> None:
    owner, other = Buyer("owner@example.com"), Buyer("other@example.com")
    sandbox.circle.fail(401, email=owner.email, body={"message": "You cannot perform this action."})
    owner.buys("pro")
    other.buys("pro")

    drain()

    assert owner.sync("circle").status == SyncStatus.DEAD_LETTER
    assert owner.sync("circle").reason == "not_permitted"
    assert other.sync("circle").status == SyncStatus.IN_SYNC
    assert Connection.objects.filter(paused_at=None).count() == 3


def test_a_missing_key_pauses_without_a_call(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog, settings: object
) -> None:
    Connection.objects.filter(pk=catalog.circle.pk).update(credential="NOT_SET_ANYWHERE")
    buyer.buys("pro")

    drain()

    catalog.circle.refresh_from_db()
    assert catalog.circle.pause_reason == "credential_missing"
    assert sandbox.journal.calls("circle") == []


def test_one_bad_address_among_many_is_one_dead_letter_after_one_attempt(
    sandbox: Sandbox, catalog: Catalog
) -> None:
    people = [Buyer(f"p{number}@example.com") for number in range(20)]
    body = {"success": False, "message": "Invalid email address.", "error_details": {}}
    sandbox.circle.fail(422, email=people[2].email, body=body)
    for each in people:
        each.buys("pro")

    drain()

    dead = people.pop(2).sync("circle")
    assert (dead.status, dead.reason) == (SyncStatus.DEAD_LETTER, "invalid_email")
    assert dead.attempts.count() == 1
    assert all(each.sync("circle").status == SyncStatus.IN_SYNC for each in people)


def test_the_providers_wait_holds_the_whole_connection(sandbox: Sandbox, catalog: Catalog) -> None:
    people = [Buyer(f"p{number}@example.com") for number in range(5)]
    sandbox.circle.fail(429, headers={"Retry-After": "100"}, times=1)
    for each in people:
        each.buys("pro")

    drain()
    assert len(sandbox.journal.calls("circle")) == 1
    later(seconds=70)
    assert len(sandbox.journal.calls("circle")) == 1
    later(seconds=31)

    assert sandbox.circle.members_of(101) == {each.email for each in people}
    assert {each.sync("circle").attempt_count for each in people} == {0}


def test_kits_wordless_429_pauses_it_for_a_minute_by_the_second(sandbox: Sandbox, buyer: Buyer) -> None:
    sandbox.kit.fail(429, body="Retry later", times=2)
    buyer.buys("starter")

    drain()
    assert buyer.sync("circle").status == SyncStatus.IN_SYNC
    later(seconds=8)
    assert len(sandbox.journal.calls("kit")) == 2
    later(seconds=40)
    assert len(sandbox.journal.calls("kit")) == 2
    later(seconds=40)

    assert sandbox.kit.tags_of(buyer.email) == {"plan: starter", "status: active"}
    assert outcomes("kit") == ["retry", "retry", "applied"]


def test_eight_tries_are_enough_and_the_reason_is_told(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    sandbox.circle.fail(500)
    buyer.buys("pro")

    drain()
    for _ in range(9):
        later(minutes=16)

    sync = buyer.sync("circle")
    assert (sync.status, sync.reason, sync.attempt_count) == (SyncStatus.DEAD_LETTER, "http_500", 8)
    assert sync.explanation
    assert sync.attempts.count() == 8


def test_the_daily_cap_waits_for_tomorrow(sandbox: Sandbox, buyer: Buyer) -> None:
    body = {"success": False, "errors": "Daily member limit exceeded."}
    sandbox.circle.fail(403, route=CREATE, body=body, times=1)
    buyer.buys("pro")

    drain()
    sync = buyer.sync("circle")
    assert (sync.status, sync.attempt_count) == (SyncStatus.RETRYING, 0)
    later(hours=23)
    assert sandbox.circle.members_of(101) == set()
    later(hours=2)

    assert sandbox.circle.members_of(101) == {buyer.email}
    assert outcomes("circle") == [Outcome.TOMORROW, Outcome.APPLIED]


def test_a_right_that_the_token_lost_is_named_and_not_asked_for_again(sandbox: Sandbox, buyer: Buyer) -> None:
    sandbox.circle.fail(403, route=CREATE, body={"success": False, "message": "Forbidden"})
    buyer.buys("pro")

    drain()
    later(hours=1)

    sync = buyer.sync("circle")
    assert (sync.status, sync.reason) == (SyncStatus.DEAD_LETTER, "forbidden")
    assert "POST /community_members" in sync.explanation
    assert len(sandbox.journal.calls("circle")) == 1


def test_a_bug_of_ours_is_reported_and_tried_again(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog, settings: object
) -> None:
    Connection.objects.filter(pk=catalog.circle.pk).update(options={"calls_per_window": "many"})
    buyer.buys("pro")

    with pytest.raises(OurFault, match=r"^ValueError$"):  # what it quotes might be somebody's name
        drain()

    sync = buyer.sync("circle")
    assert (sync.status, sync.reason, sync.lease_until) == (SyncStatus.RETRYING, "our_bug", None)
