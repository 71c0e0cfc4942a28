"""Logs are one line of valid JSON per event, carry the ids, and hold no secrets."""

import ast
import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from config.logs import EXTRA, OURS, logging_settings

NASTY = 'Ada\r\n{"event": "forged"}\x1b[31m "quoted" ${jndi:ldap://x} \u2028 \x00'
ROOT = Path(__file__).resolve().parents[2]
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What the configured handler writes, parsed line by line."""
    written = io.StringIO()
    root = logging.getLogger()
    settings = logging_settings()
    settings["handlers"]["lines"]["stream"] = written
    before = (root.handlers[:], root.level)
    logging.config.dictConfig(settings)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers[:], root.level = before


def test_hostile_text_stays_one_line(lines: Lines) -> None:
    structlog.get_logger("billing.inbox").info("stored", plan=NASTY)
    logging.getLogger("billing.inbox").warning("plan %s", NASTY)

    first, second = lines()
    assert first["plan"] == NASTY
    assert second["event"] == f"plan {NASTY}"


def test_the_ids_of_a_request_are_on_every_line(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-12345678", event_id="evt_1"):
        structlog.get_logger("billing").info("stored")
        logging.getLogger("django.request").warning("slow")

    assert {(line["request_id"], line["event_id"]) for line in lines()} == {("r-12345678", "evt_1")}
    assert all(line["timestamp"] and line["level"] and line["logger"] for line in lines())


def test_a_traceback_is_redacted_and_shows_no_row(lines: Lines) -> None:
    try:
        raise ValueError("bad /search?email=ada@canary.example\nDETAIL: Failing row contains (Canary)")
    except ValueError:
        logging.getLogger("integrations").exception("failed for %s", "ada@canary.example")

    (line,) = lines()
    assert "Traceback" in line["exception"]
    assert "canary" not in json.dumps(line).lower()


def test_unredactable_text_is_withheld_and_the_process_goes_on(lines: Lines) -> None:
    class Broken(dict[str, str]):
        def items(self) -> Any:
            raise RuntimeError("ada@canary.example")

    structlog.get_logger("billing").error("canary", facts=Broken(a="b"))

    (line,) = lines()
    assert line["event"] == "log line withheld: redaction failed"
    assert "canary" not in json.dumps(line)


def test_extra_and_unusual_numbers_break_nothing(lines: Lines) -> None:
    logging.getLogger("billing").info("x", extra={"payload": "canary"})
    structlog.get_logger("billing").info("y", ratio=float("nan"), big=10**40, raw=b"canary")

    assert "canary" not in json.dumps(lines())
    assert lines()[1]["ratio"] == "nan"


def test_what_our_own_lines_say_by_extra_is_written_and_redacted(lines: Lines) -> None:
    extra = {"lane": "inbox", "id": 7, "error": "no mailbox ada@canary.example", "what": {"email": "canary"}}
    logging.getLogger("integrations.handing").warning("run_failed", extra=extra)

    (line,) = lines()
    assert (line["lane"], line["id"]) == ("inbox", 7)
    assert line["error"].startswith("no mailbox ")
    assert "canary" not in json.dumps(line)


def test_every_extra_that_our_code_gives_is_written() -> None:
    given = {key for room in OURS for file in (ROOT / room).rglob("*.py") for key in extras(file)}

    assert given == set(EXTRA)


def extras(file: Path) -> Iterator[str]:
    """The keys of each `extra={...}` in it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.keyword) and node.arg == "extra" and isinstance(node.value, ast.Dict):
            yield from (ast.literal_eval(key) for key in node.value.keys if key is not None)


def test_a_refused_broker_message_is_told_without_its_body(lines: Lines) -> None:
    logging.getLogger("celery.worker.consumer.consumer").error(
        "Received unregistered task of type %s.\nbody: %s", "KeyError", "canary"
    )

    (line,) = lines()
    assert line["event"] == "broker message refused: Received unregistered task"


def test_gunicorns_lines_lose_tokens_and_queries(lines: Lines) -> None:
    logging.getLogger("gunicorn.access").info("%s", "GET /status/canary?x=canary 200 12ms")

    assert "canary" not in lines()[0]["event"]
