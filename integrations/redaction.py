"""Take secrets and personal data out of whatever is about to be logged, reported or stored as an error."""

import base64
import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

REMOVED = "[removed]"
MAX_TEXT = 16_000
MAX_DEPTH = 8

# A key that contains one of these holds a secret or personal data, whatever the value looks like.
PRIVATE_PARTS = (
    *(
        "authorization",
        "token",
        "secret",
        "password",
        "passwd",
        "cookie",
        "apikey",
        "credential",
        "signature",
    ),
    *("csrf", "dsn", "email", "phone", "address", "card"),
    *("firstname", "lastname", "fullname", "username", "customername"),
)
PRIVATE_KEYS = frozenset(
    {"name", "user", "to", "body", "payload", "data", "json", "query", "querystring", "headers", "params"}
    | {"args", "kwargs", "ip", "remoteaddr", "session"}
)
HARMLESS_KEYS = frozenset({"fencingtoken"})

EMAIL = r"(?<![\w.+%'-])[\w.+%'-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"
PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # PostgreSQL quotes whole rows in DETAIL; they may run over several lines.
    (re.compile(r"DETAIL:.*?(?=\n\n(?:The above|During)|\Z)", re.DOTALL), f"DETAIL: {REMOVED}"),
    (re.compile(r"\b(?:sk|rk|pk)_(?:test|live)_\w+"), REMOVED),
    (re.compile(r"\bwhsec_[\w+/=-]*"), REMOVED),
    (re.compile(r"\bkit_[0-9a-zA-Z]{12,}"), REMOVED),
    (re.compile(r"\bbearer\s+[^\s\"',;]+", re.IGNORECASE), f"Bearer {REMOVED}"),
    (re.compile(r"\bbasic\s+[A-Za-z0-9+/=_-]{12,}", re.IGNORECASE), f"Basic {REMOVED}"),
    (
        re.compile(
            # Only from the beginning of a word: begun at each letter, a long word would take minutes.
            r"((?<![\w-])[\w-]*"
            r"(?:authorization|password|passwd|secret|token|api[_-]?key|cookie|session(?:id)?)[\w-]*"
            r"[\"']?\s*[:=]\s*)(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s,;&}\"']+)",
            re.IGNORECASE,
        ),
        rf"\1{REMOVED}",
    ),
    (re.compile(r"(://)[^\s\"'<>/?#]*@"), rf"\1{REMOVED}@"),
    (re.compile(r"\?[\w.%\[\]-]+=[^\s\"')>]*"), f"?{REMOVED}"),
    (re.compile(r"(/status/)[^\s/?\"']+"), rf"\1{REMOVED}"),
    (re.compile(EMAIL), REMOVED),
)
CARD = re.compile(r"(?<!\w)\d(?:[ -]?\d){12,18}(?!\w)")

_secrets: set[str] = set()


def protect(values: Iterable[str]) -> None:
    """Remember this process's own secrets, so that they are removed in any wording or common encoding."""
    for value in values:
        if len(value) >= 8:
            _secrets.update(
                {value, quote(value, safe=""), base64.b64encode(value.encode()).decode().rstrip("=")}
            )


def redact_text(text: str) -> str:
    """The text without secrets, e-mail addresses, card numbers and URL queries; long texts are cut."""
    if len(text) > MAX_TEXT:
        # Cut at a space, so that no half of a secret stays unrecognised at the end.
        text = text[:MAX_TEXT].rpartition(" ")[0] + " [cut]"
    for secret in _secrets:
        text = text.replace(secret, REMOVED)
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return CARD.sub(_without_card, text)


def redact(value: Any, *, key: str = "", depth: int = 0) -> Any:
    """The value as JSON types, with private keys emptied and every text redacted."""
    if is_private(key) and value not in (None, "", True, False):
        return REMOVED
    if isinstance(value, Mapping | list | tuple | set | frozenset) and depth >= MAX_DEPTH:
        return REMOVED
    if isinstance(value, Mapping):
        pairs = ((str(each), inner) for each, inner in value.items())
        return {redact_text(each): redact(inner, key=each, depth=depth + 1) for each, inner in pairs}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(inner, depth=depth + 1) for inner in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, BaseException):
        return redact_text(f"{type(value).__name__}: {value}")
    if isinstance(value, float | datetime | date | UUID | Decimal):
        return str(value)
    # An object's repr may hold anything, so only its kind is told.
    return f"<{type(value).__name__}>"


def is_private(key: str) -> bool:
    """Whether a value under this key must not be shown."""
    plain = re.sub(r"[\W_]", "", key).lower()
    if plain in HARMLESS_KEYS:
        return False
    return plain in PRIVATE_KEYS or any(part in plain for part in PRIVATE_PARTS)


def _without_card(found: re.Match[str]) -> str:
    digits = [int(each) for each in found.group() if each.isdigit()]
    doubled = [sum(divmod(2 * each, 10)) for each in digits[-2::-2]]
    return REMOVED if (sum(digits[::-2]) + sum(doubled)) % 10 == 0 else found.group()
