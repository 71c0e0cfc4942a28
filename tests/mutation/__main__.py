"""`make mutation`: play the mutants of each target and say which survived.

Usage: python -m tests.mutation [TARGET...]   (names as in `targets.py`; all when none is given)
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.bringup.database import own_database
from tests.mutation.operators import Mutant, mutants
from tests.mutation.targets import TARGETS, Target

ROOT = Path(__file__).resolve().parents[2]
WORKERS = os.cpu_count() or 2
GOAL = 0.85
QUICKLY = ("-q", "-x", "-n", "0", "-p", "no:randomly", "-p", "no:cacheprovider", "--no-header", "--reuse-db")
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".dev", "__pycache__", ".*_cache", ".hypothesis")


class Workshop:
    """A copy of the tree with a database of its own, in which one mutant after the other is tried."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self._tree = folder / "tree"
        self.said = ""
        self._environ = os.environ | {"DATABASE_URL_TEST": database_url}
        shutil.copytree(ROOT, self._tree, ignore=NOT_COPIED)

    def passes(self, target: Target, source: str, *, seconds: float) -> bool:
        """Whether the target's tests pass with this source; too slow is noticed as well."""
        file = self._tree / target.file
        usual = file.read_text()
        file.write_text(source)
        # Bytecode is kept of the usual source only: a mutant of the same length and second would pass for it.
        environ = self._environ | {"PYTHONDONTWRITEBYTECODE": "" if source == usual else "1"}
        command = [sys.executable, "-m", "pytest", *QUICKLY, *target.tests]
        try:
            done = subprocess.run(
                command, cwd=self._tree, env=environ, capture_output=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired:
            return False
        finally:
            file.write_text(usual)
        self.said = (done.stdout + done.stderr).decode()[-2000:]
        return done.returncode == 0


def main(names: list[str]) -> int:
    """Try every mutant; exit 1 when fewer than the goal were noticed."""
    chosen = [each for each in TARGETS if not names or each.name.partition(":")[0] in names]
    if not chosen:
        print("No such target. There are:", ", ".join(sorted({each.name for each in TARGETS})))
        return 2
    survivors: dict[str, list[Mutant]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="launch-ready-mutation-")))
        shops = [Workshop(folder / str(n), stack.enter_context(own_database())) for n in range(WORKERS)]
        for target in chosen:
            survivors[target.name] = _try(target, shops)
    return _report(chosen, survivors)


def _try(target: Target, shops: list[Workshop]) -> list[Mutant]:
    """The mutants of one target that no test noticed."""
    waiting = deque(mutants((ROOT / target.file).read_text(), only=target.only))
    print(f"{target.name}: {len(waiting)} mutants", flush=True)
    with ThreadPoolExecutor(len(shops)) as pool:
        shifts = [pool.submit(_shift, target, waiting, shop) for shop in shops]
        return [mutant for shift in shifts for mutant in shift.result()]


def _shift(target: Target, waiting: deque[Mutant], shop: Workshop) -> list[Mutant]:
    """One workshop's part of them."""
    started = time.monotonic()
    if not shop.passes(target, (ROOT / target.file).read_text(), seconds=600):
        raise SystemExit(f"{target.name}: its tests fail without a mutant.\n{shop.said}")
    patience = 20 + 3 * (time.monotonic() - started)
    alive: list[Mutant] = []
    while True:
        try:
            mutant = waiting.popleft()
        except IndexError:
            return alive
        if shop.passes(target, mutant.source, seconds=patience):
            print(f"  alive: {target.file}, {mutant}", flush=True)
            alive.append(mutant)


def _report(chosen: list[Target], survivors: dict[str, list[Mutant]]) -> int:
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for target in chosen:
        made = sum(1 for _ in mutants((ROOT / target.file).read_text(), only=target.only))
        total = totals[target.name.partition(":")[0]]
        total[0] += made
        total[1] += made - len(survivors[target.name])
    for name, (made, killed) in totals.items():
        print(f"{name}: {killed} of {made} noticed, {killed / made:.0%}")
    return 0 if all(killed / made >= GOAL for made, killed in totals.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
