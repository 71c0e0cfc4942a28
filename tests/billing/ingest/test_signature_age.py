"""How old and how new a signature may be, to the second, and what is said of one that is refused."""

import pytest

from billing.signature import BadSignature, verify
from integrations.sandbox.stripe.events import signature

SECRET, BODY, SIGNED_AT = "whsec_of_the_shop", '{"id": "evt_1"}', 1_700_000_000


def verified(*, age: float) -> None:
    verify(BODY, signature(BODY.encode(), secret=SECRET, at=SIGNED_AT), secrets=[SECRET], now=SIGNED_AT + age)


@pytest.mark.parametrize("age", [300, -300, 0.5, 0])
def test_up_to_five_minutes_to_both_sides_is_fresh(age: float) -> None:
    verified(age=age)


@pytest.mark.parametrize(("age", "code"), [(300.5, "too_old"), (-300.5, "from_the_future")])
def test_more_is_refused_and_says_whose_clock_is_behind(age: float, code: str) -> None:
    with pytest.raises(BadSignature, match=f"^{code}$"):
        verified(age=age)


def test_somebody_else_s_secret_is_a_mismatch() -> None:
    theirs = signature(BODY.encode(), secret="whsec_of_others", at=SIGNED_AT)

    with pytest.raises(BadSignature, match="mismatch"):
        verify(BODY, theirs, secrets=[SECRET], now=SIGNED_AT)
