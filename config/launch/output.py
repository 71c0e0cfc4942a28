"""What the processes say, line by line, each with its name in its colour."""

import os
import subprocess
import sys
import threading
from typing import IO

from config.launch.readable import readable

COLOURS = {"sandbox": 35, "web": 32, "worker": 36, "beat": 33}
WIDTH = max(map(len, COLOURS))


class Output:
    """One terminal for several processes; survives the terminal going away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: list[threading.Thread] = []
        self._coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def follow(self, process: subprocess.Popen[bytes], *, name: str) -> None:
        """Print the process's lines until it closes its output."""
        assert process.stdout is not None
        reader = threading.Thread(target=self._copy, args=(process.stdout, name), daemon=True)
        self._readers.append(reader)
        reader.start()

    def say(self, sentence: str) -> None:
        """A line of the launcher's own."""
        self._print(sentence)

    def close(self) -> None:
        """Wait for the last lines."""
        for reader in self._readers:
            reader.join(timeout=1)

    def _copy(self, lines: IO[bytes], name: str) -> None:
        with lines:
            for line in lines:
                text = readable(line.decode(errors="replace").rstrip())
                if text is not None:
                    self._print(self._prefix(name) + text)

    def _prefix(self, name: str) -> str:
        if not name:
            return ""
        text = f"{name:<{WIDTH}} | "
        return f"\033[{COLOURS.get(name, 37)}m{text}\033[0m" if self._coloured else text

    def _print(self, text: str) -> None:
        with self._lock:
            try:
                print(text, flush=True)
            except OSError:
                # The terminal is gone: keep reading, so that no process blocks on a full pipe.
                sys.stdout = open(os.devnull, "w")  # noqa: SIM115
