"""Which purchase leads when two could: always the same one, and what the clock will change."""

from datetime import timedelta

import pytest

from customers.state import leading
from customers.vocabulary import Status
from tests.customers.lifecycle.holding import DAY, NOW, PRO, STARTER, VIP, holding, override


@pytest.mark.parametrize("state", [Status.ACTIVE, Status.CANCELED])
def test_of_two_alike_the_key_decides_whatever_the_order(state: Status) -> None:
    one, two = holding(state, subject="sub_1"), holding(state, subject="sub_2")

    assert leading([one, two]) is leading([two, one]) is two


def test_of_two_alike_the_one_that_began_first_leads() -> None:
    old = holding(Status.ACTIVE, subject="sub_1", starts_at=NOW - 90 * DAY)
    new = holding(Status.ACTIVE, subject="sub_2", starts_at=NOW - DAY)

    assert leading([old, new]) is leading([new, old]) is old


def test_of_two_plans_of_one_rank_in_one_purchase_the_name_decides() -> None:
    pro, vip = holding(Status.ACTIVE, PRO), holding(Status.ACTIVE, VIP)

    assert leading([pro, vip]) is leading([vip, pro]) is vip


def test_a_purchase_without_a_plan_stands_behind_one_with_a_plan() -> None:
    unknown, starter = holding(Status.ACTIVE, None, subject="sub_9"), holding(Status.ACTIVE, STARTER)

    assert leading([unknown, starter]) is starter


def test_what_gives_no_access_has_no_end_of_it_and_no_date_to_look_again() -> None:
    unpaid = holding(Status.UNPAID, ends_at=NOW + DAY)
    late = holding(Status.PAST_DUE, past_due_since=NOW - 8 * DAY)

    assert (unpaid.access_until(NOW), unpaid.changes_at(NOW)) == (None, None)
    assert (late.access_until(NOW), late.changes_at(NOW)) == (None, None)


def test_grace_ends_to_the_second_and_so_does_an_override() -> None:
    late, given = holding(Status.PAST_DUE, past_due_since=NOW), override(days=7)
    end = NOW + 7 * DAY

    for each in (late, given):
        assert each.changes_at(NOW) == each.access_until(NOW) == end
        assert each.gives_access(end - timedelta(microseconds=1))
        assert not each.gives_access(end)
