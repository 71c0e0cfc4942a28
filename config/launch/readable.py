"""A process's JSON log line as a person reads it in a terminal."""

import json
import re

# Said for every single task, several times a second.
CHATTER = ("celery.worker.strategy", "celery.app.trace", "celery.beat")
ACCESS = "gunicorn.access"
ANSWERED_WELL = re.compile(r"\S+ \S+ [123]\d\d ")  # a hundred of these would bury the address and the login
BESIDE_THE_POINT = ("event", "level", "logger", "timestamp")


def readable(line: str) -> str | None:
    """Plain lines stay as they are; None is a line that nobody misses."""
    try:
        entry = json.loads(line) if line.startswith("{") else None
    except ValueError:
        return line
    if not isinstance(entry, dict) or "event" not in entry:
        return line
    level = str(entry.get("level", "info"))
    if level == "info" and _is_chatter(str(entry.get("logger")), str(entry["event"])):
        return None
    shown = " ".join(f"{key}={value}" for key, value in entry.items() if key not in BESIDE_THE_POINT)
    return f"{'' if level == 'info' else level.upper() + ' '}{entry['event']} {shown}".rstrip()


def _is_chatter(logger: str, event: str) -> bool:
    return logger in CHATTER or (logger == ACCESS and ANSWERED_WELL.match(event) is not None)
