"""Money in words, and per month: the database and Python say the same."""

import pytest
from django.db.models import F

from customers.models import Entitlement
from support import money
from tests.factories import EntitlementFactory

MONTHLY = [
    *[(4900, "monthly", 4900), (12000, "yearly", 1000), (3000, "quarterly", 1000)],
    *[(6000, "semiannual", 1000), (2400, "every 2 years", 100), (700, "weekly", 3042), (100, "daily", 3042)],
    *[(100, "every 10 days", 304), (1000, "every 4 months", 250), (700, "every 2 weeks", 1521)],
    *[(7, "yearly", 1), (5, "one_time", None), (5, "", None)],
]


@pytest.mark.django_db
@pytest.mark.parametrize(("amount", "interval", "monthly"), MONTHLY)
def test_an_amount_is_told_per_month(amount: int, interval: str, monthly: int | None) -> None:
    EntitlementFactory.create(interval=interval)
    rows = Entitlement.objects.annotate(amount=F("pk") * 0 + amount)

    assert money.a_month(amount, interval) == monthly
    assert rows.annotate(m=money.per_month("amount", "interval")).get().m == monthly


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        *[(4900, "usd", "49.00 USD"), (490000, "jpy", "490,000 JPY"), (4900, "kwd", "4.900 KWD")],
        *[(0, "eur", "0.00 EUR"), (5, "", "0.05")],
    ],
)
def test_an_amount_is_written_in_the_units_of_its_currency(amount: int, currency: str, words: str) -> None:
    assert money.in_units(amount, currency) == words
