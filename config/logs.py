"""Logging of every process: one line of JSON per event, redacted, with the ids that belong together."""

import logging
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from integrations.redaction import redact

# Written by us, never private, and needed to find a line again.
OWN_KEYS = ("level", "logger", "timestamp")
# What our own lines say by `extra`; whatever else hangs on a record stays out.
EXTRA = ("kind", "channel", "error", "code", "message_id", "what", "why", "wait", "lane", "id")
# Celery prints whole message bodies when it refuses one.
BODY_FOLLOWS = (
    "Can't decode message body",
    "Received and deleted unknown message",
    "Received unregistered task",
    "Received invalid task message",
)
OURS = ("config", "customers", "integrations", "billing", "support")
# Their own handlers are taken away. Any other library is heard from WARNING up.
HEARD = ("django", "django.server", "celery", "gunicorn.error", "gunicorn.access", "axes", "py.warnings")


def redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> Mapping[str, Any]:
    """Fails closed: what cannot be redacted is not written, and the process goes on."""
    own = {key: event[key] for key in OWN_KEYS if isinstance(event.get(key), str)}
    try:
        rest = {key: value for key, value in event.items() if key not in own and not key.startswith("_")}
        return {**redact(rest), **own}
    except Exception as error:  # noqa: BLE001 - whatever broke, the text must not get out
        return {"event": "log line withheld: redaction failed", "reason": type(error).__name__, **own}


def without_body(record: logging.LogRecord) -> bool:
    """Keep that Celery refused a message, drop what was in it."""
    refused = next((each for each in BODY_FOLLOWS if str(record.msg).startswith(each)), "")
    if refused:
        record.msg, record.args, record.exc_info = "broker message refused: %s", (refused,), None
    return True


SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.format_exc_info,
)


def configure_structlog() -> None:
    """Send structlog's events through the standard library's handlers; safe to repeat."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def logging_settings(*, level: str = "INFO") -> dict[str, Any]:
    """Django's LOGGING: one handler for all; other handlers of Django, Celery and gunicorn are taken away."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"without_body": {"()": "config.logs.WithoutBody"}},
        "formatters": {
            "json": {
                "()": "structlog.stdlib.ProcessorFormatter",
                "foreign_pre_chain": (*SHARED, structlog.stdlib.ExtraAdder(allow=EXTRA)),
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    redact_event,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {
            "lines": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["without_body"]},
        },
        "root": {"handlers": ["lines"], "level": "WARNING"},
        "loggers": {name: {"level": level, "handlers": [], "propagate": True} for name in OURS + HEARD},
    }


class WithoutBody(logging.Filter):
    """`without_body` as the class that logging's configuration asks for."""

    def filter(self, record: logging.LogRecord) -> bool:
        return without_body(record)
