"""Nothing that looks like a real credential is in the repository, and the scan can see one."""

import secrets
import string

import pytest

from tests.quality.secret_scan import findings, scan
from tests.quality.tracked import tracked

HIDDEN = str.maketrans(dict.fromkeys(string.ascii_letters + string.digits, "x"))
LETTERS = string.ascii_letters + string.digits


def random_text(length: int) -> str:
    """Random, with a digit in it: put together here, so that this file holds no secret itself."""
    return "7" + "".join(secrets.choice(LETTERS) for _ in range(length - 1))


def test_the_repository_holds_no_secret() -> None:
    assert scan(tracked()) == []


@pytest.mark.parametrize(
    "line",
    [
        "STRIPE_API_KEY=sk_" + "live_" + random_text(24),
        "key: rk_" + "live_" + random_text(24),
        "sk_" + "test_" + random_text(40),
        "sk_" + "test_madeup" + random_text(10),
        "whsec_" + random_text(32),
        "AK" + "IA" + "Q7" * 8,
        "gh" + "p_" + random_text(36),
        "xox" + "b-" + random_text(24),
        "eyJ" + random_text(20) + ".eyJ" + random_text(30) + "." + random_text(20),
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "DATABASE_URL=postgresql://app:" + random_text(16) + "@db.example.com/app",
        f'KIT_API_KEY = "{random_text(40)}"',
        f"'password': '{random_text(40)}'",
    ],
    # Parallel workers must agree on the names of the tests, and a report must not print what looks real.
    ids=lambda line: line.translate(HIDDEN)[:24],
)
def test_a_credential_is_found_and_not_repeated(line: str) -> None:
    (found, *_) = findings(line)
    assert found[0] == 1
    assert line not in found[1]


@pytest.mark.parametrize(
    "line",
    [
        "sk_live_...",
        'f"sk_test_madeup{secrets.token_hex(8)}"',
        "postgresql://app:made-up-password@127.0.0.1/app",
        'f"whsec_{secrets.token_hex(16)}"',
        "postgresql://postgres@/launch_ready?host=/tmp/socket",
        'credential = "CIRCLE_API_TOKEN"',
        'token = "support.customers.can_view_the_screen"',
    ],
)
def test_what_only_names_or_imitates_a_secret_passes(line: str) -> None:
    assert list(findings(line)) == []
