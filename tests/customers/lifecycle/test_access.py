"""Who has access, until when, and which status leads."""

from datetime import timedelta

import pytest

from customers.models import Entitlement
from customers.state import leading, resolve
from customers.vocabulary import Status, SupportTier
from tests.customers.lifecycle.holding import CLOSED_TRIAL, DAY, NOW, PRO, STARTER, VIP, holding, override

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("held", "has_access"),
    [
        (holding(Status.ACTIVE), True),
        (holding(Status.TRIALING), True),
        (holding(Status.TRIALING, CLOSED_TRIAL), False),
        (holding(Status.PAID_IN_FULL), True),
        (holding(Status.PAST_DUE), True),
        (holding(Status.PAST_DUE, VIP), False),
        (holding(Status.PAST_DUE, past_due_since=NOW - 7 * DAY + SECOND), True),
        (holding(Status.PAST_DUE, past_due_since=NOW - 7 * DAY), False),
        (holding(Status.PAUSED), False),
        (holding(Status.UNPAID), False),
        (holding(Status.CANCELED), False),
        (holding(Status.REFUNDED), False),
        (holding(Status.DISPUTE_LOST), False),
        (holding(Status.ACTIVE, None), False),
        (holding(Status.ACTIVE, ends_at=NOW - DAY), True),  # only Stripe says that it ended
        (override(days=1), True),
        (override(days=0), False),
    ],
    ids=lambda each: f"{each.state}" if isinstance(each, Entitlement) else "",
)
def test_what_gives_access(held: Entitlement, has_access: bool) -> None:
    state = resolve([held], now=NOW)

    assert state.has_access is has_access
    assert state.grants == (frozenset({held.plan.slug}) if has_access and held.plan else frozenset())


def test_nothing_held_is_a_lead() -> None:
    state = resolve([], now=NOW)

    assert (state.status, state.has_access, state.plan, state.next_check_at) == (
        Status.LEAD,
        False,
        None,
        None,
    )


def test_active_without_a_scheduled_end_has_no_until() -> None:
    assert resolve([holding(Status.ACTIVE)], now=NOW).access_until is None


def test_a_scheduled_end_is_the_until_and_no_date_of_our_clock() -> None:
    state = resolve([holding(Status.ACTIVE, ends_at=NOW + 9 * DAY)], now=NOW)

    assert (state.access_until, state.next_check_at) == (NOW + 9 * DAY, None)


def test_grace_ends_by_our_clock() -> None:
    state = resolve([holding(Status.PAST_DUE)], now=NOW)

    assert state.access_until == state.next_check_at == NOW + 4 * DAY


def test_a_past_due_plan_that_is_also_canceled_ends_at_the_earlier_date() -> None:
    state = resolve([holding(Status.PAST_DUE, ends_at=NOW + DAY)], now=NOW)

    assert state.access_until == NOW + DAY


def test_the_until_of_several_is_the_last_and_open_ended_beats_all() -> None:
    short, long = override(days=2), holding(Status.ACTIVE, ends_at=NOW + 9 * DAY)

    assert resolve([short, long], now=NOW).access_until == NOW + 9 * DAY
    assert resolve([short, long, holding(Status.PAID_IN_FULL)], now=NOW).access_until is None


@pytest.mark.parametrize(
    ("first", "second", "leads"),
    [
        (holding(Status.ACTIVE, STARTER), holding(Status.TRIALING, PRO), Status.TRIALING),
        (holding(Status.ACTIVE), holding(Status.TRIALING), Status.ACTIVE),
        (holding(Status.TRIALING), holding(Status.PAID_IN_FULL), Status.TRIALING),
        (holding(Status.PAID_IN_FULL), holding(Status.PAST_DUE), Status.PAID_IN_FULL),
        (holding(Status.PAST_DUE), holding(Status.PAUSED), Status.PAST_DUE),
        (holding(Status.PAUSED), holding(Status.UNPAID), Status.PAUSED),
        (holding(Status.UNPAID, STARTER), holding(Status.CANCELED, PRO), Status.UNPAID),
        (holding(Status.CANCELED), holding(Status.REFUNDED, ended_at=NOW), Status.REFUNDED),
        (holding(Status.DISPUTE_LOST, ended_at=NOW), holding(Status.CANCELED), Status.DISPUTE_LOST),
        (override(VIP), holding(Status.CANCELED, STARTER), Status.CANCELED),
    ],
)
def test_the_best_living_purchase_leads_else_the_last_that_ended(
    first: Entitlement, second: Entitlement, leads: Status
) -> None:
    second.subject = "sub_2"

    assert resolve([first, second], now=NOW).status == resolve([second, first], now=NOW).status == leads


def test_an_override_gives_access_and_no_status() -> None:
    state = resolve([override(VIP)], now=NOW)

    assert (state.status, state.plan, state.support_tier) == (Status.LEAD, VIP, SupportTier.VIP)
    assert state.grants == {"vip"}
    assert leading([override(VIP)]) is None


def test_what_stands_beside_the_leader_shows_as_a_flag() -> None:
    lifetime = holding(Status.PAID_IN_FULL, STARTER, subject="pi_1")
    gone = holding(Status.CANCELED, VIP, subject="sub_2")
    state = resolve([holding(Status.ACTIVE), lifetime, gone, override(VIP)], now=NOW)

    assert state.flags == ("also: Starter (lifetime)", "also: VIP (override)")
    assert state.grants == {"pro", "starter", "vip"}


def test_flags_are_those_of_what_lives_and_of_an_ended_leader() -> None:
    lives = holding(Status.ACTIVE, flags=["collection_paused"])
    beside = holding(Status.ACTIVE, STARTER, subject="sub_2", flags=["cancellation_scheduled"])
    ended = holding(Status.REFUNDED, VIP, subject="pi_1", flags=["refund_failed"])

    assert resolve([lives, ended], now=NOW).flags == ("collection_paused",)
    assert resolve([lives, beside], now=NOW).flags[:2] == ("cancellation_scheduled", "collection_paused")
    assert resolve([ended], now=NOW).flags == ("refund_failed",)


def test_another_subscription_beside_the_leader_is_named_with_its_status() -> None:
    beside = holding(Status.PAST_DUE, STARTER, subject="sub_2")

    assert resolve([holding(Status.ACTIVE), beside], now=NOW).flags == ("also: Starter (past due)",)


def test_beside_the_leader_a_purchase_is_named_while_it_lives_and_an_override_while_it_gives_access() -> None:
    unpaid = holding(Status.UNPAID, STARTER, subject="sub_2")
    state = resolve([holding(Status.ACTIVE), unpaid, override(VIP, days=-1)], now=NOW)

    assert state.flags == ("also: Starter (unpaid)",)
    assert state.grants == {"pro"}


def test_a_purchase_that_nobody_can_map_needs_review_and_gives_nothing() -> None:
    state = resolve([holding(Status.ACTIVE, None)], now=NOW)

    assert (state.status, state.has_access, state.flags) == ("active", False, ("needs_review",))
