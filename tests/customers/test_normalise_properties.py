"""Whatever anybody writes: normalising never raises, and doing it twice changes nothing."""

from hypothesis import given
from hypothesis import strategies as st

from customers import normalise
from customers.countries import CODES

ANYTHING = st.none() | st.text()
ADDRESSES = st.emails() | st.text().map(lambda local: f"{local}@example.com")


@given(ANYTHING | ADDRESSES)
def test_an_address_is_stable_once_normalised(text: str | None) -> None:
    once = normalise.email(text)
    assert normalise.email(once) == once
    assert once == "" or (once.count("@") == 1 and once.isprintable() and len(once) <= 320)


@given(st.emails(), st.sampled_from(["", " ", "\t", "\n"]))
def test_case_and_blanks_around_never_make_a_second_person(address: str, blank: str) -> None:
    assert normalise.email(f"{blank}{address.upper()}{blank}") == normalise.email(address)


@given(ANYTHING)
def test_a_folded_plan_name_stays_as_it_is(text: str | None) -> None:
    once = normalise.plan_name(text)
    assert normalise.plan_name(once) == once
    assert once == once.strip()


@given(ANYTHING)
def test_a_country_is_a_code_or_nothing(text: str | None) -> None:
    code = normalise.country(text)
    assert code == "" or code in CODES | {"XK"}
    assert normalise.country(code) == code


@given(st.sampled_from(["day", "week", "month", "year"]) | ANYTHING, st.none() | st.integers())
def test_an_interval_always_has_a_name_that_fits_its_column(unit: str | None, count: int | None) -> None:
    assert 0 < len(normalise.interval(unit, count)) <= 32


@given(st.integers(min_value=1, max_value=40))
def test_twelve_months_are_always_a_year(years: int) -> None:
    assert normalise.interval("month", 12 * years) == normalise.interval("year", years)
