"""The secret scan: nothing that looks like a real credential may be in the repository."""

import math
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.quality.tracked import ROOT, tracked

# Written so that no pattern matches itself.
PATTERNS = {
    "live Stripe key": r"\b[sr]k_live_[0-9A-Za-z]{4,}",
    "Stripe test key": r"\b[sr]k_test_[0-9A-Za-z]{10,}",
    "Stripe signing secret": r"\bwhsec_[0-9A-Za-z+/=]{16,}",
    "AWS key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub token": r"\bgh[pousr]_[0-9A-Za-z]{30,}|\bgithub_pat_[0-9A-Za-z_]{30,}",
    "Slack token": r"\bxox[abprs]-[0-9A-Za-z-]{10,}",
    "Google key": r"\bAIza[0-9A-Za-z_-]{35}",
    "JSON web token": r"\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.",
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY",
}
PASSWORD = re.compile(r"\b(?:postgres(?:ql)?|rediss?|amqps?|https?)://[^\s:/@'\"{}]*:([^\s@'\"{}<]{6,})@")
ASSIGNED = re.compile(
    r"(?i)(?:secret|token|passw(?:or)?d|api_?key|credential)[a-z_]*[\"']?\s*[:=]\s*[\"']([0-9A-Za-z+/=_-]{20,})[\"']"
)
ENTROPY_BITS = 4.0
# A password or token that says of itself that it is invented; a provider's key may not be imitated at all.
MADE_UP = re.compile(r"(?i)made.?up|fake|example|dummy|invented|canary|not.?real|placeholder")
SKIPPED_SUFFIXES = {".png", ".ico", ".woff2", ".gz"}
# Hashes of published packages: long, random and public.
SKIPPED_NAMES = {"requirements.txt", "requirements-dev.txt"}


def findings(text: str) -> Iterator[tuple[int, str]]:
    """Line number and kind of each thing that looks like a secret; never the thing itself."""
    for number, line in enumerate(text.splitlines(), start=1):
        yield from ((number, kind) for kind, pattern in PATTERNS.items() if re.search(pattern, line))
        if any(not MADE_UP.search(match.group(1)) for match in PASSWORD.finditer(line)):
            yield number, "address with a password"
        if any(_looks_random(match.group(1)) for match in ASSIGNED.finditer(line)):
            yield number, "random value given to something secret"


def _looks_random(value: str) -> bool:
    return not MADE_UP.search(value) and any(map(str.isdigit, value)) and entropy(value) >= ENTROPY_BITS


def entropy(value: str) -> float:
    """Shannon entropy in bits per character."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())


def scan(files: list[Path]) -> list[str]:
    """`file:line kind` for everything found."""
    found = []
    for file in files:
        if file.suffix not in SKIPPED_SUFFIXES and file.name not in SKIPPED_NAMES:
            text = file.read_text(errors="replace")
            found += [f"{file.relative_to(ROOT)}:{line} {kind}" for line, kind in findings(text)]
    return found


if __name__ == "__main__":
    found = scan(tracked())
    print("\n".join(found) or "Nothing in the repository looks like a secret.")
    sys.exit(bool(found))
