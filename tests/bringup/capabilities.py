"""What a machine may lack: such tests are skipped by name, and the run ends with a loud list of them."""

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import NoReturn

import pytest

MARK = "NOT RUN"
SHARED = ("STRIPE_CORPUS_DIR", "STRIPE_SCENARIOS_FILE", "KIT_OPENAPI_FILE", "CIRCLE_OPENAPI_FILE")


def not_run(capability: str, *, why: str) -> NoReturn:
    """Skip this test, or the module that is being collected, because the machine lacks something."""
    pytest.skip(f"{MARK} [{capability}] {why}", allow_module_level=True)


def shared_path(setting: str) -> Path:
    """The file or folder that an environment variable names, or skip."""
    value = os.environ.get(setting, "")
    if not value:
        not_run(setting, why="is not set")
    path = Path(value)
    assert path.exists(), f"{setting} names a path that does not exist"
    return path


def chromium() -> str:
    """The path of a Chromium from the machine's packages, or skip."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return found or not_run("chromium", why="no such program")


def lacking() -> list[str]:
    """The capabilities that this machine does not have."""
    lacks = [name for name in SHARED if not os.environ.get(name)]
    if not (os.environ.get("REDIS_URL_TEST") or shutil.which("redis-server")):
        lacks.append("redis")
    if not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        lacks.append("chromium")
    return lacks


def pytest_report_header() -> str:
    return f"lacking: {', '.join(lacking()) or 'nothing'}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End with a section that names each gap, so that nobody takes a thin run for a full one."""
    cost = Counter(_capability(report) for report in terminalreporter.getreports("skipped"))
    cost.update(dict.fromkeys(lacking(), 0))
    if cost:
        terminalreporter.section(MARK, sep="!", red=True, bold=True)
    if "not slow" in terminalreporter.config.option.markexpr:
        terminalreporter.write_line("slow tests were left out; THOROUGH=1 make test runs them, as CI does")
    for capability in sorted(cost):
        terminalreporter.write_line(f"{capability}: {cost[capability]} tests or modules not run", red=True)


def _capability(report: pytest.TestReport | pytest.CollectReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    named = reason.removeprefix("Skipped: ")
    if named.startswith(f"{MARK} ["):
        return named.split("[", 1)[1].split("]", 1)[0]
    return f"other ({named})"
