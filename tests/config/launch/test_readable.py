"""Log lines as `make run` shows them."""

import json

import pytest

from config.launch.readable import readable


def line(**entry: object) -> str:
    return json.dumps(
        {"timestamp": "2026-11-23T19:00:00Z", "logger": "billing.inbox", "level": "info"} | entry
    )


def test_a_log_line_becomes_a_sentence_with_its_ids() -> None:
    assert readable(line(event="stored", stripe_event=7)) == "stored stripe_event=7"


def test_what_went_wrong_says_so_first() -> None:
    assert readable(line(event="not stored", level="error")) == "ERROR not stored"


def test_every_single_task_is_not_worth_a_line_unless_it_failed() -> None:
    assert readable(line(event="Task received", logger="celery.worker.strategy")) is None
    assert (
        readable(line(event="Task raised", logger="celery.app.trace", level="error")) == "ERROR Task raised"
    )


def test_requests_that_go_well_do_not_bury_the_login_and_those_that_fail_are_shown() -> None:
    request = "POST /api/webhooks/stripe {} 17 5ms"
    for status in (200, 302):
        assert readable(line(event=request.format(status), logger="gunicorn.access")) is None
    for status in (400, 503):
        told = readable(line(event=request.format(status), logger="gunicorn.access"))
        assert told == request.format(status)
    assert readable(line(event="Scheduler: Sending due task", logger="celery.beat")) is None


@pytest.mark.parametrize("text", ["", "plain", "{half", '{"no": "event"}', "[1]"])
def test_anything_else_is_shown_as_it_came(text: str) -> None:
    assert readable(text) == text
