"""A closed-loop sender of signed events: so many connections, each one request at a time."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Load:
    """What one run of the sender saw; durations in milliseconds, `seconds` of the whole run."""

    seconds: float = 0.0
    durations: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return self.answers[200] / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        ordered = sorted(self.durations)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def send(url: str, *, secret: str, connections: int, seconds: float) -> Load:
    """Post fresh events for so many seconds and note every answer."""
    return asyncio.run(_send(url, secret=secret, connections=connections, seconds=seconds))


def event() -> bytes:
    """About 5 KB, as a subscription event is; every id is new."""
    token = secrets.token_hex(12)
    return json.dumps(
        {
            "id": f"evt_bench{token}",
            "object": "event",
            "type": "customer.subscription.updated",
            "livemode": False,
            "api_version": "2026-10-28.endive",
            "created": int(time.time()),
            "data": {
                "object": {
                    "id": f"sub_bench{token}",
                    "object": "subscription",
                    "metadata": {f"key_{number}": "x" * 90 for number in range(45)},
                }
            },
        }
    ).encode()


async def _send(url: str, *, secret: str, connections: int, seconds: float) -> Load:
    load = Load()
    started = time.perf_counter()
    await asyncio.gather(
        *(_one(url, secret=secret.encode(), end=started + seconds, load=load) for _ in range(connections))
    )
    load.seconds = time.perf_counter() - started
    return load


async def _one(url: str, *, secret: bytes, end: float, load: Load) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    while time.perf_counter() < end:
        body = event()
        request = _request(parts.path, body, secret=secret)
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        load.durations.append((time.perf_counter() - began) * 1000)
        load.answers[int(head[9:12])] += 1
        if b"connection: close" in head.lower():  # servers without threads keep none open
            writer.close()
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.close()


def _request(path: str, body: bytes, *, secret: bytes) -> bytes:
    at = int(time.time())
    mac = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Stripe-Signature: t={at},v1={mac}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
