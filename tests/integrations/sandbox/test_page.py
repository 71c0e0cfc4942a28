"""The page of buttons: it works without a script, shows what is held, and obeys nobody else's page."""

import pytest
import requests

from integrations.sandbox import Sandbox
from integrations.sandbox.buttons import ACTS

ADA = {"email": "ada@example.com"}


def press(url: str, button: str, **form: str) -> requests.Response:
    return requests.post(f"{url}/act/{button}", data=form, timeout=10)


def test_a_checkout_is_pressed_and_then_seen(sandbox: Sandbox, url: str) -> None:
    seen = press(url, "checkout", **ADA, price="price_pro_year")

    assert seen.history[0].status_code == 303
    assert "ada@example.com bought price_pro_year." in seen.text
    assert "price_pro_year: active" in seen.text


def test_a_price_that_nobody_knows_is_sold_anew_with_each_press(sandbox: Sandbox, url: str) -> None:
    first, second = press(url, "new_price", **ADA).text, press(url, "new_price").text

    assert "ada@example.com bought price_new_" in first
    assert "see the back office&#x27;s review list" in second
    assert "checkout with a new price</button>" in first
    prices = {each["id"] for each in sandbox.stripe.where("price")}
    assert len([each for each in prices if each.startswith("price_new_")]) == 2


@pytest.mark.parametrize("button", sorted(ACTS))
def test_every_button_answers_even_when_there_is_nobody(url: str, button: str) -> None:
    assert press(url, button).status_code == 200


def test_a_subscription_goes_through_its_buttons(sandbox: Sandbox, url: str) -> None:
    press(url, "trial", **ADA)
    assert "price_pro_month: trialing" in press(url, "cancels_later", **ADA).text
    assert "price_pro_month: past_due" in press(url, "payment_fails", **ADA).text
    assert "price_pro_month: active" in press(url, "recovers", **ADA).text
    assert "refunded in full" in press(url, "refund", **ADA).text
    assert "price_pro_month: canceled" in press(url, "cancels", **ADA).text
    assert "no running subscription" in press(url, "cancels", **ADA).text


def test_circle_breaks_and_heals(sandbox: Sandbox, url: str) -> None:
    assert "Broken now: circle down" in press(url, "break_circle", kind="down").text
    probe = f"{url}/circle/api/admin/v2/community"
    assert requests.get(probe, headers={"Authorization": "Token t"}, timeout=10).status_code == 503
    assert "All three answer." in press(url, "heal").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
def test_another_site_cannot_press_the_buttons(sandbox: Sandbox, url: str, headers: dict[str, str]) -> None:
    refused = requests.post(f"{url}/act/checkout", data=ADA, headers=headers, timeout=10)

    assert refused.status_code == 403
    assert sandbox.stripe.events == []


def test_buttons_do_nothing_on_get(sandbox: Sandbox, url: str) -> None:
    assert requests.get(f"{url}/act/checkout", timeout=10).status_code == 404
    assert sandbox.stripe.events == []


def test_what_is_shown_is_escaped(sandbox: Sandbox, url: str) -> None:
    sandbox.stripe.checkout("<b>@example.com", price="price_pro_month")
    text = requests.get(url, params={"said": "<script>"}, timeout=10).text

    assert "<b>@" not in text
    assert "<script>" not in text
