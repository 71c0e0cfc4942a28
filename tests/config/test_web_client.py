"""What a client does not take of an answer at once: kept up to a megabyte, and waited for only beyond it."""

import socket
import threading
from collections.abc import Iterator

import pytest

from config.web_client import MOST_KEPT, PIECE, Client

ANSWER = bytes(range(251)) * 20_000  # 5 MB


@pytest.fixture
def ends() -> Iterator[tuple[Client, socket.socket]]:
    """Our end of a connection and the client's."""
    ours, theirs = socket.socketpair()
    with Client(ours, patience=0.3) as client, theirs:
        client.setblocking(True)  # as gunicorn does before it calls a thread
        yield client, theirs


def test_a_page_that_nobody_reads_holds_no_thread(ends: tuple[Client, socket.socket]) -> None:
    client, theirs = ends

    client.sendall(ANSWER[:MOST_KEPT])

    heard = b""
    while len(heard) < MOST_KEPT:
        heard += theirs.recv(PIECE)
        client.push()
    assert heard == ANSWER[:MOST_KEPT]
    assert not client.untaken


def test_a_large_export_is_sent_as_fast_as_it_is_read_and_not_kept(
    ends: tuple[Client, socket.socket],
) -> None:
    client, theirs = ends
    heard = bytearray()

    def read() -> None:
        while len(heard) < len(ANSWER) and (piece := theirs.recv(PIECE)):
            heard.extend(piece)

    reader = threading.Thread(target=read)
    reader.start()
    most = 0
    for start in range(0, len(ANSWER), PIECE):
        client.sendall(ANSWER[start : start + PIECE])
        most = max(most, len(client.untaken))
    while client.untaken:
        client.push()
    reader.join(10)

    assert heard == ANSWER
    assert most <= MOST_KEPT


def test_whoever_reads_nothing_of_a_large_export_is_left_as_if_gone(
    ends: tuple[Client, socket.socket],
) -> None:
    client, _ = ends

    with pytest.raises(BrokenPipeError):
        client.sendall(ANSWER)


def test_a_connection_that_was_closed_has_nothing_more_to_send(ends: tuple[Client, socket.socket]) -> None:
    client, _ = ends
    client.sendall(ANSWER[:MOST_KEPT])
    assert client.untaken

    client.close()

    assert not client.untaken
