"""An unreadable message costs one log line; the worker goes on with the next."""

import base64
import json
import logging
import os
import pickle
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import pytest
from kombu import Connection, Consumer, Exchange, Message, Queue
from kombu.common import ignore_errors
from redis import Redis

from config.broker import FilesystemTransport, RedisTransport
from tests.chaos.redis import broker

QUEUE = Queue("work", Exchange("work"), routing_key="work")


def connect(folder: Path) -> Connection:
    FilesystemTransport.global_state.clear()  # as a fresh process would begin
    folder.mkdir(exist_ok=True)
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.02,
    }
    return Connection("filesystem://", transport=FilesystemTransport, transport_options=options)


def publish(connection: Connection, *numbers: int) -> None:
    producer = connection.Producer(serializer="json")
    for number in numbers:
        producer.publish({"n": number}, exchange=QUEUE.exchange, routing_key="work", declare=[QUEUE])


def consume(connection: Connection, count: int) -> list[int]:
    seen: list[int] = []

    def take(body: dict[str, int], message: object) -> None:
        seen.append(body["n"])
        message.ack()  # type: ignore[attr-defined]  # kombu's Message

    with Consumer(connection, queues=[QUEUE], callbacks=[take], accept=["json"]):
        while len(seen) < count:
            connection.drain_events(timeout=30)
    return seen


@pytest.mark.parametrize("garbage", [b"", b'{"body": "eyJ', b"[]", b'{"properties": {}}', b"\xff", b"null"])
def test_a_message_cut_short_is_passed_over(tmp_path: Path, garbage: bytes) -> None:
    folder = tmp_path / "broker"
    with connect(folder) as connection:
        publish(connection, 1)
        (folder / "!half.work.msg").write_bytes(garbage)

        assert consume(connection, 1) == [1]
        assert not list(folder.glob("*.msg"))


def test_a_name_appears_only_when_its_content_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    done, broken = Event(), []

    def look() -> None:
        while not done.is_set():
            for path in folder.glob("*.msg"):
                try:
                    json.loads(path.read_text())
                except ValueError as error:
                    broken.append(error)

    with connect(folder) as connection:
        watcher = Thread(target=look)
        watcher.start()
        publish(connection, *range(200))
        done.set()
        watcher.join()

        assert not broken
        assert sorted(consume(connection, 200)) == list(range(200))


def test_a_binding_cut_short_by_a_crash_is_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    with connect(folder) as connection:
        publish(connection, 1)
    (folder / "control" / "work.exchange").write_text('[["wo')

    with connect(folder) as connection:
        publish(connection, 2)

        assert sorted(consume(connection, 2)) == [1, 2]


PROBE = """
from config.celery import app
@app.task(name="probe")
def probe(path):
    open(path, "w").close()
app.worker_main(["worker", "--pool", "threads", "--concurrency", "1", "--without-gossip", "--without-mingle",
                 "--without-heartbeat"])
"""


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, (str(self.path),))


def envelope(body: bytes, content_type: str) -> str:
    properties = {
        "body_encoding": "base64",
        "delivery_tag": "t1",
        "delivery_info": {"exchange": "", "routing_key": "celery"},
    }
    headers = {"task": "probe", "id": "1", "lang": "py"}
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "content-type": content_type,
            "content-encoding": "binary" if "python" in content_type else "utf-8",
            "headers": headers,
            "properties": properties,
        }
    )


@pytest.mark.slow
def test_pickle_and_garbage_in_redis_run_nothing_and_the_worker_lives(redis_url: str, tmp_path: Path) -> None:
    bomb, done, log = tmp_path / "bomb", tmp_path / "done", tmp_path / "log"
    redis = Redis.from_url(redis_url)
    redis.lpush("celery", envelope(pickle.dumps(Bomb(bomb)), "application/x-python-serialize"))
    redis.lpush("celery", b"not json", b'{"properties": 7}', b"\xff")
    redis.lpush("celery", envelope(json.dumps([[str(done)], {}, {}]).encode(), "application/json"))
    with log.open("w") as written:
        environment = os.environ | {"REDIS_URL": redis_url}
        command = [sys.executable, "-c", PROBE]
        worker = subprocess.Popen(command, env=environment, stdout=written, stderr=written)
        try:
            deadline = time.monotonic() + 90
            while not done.exists() and time.monotonic() < deadline and worker.poll() is None:
                time.sleep(0.1)
            alive = worker.poll() is None
        finally:
            worker.terminate()
            worker.wait(60)
            redis.close()

    text = log.read_text()
    assert done.exists(), text
    assert alive, text
    assert not bomb.exists()
    assert text.count("broker message refused") == 1, text
    assert text.count("broker_message_refused") == 3, text
    assert str(bomb) not in text


def test_a_connection_that_broke_off_while_messages_were_out_can_be_closed(tmp_path: Path) -> None:
    """As Celery does after a loss, in this order; what is raised here would end its worker."""
    with broker(tmp_path) as redis:
        connection = Connection(redis.url, transport=RedisTransport, transport_options={"socket_timeout": 10})
        publish(connection, 1, 2)
        out: list[Message] = []
        consumer = Consumer(connection, queues=[QUEUE], on_message=out.append, accept=["json"])
        consumer.consume()
        told = Queue("told", Exchange("told", type="fanout"), auto_delete=True)  # as a worker is told things
        Consumer(connection.channel(), queues=[told]).consume()
        while len(out) < 2:
            connection.drain_events(timeout=30)
        with suppress(TimeoutError):
            connection.drain_events(timeout=0.1)  # it waits for the next one when Redis goes
        redis.kill()

        connection.collect()
        ignore_errors(connection, connection.close)

        for message in out:
            message.ack_log_error(logging.getLogger(__name__), connection.connection_errors)
        redis.start()
