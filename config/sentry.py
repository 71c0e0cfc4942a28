"""Errors to Sentry, rebuilt from an allow-list of harmless parts, or not sent at all."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sentry_sdk
from sentry_sdk.transport import Transport
from sentry_sdk.types import Event, Hint

from integrations.redaction import redact, redact_text

if TYPE_CHECKING:
    from sentry_sdk._types import DataCollectionUserOptions

# The successor of send_default_pii: nothing is collected on its own account.
NOTHING: "DataCollectionUserOptions" = {
    "user_info": False,
    "cookies": {"mode": "off"},
    "http_headers": {"request": {"mode": "off"}},
    "http_bodies": [],
    "url_query_params": {"mode": "off"},
    "database_query_data": False,
    "queues": False,
    "stack_frame_variables": False,
}
PLAIN = (
    *("event_id", "timestamp", "start_timestamp", "level", "platform", "logger", "release", "environment"),
    *("type", "sdk", "modules", "fingerprint", "transaction_info", "measurements"),
)
TRACE = ("trace_id", "span_id", "parent_span_id", "op", "status", "origin")
SPAN = ("trace_id", "span_id", "parent_span_id", "op", "status", "start_timestamp", "timestamp")
FRAME = ("filename", "function", "module", "lineno", "in_app", "context_line", "pre_context", "post_context")
TAGS = ("request_id", "task", "celery_task_id")


def start(*, dsn: str, release: str, environment: str, transport: type[Transport] | None = None) -> None:
    """Start reporting; without a DSN nothing is installed at all."""
    if not dsn:
        return
    sentry_sdk.init(
        dsn=dsn,
        release=release,
        environment=environment,
        transport=transport,
        include_local_variables=False,
        data_collection=NOTHING,
        max_request_body_size="never",
        auto_session_tracking=False,
        before_send=clean_event,
        before_send_transaction=clean_event,
        before_breadcrumb=clean_breadcrumb,
    )


def clean_event(event: Event, _hint: Hint) -> Event | None:
    """What may leave the house. An error in here drops the event."""
    try:
        return _rebuilt(event)
    except Exception:  # noqa: BLE001 - fails closed
        return None


def clean_breadcrumb(crumb: dict[str, Any], _hint: Hint) -> dict[str, Any] | None:
    """A breadcrumb's kind and redacted text; its data (URLs, queries, headers) stays here."""
    try:
        kept = _only(crumb, ("type", "category", "level", "timestamp"))
        return {**kept, "message": redact_text(str(crumb.get("message") or ""))}
    except Exception:  # noqa: BLE001 - fails closed
        return None


def _rebuilt(event: Mapping[str, Any]) -> Event:
    clean: dict[str, Any] = {key: event[key] for key in PLAIN if key in event}
    if "transaction" in event:
        clean["transaction"] = redact_text(str(event["transaction"]))
    clean["tags"] = redact(_only(dict(event.get("tags") or {}), TAGS))
    contexts = event.get("contexts") or {}
    clean["contexts"] = {
        "trace": _only(contexts.get("trace"), TRACE),
        "runtime": _only(contexts.get("runtime"), ("name", "version")),
    }
    request = event.get("request") or {}
    url = redact_text(str(request.get("url", "")).partition("?")[0])
    clean["request"] = {"method": request.get("method"), "url": url}
    entry = event.get("logentry") or {}
    told = entry.get("formatted") or entry.get("message") or event.get("message")
    if told:
        clean["message"] = redact_text(str(told))
    clean["exception"] = {"values": [_exception(each) for each in _values(event, "exception")]}
    clean["breadcrumbs"] = {"values": [clean_breadcrumb(each, {}) for each in _values(event, "breadcrumbs")]}
    clean["spans"] = [_span(each) for each in event.get("spans") or []]
    return clean  # type: ignore[return-value]  # built from the parts of an Event


def _exception(found: Mapping[str, Any]) -> dict[str, Any]:
    frames = (found.get("stacktrace") or {}).get("frames") or []
    return {
        **_only(found, ("type", "module")),
        "value": redact_text(str(found.get("value") or "")),
        "mechanism": _only(found.get("mechanism"), ("type", "handled", "exception_id", "parent_id")),
        "stacktrace": {"frames": [_only(frame, FRAME) for frame in frames]},
    }


def _span(span: Mapping[str, Any]) -> dict[str, Any]:
    told = redact_text(str(span.get("description") or "")).partition("?")[0]
    return {**_only(span, SPAN), "description": told}


def _values(event: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    block = event.get(name)
    found = block.get("values") if isinstance(block, Mapping) else block
    return list(found or [])


def _only(block: Mapping[str, Any] | None, keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: block[key] for key in keys if key in block} if block else {}
