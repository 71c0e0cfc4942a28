"""When the web worker gives a request a thread: when it is whole, or when waiting for the rest is no use."""

import pytest

from config.web_worker import LARGEST_BODY, missing


def head(*lines: str) -> bytes:
    return "\r\n".join(("POST / HTTP/1.1", "Host: shop", *lines, "", "")).encode()


@pytest.mark.parametrize(
    ("received", "still"),
    [
        (b"", 1),
        (b"GET / HTTP/1.1\r\nHost: sh", 1),
        (head(), 0),
        (head("Content-Length: 3"), 3),
        (head("Content-Length: 3") + b"ab", 1),
        (head("content-length:3") + b"abc", 0),
        (head("Content-Length: 0000000003  ") + b"ab", 1),
        (head("Content-Length: 3") + b"abcGET / HT", 0),
    ],
)
def test_a_thread_is_taken_when_the_whole_request_has_arrived(received: bytes, still: int) -> None:
    assert missing(received) == still


@pytest.mark.parametrize(
    "received",
    [
        head(f"Content-Length: {LARGEST_BODY + 1}"),
        head("Content-Length: " + "9" * 5_000),
        head("Transfer-Encoding: chunked"),
        b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000,
    ],
    ids=["too large", "absurdly large", "chunked", "a head without end"],
)
def test_what_will_be_refused_anyway_is_not_waited_for(received: bytes) -> None:
    assert missing(received) is None
