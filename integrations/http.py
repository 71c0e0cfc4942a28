"""One HTTP call to a provider: pooled, bounded in time and size, its failures named for what to do next."""

import json as jsonlib
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol

import requests
from django.conf import settings
from requests import exceptions as broken
from urllib3.exceptions import (
    HTTPError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
)

from integrations import deadline
from integrations.errors import InDoubt, ProviderError, Rejected, TryAgain

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
MOST_BYTES = 1_048_576
LONGEST_WISH = 300.0
TOO_SLOW_OR_EARLY = (408, 425)  # about the moment, never about what was asked
_own = threading.local()


class Permission(Protocol):
    """Asked before each call, told after it; `limiter.Gate` is the real one."""

    def enter(self) -> None: ...
    def answered(self, status: int, wait: float | None = None) -> float | None: ...
    def failed(self) -> None: ...


@dataclass(frozen=True)
class Answer:
    """An answer for the connector to judge. `data` is None when there was no JSON body."""

    status: int
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Http:
    """Calls below one base address with one set of headers, each asked of the gate first."""

    def __init__(
        self, base: str, *, headers: Mapping[str, str], gate: Permission, seconds: float = TOTAL_SECONDS
    ) -> None:
        self._base = base.rstrip("/")
        self._seconds = seconds
        self._headers = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        self._gate = gate

    def request(self, method: str, path: str, *, params: Any = None, json: Any = None) -> Answer:
        """The provider's answer; a 4xx about what was asked is returned for the connector to judge.

        Raises: NotNow (ours), TryAgain (429, 5xx, nothing was sent, stopped on the way), InDoubt (sent, no
        readable answer), Rejected (a redirect, which is never followed).
        """
        self._gate.enter()
        try:
            status, headers, body = self._exchange(method, path, params=params, json=json)
        except ProviderError:
            self._gate.failed()
            raise
        return self._read(method, status, headers=headers, body=body)

    def _exchange(
        self, method: str, path: str, *, params: Any, json: Any
    ) -> tuple[int, Mapping[str, str], bytes | None]:
        deadline.start(self._seconds)
        try:
            with _session(self._base).request(
                method,
                self._base + path,
                params=params,
                json=json,
                headers=self._headers,
                timeout=(min(CONNECT_SECONDS, self._seconds), self._seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = response.raw.read(MOST_BYTES + 1, decode_content=False)
                return response.status_code, response.headers, _decoded(body, response.headers)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _named(error, method) from None  # the original names the address and its query

    def _read(self, method: str, status: int, *, headers: Mapping[str, str], body: bytes | None) -> Answer:
        if status == 429:
            wait = self._gate.answered(status, asked_wait(headers.get("Retry-After", "")))
            raise TryAgain("rate_limited", "The provider asked us to slow down.", wait=wait, http_status=429)
        if status >= 500:
            self._gate.failed()
            words = f"The provider had a failure of its own ({status})."
            wait = asked_wait(headers.get("Retry-After", ""))
            raise TryAgain(f"http_{status}", words, wait=wait, http_status=status)
        try:
            data = None if body == b"" else _parsed(body)
            readable = True
        except (ValueError, RecursionError):
            data, readable = None, False
        trouble = _trouble(method, status, data=data, readable=readable)
        if trouble is not None:
            self._gate.failed()
            raise trouble
        self._gate.answered(status)
        if 300 <= status < 400:
            raise Rejected(
                "redirected",
                "The provider answered with a redirect, which we never follow.",
                http_status=status,
            )
        return Answer(status, data, headers)


def asked_wait(text: str, *, now: datetime | None = None) -> float | None:
    """Seconds of a Retry-After header (a number or a date), at most 300; None when absent or absurd."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            at = parsedate_to_datetime(text)
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            seconds = (at - (now or datetime.now(UTC))).total_seconds()
        except (ValueError, OverflowError, TypeError):  # a zone or a year that no clock has
            return None
    return min(seconds, LONGEST_WISH) if seconds > 0 else None


def _session(base: str) -> requests.Session:
    """This thread's pooled session for one base; no proxies from the environment, no cookies."""
    sessions: dict[str, requests.Session] = _own.__dict__.setdefault("sessions", {})
    if base not in sessions:
        session = requests.Session()
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers["User-Agent"] = f"LaunchReady/{settings.RELEASE_VERSION}"
        for scheme in ("https://", "http://"):
            session.mount(scheme, deadline.DeadlineAdapter(pool_connections=2, pool_maxsize=2, max_retries=0))
        sessions[base] = session
    return sessions[base]


def _decoded(body: bytes, headers: Mapping[str, str]) -> bytes | None:
    """The body without compression, None when it is too large or packed in a way we did not ask for."""
    encoding = headers.get("Content-Encoding", "identity").lower()
    if encoding in ("gzip", "deflate"):
        try:
            body = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, MOST_BYTES + 1)
        except zlib.error:
            return None
    elif encoding not in ("identity", ""):
        return None
    return body if len(body) <= MOST_BYTES else None


def _parsed(body: bytes | None) -> Any:
    if body is None:
        raise ValueError("too large")
    data = jsonlib.loads(body)
    if not isinstance(data, dict | list):
        raise ValueError("not an object")
    return data


def _trouble(method: str, status: int, *, data: Any, readable: bool) -> ProviderError | None:
    """What makes an answer no word of the provider's own: it says nothing about what was asked."""
    if status in TOO_SLOW_OR_EARLY:
        code, words = f"http_{status}", f"The provider did not take the call in time ({status})."
    elif status == 403 and data is None:  # a firewall's page; the providers refuse in JSON
        words = "Something in front of the provider stopped the call (403)."
        return TryAgain("edge_refused", words, http_status=status)
    elif 200 <= status < 300 and not readable:
        code, words = "unreadable", "The provider's answer could not be read."
    else:
        return None
    return (TryAgain if method == "GET" else InDoubt)(code, words, http_status=status)


def _named(error: Exception, method: str) -> ProviderError:
    """Our error for one of the library's: was anything sent, and so may anything have happened?"""
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    if isinstance(error, broken.SSLError):
        return TryAgain("tls", "The provider's certificate or encryption is wrong.")
    if isinstance(error, broken.ConnectTimeout):
        return TryAgain("connect_timeout", "The provider did not accept a connection in time.")
    if isinstance(reason, NameResolutionError):
        return TryAgain("dns", "The provider's address could not be found.")
    if isinstance(reason, NewConnectionError):
        return TryAgain("refused", "The provider refused the connection.")
    broke_off = isinstance(reason, ProtocolError) or isinstance(error, broken.ChunkedEncodingError)
    code, words = ("reset", "The connection broke before the answer arrived.")
    if not broke_off:
        code, words = ("timeout", "The provider did not answer in time.")
    return TryAgain(code, words) if method == "GET" else InDoubt(code, words)
