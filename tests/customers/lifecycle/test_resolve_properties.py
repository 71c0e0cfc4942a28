"""What holds for whatever people hold."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from customers.models import Entitlement
from customers.state import resolve
from customers.vocabulary import ENDED, LIVING, Status
from customers.why import why
from tests.customers.lifecycle.holding import DAY, NOW, PLANS, holding, override

hours = st.integers(-24 * 20, 24 * 20).map(lambda each: timedelta(hours=each))


@st.composite
def entitlements(draw: st.DrawFn) -> Entitlement:
    plan = draw(st.sampled_from(PLANS))
    if draw(st.integers(0, 4)) == 0:
        number = draw(st.integers(1, 9))
        return override(plan, days=draw(st.integers(-3, 3)), subject=f"override:{number}")
    fields = {
        "subject": f"sub_{draw(st.integers(1, 9))}",
        "starts_at": NOW - 30 * DAY + draw(hours),
        "ends_at": draw(st.none() | hours.map(lambda each: NOW + each)),
    }
    state = draw(st.sampled_from((*LIVING, *ENDED)))
    if state == Status.PAST_DUE:
        fields["past_due_since"] = NOW + draw(hours)
    if state in ENDED:
        fields["ended_at"] = NOW - abs(draw(hours))
    return holding(state, draw(st.sampled_from((plan, None))), **fields)


held = st.lists(entitlements(), max_size=6, unique_by=lambda each: (each.subject, each.plan_id))


@given(held, st.randoms(use_true_random=False))
def test_the_order_of_entitlements_does_not_matter(those: list[Entitlement], draw: object) -> None:
    shuffled = list(those)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]

    assert resolve(shuffled, now=NOW) == resolve(those, now=NOW)
    assert resolve(those, now=NOW) == resolve(those, now=NOW)


@given(held, entitlements())
def test_one_more_entitlement_never_takes_access(those: list[Entitlement], another: Entitlement) -> None:
    assert resolve(those, now=NOW).grants <= resolve([*those, another], now=NOW).grants


@given(held)
def test_nothing_changes_by_the_clock_before_the_next_check(those: list[Entitlement]) -> None:
    state = resolve(those, now=NOW)
    until = state.next_check_at or NOW + 400 * DAY

    assert until > NOW
    assert resolve(those, now=until - timedelta(seconds=1)).grants == state.grants


@given(held)
def test_the_sentence_says_what_the_state_says(those: list[Entitlement]) -> None:
    state, sentence = resolve(those, now=NOW), why(those, now=NOW)

    assert sentence.startswith("Has access: " if state.has_access else "No access: ")
    assert sentence.endswith(".")
    assert (state.access_until is None) or state.has_access
