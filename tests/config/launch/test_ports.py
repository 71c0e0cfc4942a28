"""A port that is taken is no reason not to start."""

import socket

import pytest

from config.launch.ports import free_port


def test_the_next_free_port_is_taken_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        taken = somebody.getsockname()[1]
        chosen = free_port(taken)
    assert chosen > taken
    assert f"Port {taken} is taken, using {chosen} instead." in capsys.readouterr().out
