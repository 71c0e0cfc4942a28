"""Who sends without end or never reads what was asked for holds nobody up, whatever the address."""

import itertools
import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.rude import Deaf, Drippers, ask, asked, narrow
from tests.chaos.steady import Steady, pings
from tests.processes import Product, until

pytestmark = pytest.mark.chaos

MANY = 20  # more than the web process has threads
QUICK = 0.5  # seconds, 95th percentile of good deliveries
MEGABYTE = 1_048_576
FORM = ("Cookie: csrftoken=" + "a" * 32, "Content-Type: multipart/form-data; boundary=x")
BEGUN = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n'
LARGE = "/static/admin/js/vendor/jquery/jquery.js"  # 285 KB; nothing larger is for everybody, save one


@pytest.fixture
def product(database_url: str, tmp_path: Path) -> Iterator[Product]:
    """Only a warm web process, whose temporary files are in `tmp_path`."""
    with Product(database_url, extra={"TMPDIR": str(tmp_path)}) as made:
        made.start("web")
        until(lambda: made.get("/healthz") == 200, seconds=90, what="/healthz answers 200")
        Steady(made).send(itertools.islice(pings(made), 20))
        yield made


def port(product: Product) -> int:
    return int(product.environ["PORT"])


def upload(path: str, length: int) -> bytes:
    return asked(f"POST {path}", *FORM, f"Content-Length: {length}")


def deliveries_beside(product: Product) -> Steady:
    steady = Steady(product, again=False)
    steady.send(itertools.islice(pings(product), 120))
    print(steady.report())
    return steady


def test_uploads_without_end_are_refused_by_their_head_and_delay_no_delivery(
    product: Product, tmp_path: Path
) -> None:
    before = set(tmp_path.rglob("*"))
    heads = [upload("/admin/login/", 10**10), upload("/healthz", 10**10)]
    with Drippers(port(product), [(head, BEGUN * 10) for head in heads] * (MANY // 2)) as drippers:
        steady = deliveries_beside(product)
        until(lambda: len(drippers.statuses) == MANY, seconds=5, what="all are sent away")

    print(f"refused after {max(drippers.took):.2f} s at most")
    assert steady.first == {200: 120}
    assert steady.p95 < QUICK
    assert Counter(drippers.statuses) == {413: MANY}
    assert max(drippers.took) < 2
    assert set(tmp_path.rglob("*")) == before


def test_an_upload_as_fast_as_it_can_be_sent_is_written_nowhere(product: Product, tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*"))

    assert ask(port(product), upload("/admin/login/", 10**10) + BEGUN + b"x" * 50 * MEGABYTE) == 413
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("path", ["/admin/login/", "/healthz", "/nowhere", "/api/support/tickets"])
def test_a_body_may_have_a_megabyte_and_not_a_byte_more(product: Product, path: str) -> None:
    for length, large in ((MEGABYTE, False), (MEGABYTE + 1, True), (1_100_001, True)):
        form = upload(path, length) + b"x" * length
        assert (ask(port(product), form) == 413) is large, length

    waits = upload(path, 10**10).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
    with narrow(port(product)) as link:
        link.sendall(waits)
        assert b"HTTP/1.1 413 " in everything(link)


def test_a_head_without_end_is_refused_and_holds_no_thread(product: Product) -> None:
    """Each of its lines is short enough; only that there are ever more of them is too much."""
    head = asked("GET /healthz")[:-2] + (b"X-More: " + b"y" * 8_000 + b"\r\n") * 9
    with Drippers(port(product), [(head, b"X-More: " + b"y" * 60)] * MANY) as drippers:
        steady = deliveries_beside(product)
        until(lambda: len(drippers.statuses) == MANY, seconds=5, what="all are sent away")

    assert steady.first == {200: 120}
    assert steady.p95 < QUICK
    assert Counter(drippers.statuses) == {431: MANY}


def test_who_never_reads_an_answer_delays_no_delivery_and_is_left(product: Product) -> None:
    with Deaf(port(product), asked(f"GET {LARGE}") * 50, many=MANY) as deaf:
        time.sleep(1)
        steady = deliveries_beside(product)
        assert product.get("/admin/login/") == 200
        waited = until(lambda: deaf.left() == MANY, seconds=60, what="the web process has left them")
        print(f"left {waited:.0f} s after the last delivery")

    assert steady.first == {200: 120}
    assert steady.p95 < QUICK


def test_who_reads_slowly_gets_everything_that_was_asked_for_in_its_order(product: Product) -> None:
    paths = [LARGE, "/healthz", "/admin/login/", LARGE]
    last = asked("GET /healthz", "Connection: close")
    with narrow(port(product)) as link:
        link.sendall(b"".join(asked(f"GET {path}") for path in paths) + last)
        heard = everything(link, pause=0.002)

    assert heard.count(b"HTTP/1.1 200 OK") == 5
    assert heard.count(b"jQuery JavaScript Library") == 2
    assert len(heard) > 2 * 285_314
    assert heard.endswith(b'{"status": "ok"}')


def everything(link: socket.socket, *, pause: float = 0.0) -> bytes:
    """All that is said until the other side closes, read in small pieces."""
    heard = b""
    while piece := link.recv(4096):
        heard += piece
        time.sleep(pause)
    return heard
