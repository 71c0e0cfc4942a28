"""Celery transports for which an unreadable message costs one log line, never the worker."""

import os
import uuid
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

import structlog
from kombu.transport import filesystem, redis
from kombu.utils.json import dumps, loads

log = structlog.get_logger("config.broker")

# What decoding or unpacking garbage raises; a broken connection is none of these and goes on to Celery.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)


class FilesystemChannel(filesystem.Channel):
    """Kombu's channel with whole files only: a name appears once its content is complete."""

    def _put(self, queue: str, payload: dict[str, Any], **_: Any) -> None:  # type: ignore[override]
        name = f"{round(monotonic() * 1000):015d}_{uuid.uuid4()}.{queue}.msg"
        write_whole(Path(self.data_folder_out) / name, content=payload)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for path in sorted(Path(self.data_folder_in).iterdir()):
            if path.name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = path.with_name(f".{path.name}.taken")
            try:
                path.rename(taken)
            except FileNotFoundError:  # another worker was faster
                continue
            text = taken.read_bytes()
            taken.unlink()
            try:
                payload = loads(text)
                self.Message(payload, channel=self)
            except UNREADABLE as error:
                refused(error)
                continue
            return payload
        raise Empty

    def get_table(self, exchange: str) -> list[Any]:
        try:
            return list(super().get_table(exchange))
        except ValueError:  # cut short by a crash; binding writes it anew
            return []

    def _queue_bind(
        self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None
    ) -> None:
        self.control_folder.mkdir(parents=True, exist_ok=True)
        bound = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        table = self.get_table(exchange)
        if bound not in table:
            file: Path = self._exchange_file(exchange)  # type: ignore[attr-defined]  # the stubs lag behind kombu
            write_whole(file, content=[bound, *table])


class FilesystemTransport(filesystem.Transport):
    """The broker of a machine without Redis."""

    Channel = FilesystemChannel


class RedisChannel(redis.Channel):
    """Kombu's channel, surviving what is not a message at all."""

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]  # absent from the stubs
        except UNREADABLE as error:
            refused(error)
            raise Empty from None

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        """After a loss Celery closes a connection twice. A channel whose first closing failed wants to give
        messages back at the second, when nobody knows the address any more: a lost connection, which Celery
        bears, and not the AttributeError that ended its worker."""
        if self.connection.client is None:
            raise ConnectionError("the connection was closed meanwhile")
        params: dict[str, Any] = super()._connparams(asynchronous=asynchronous)  # type: ignore[misc]
        return params


class RedisTransport(redis.Transport):
    """The broker of production."""

    Channel = RedisChannel


def write_whole(path: Path, *, content: Any) -> None:
    """Write beside, then rename: a reader meets the whole file or none."""
    fresh = path.with_name(f".{uuid.uuid4()}.new")
    fresh.write_text(dumps(content))
    os.replace(fresh, path)


def refused(error: Exception) -> None:
    """Say that a message was dropped, and nothing of what was in it."""
    log.critical("broker_message_refused", reason=type(error).__name__)
