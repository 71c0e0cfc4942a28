"""Every fault of a provider, at Circle and at Kit: what happened there happened once, and nothing hangs."""

import gzip
import resource
from collections import Counter

import pytest

from customers.models import Customer
from integrations.models import Connection, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.sandbox_world import Buyer, Catalog, later

pytestmark = pytest.mark.django_db
ROUTES = {
    "circle": ["POST /community_members", "POST /access_groups/{access_group_id}/community_members"],
    "kit": [
        "POST /subscribers",
        "POST /tags/{tag_id}/subscribers/{id}",
        "POST /sequences/{sequence_id}/subscribers/{id}",
    ],
}
SIDES = list(ROUTES)


def in_once(sandbox: Sandbox, *buyers: Buyer) -> None:
    """Each is a member, invited, tagged and welcomed exactly once."""
    emails = {each.email for each in buyers}
    assert sandbox.circle.members_of(101) == emails
    assert Counter(sandbox.circle.invitations) == dict.fromkeys(emails, 1)
    assert len(sandbox.circle.members) == len(emails)
    welcomed = [each for each in sandbox.kit.enrolments if each[1] == 501]
    assert len(welcomed) == len(set(welcomed)) == len(emails)
    assert all(sandbox.kit.tags_of(each) == {"plan: pro", "status: active"} for each in emails)


@pytest.mark.parametrize("times", [20, pytest.param(100, marks=pytest.mark.chaos)])
def test_done_and_then_reset_is_done_once_each_time(sandbox: Sandbox, catalog: Catalog, times: int) -> None:
    steps = [(side, route) for side, routes in ROUTES.items() for route in routes]
    people = []
    for number in range(times):
        side, route = steps[number % len(steps)]
        getattr(sandbox, side).fail(route=route, after_effect=True, reset=True, times=1)
        people.append(Buyer(f"p{number}@example.com"))
        people[-1].buys("pro")
        drain()
        later(seconds=60)

    in_once(sandbox, *people)


@pytest.mark.parametrize("side", SIDES)
def test_not_done_and_then_reset_is_done_once(sandbox: Sandbox, buyer: Buyer, side: str) -> None:
    for route in ROUTES[side]:
        getattr(sandbox, side).fail(route=route, reset=True, times=1)
    buyer.buys("pro")
    drain()
    for _ in range(4):
        later(minutes=16)

    in_once(sandbox, buyer)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("wish", ["7", "0", "-1", "99999", "soon", "Mon, 23 Nov 2099 00:00:00 GMT"])
def test_whatever_wait_is_asked_for_nobody_waits_more_than_five_minutes_or_calls_meanwhile(
    sandbox: Sandbox, buyer: Buyer, side: str, wish: str
) -> None:
    getattr(sandbox, side).fail(429, headers={"Retry-After": wish}, times=1)
    buyer.buys("pro")
    drain()
    calls = len(sandbox.journal.calls(side))
    later(seconds=1)  # of at least five: the others are for a busy machine
    assert len(sandbox.journal.calls(side)) == calls

    later(seconds=301)
    later(seconds=5)

    in_once(sandbox, buyer)


def test_kits_wordless_429_five_times_is_no_dead_letter_and_one_effect(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    sandbox.kit.fail(429, body="Retry later", times=5)
    buyer.buys("pro")
    drain()
    for _ in range(6):
        assert buyer.sync("kit").status != SyncStatus.DEAD_LETTER
        later(seconds=80)

    in_once(sandbox, buyer)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    "place", ["http://169.254.169.254/latest/meta-data", "https://elsewhere.example.com/"]
)
def test_a_redirect_is_refused_for_good_and_named(
    sandbox: Sandbox, buyer: Buyer, side: str, place: str
) -> None:
    getattr(sandbox, side).fail(302, headers={"Location": place})
    buyer.buys("pro")
    drain()
    later(minutes=16)

    sync = buyer.sync(side)
    assert (sync.status, sync.reason) == (SyncStatus.DEAD_LETTER, "redirected")
    assert len(sandbox.journal.calls(side)) == 1


@pytest.mark.parametrize("side", SIDES)
def test_a_403_on_one_route_is_asked_once_and_named(sandbox: Sandbox, buyer: Buyer, side: str) -> None:
    route = ROUTES[side][1]
    getattr(sandbox, side).fail(403, route=route, body={"errors": ["forbidden"]})
    buyer.buys("pro")
    drain()
    later(minutes=16)

    assert (buyer.sync(side).status, buyer.sync(side).reason) == (SyncStatus.DEAD_LETTER, "forbidden")
    assert Connection.objects.get(kind=side).paused_at is None


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("count", [30, pytest.param(200, marks=pytest.mark.chaos)])
def test_many_people_and_a_revoked_key_cost_two_calls(
    sandbox: Sandbox, catalog: Catalog, side: str, count: int
) -> None:
    people = [Buyer(f"p{number}@example.com") for number in range(count)]
    for each in people:
        each.buys("starter")
    getattr(sandbox, side).fail(kind="unauthorised")
    Connection.objects.exclude(kind=side).update(mode="off")
    drain()

    assert len(sandbox.journal.calls(side)) <= 2
    waiting = Connection.objects.get(kind=side).syncs.all()
    assert {each.attempt_count for each in waiting} == {0}
    assert not waiting.filter(status=SyncStatus.DEAD_LETTER).exists()


@pytest.mark.parametrize("side", SIDES)
def test_a_huge_name_or_a_bomb_in_the_answer_costs_little_memory(
    sandbox: Sandbox, buyer: Buyer, side: str
) -> None:
    route = ROUTES[side][0]
    Customer.objects.filter(pk=buyer.row.pk).update(name="N" * 200)
    bomb = gzip.compress(b"0" * 100_000_000).decode("latin-1")[:1_000]
    huge = {"community_member": {"name": "x" * 10_000_000}, "subscriber": {"first_name": "x" * 10_000_000}}
    getattr(sandbox, side).fail(200, route=route, after_effect=True, body=huge, times=1)
    buyer.buys("pro")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    drain()
    getattr(sandbox, side).fail(200, route=route, body=bomb, headers={"Content-Encoding": "gzip"}, times=1)
    for _ in range(4):
        later(minutes=16)

    # The sandbox that makes the answer lives in this process too: its ten megabytes, as text and as bytes.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    in_once(sandbox, buyer)
