"""What is mutated, and which tests must notice."""

from dataclasses import dataclass

# The quick ones of the engine first: the first failure ends a mutant's turn.
ENGINE = tuple(
    f"tests/integrations/{name}.py"
    for name in (
        "engine/test_lease",
        "engine/test_may_run",
        "engine/test_overtaken",
        "engine/test_claim",
        "test_constraints",
        "engine/test_recording",
        "engine/test_versions",
        "engine/test_failures",
    )
)
LEDGER = ("tests/billing/ingest",)
INBOX = tuple(
    f"tests/billing/{name}.py"
    for name in (
        "test_claiming",
        "test_crashes",
        "test_our_faults",
        "test_one_read",
        "test_stripe_faults",
        "test_concurrency",
    )
)


@dataclass(frozen=True)
class Target:
    """Functions or constants of one file (all of it when none is named), and the tests that guard them."""

    name: str
    file: str
    tests: tuple[str, ...]
    only: tuple[str, ...] = ()


TARGETS = (
    Target(
        "signature",
        "billing/signature.py",
        ("tests/billing/ingest/test_signatures.py", "tests/billing/ingest/test_signature_age.py"),
    ),
    Target("dedupe", "billing/webhooks.py", LEDGER, only=("_STORE", "store", "_stored")),
    Target("dedupe: inbox", "billing/inbox.py", INBOX, only=("_answered",)),
    Target("dedupe: claiming", "billing/claiming.py", INBOX),
    Target("resolve", "customers/state.py", ("tests/customers", "tests/billing/test_lifecycle.py")),
    Target(
        "resolve: entitlement",
        "customers/models/entitlement.py",
        ("tests/customers", "tests/billing/test_clock.py", "tests/billing/test_lifecycle.py"),
        only=("lives", "standing", "gives_access", "access_until", "changes_at", "grace_ends_at", "_started"),
    ),
    Target("claim", "integrations/engine/claim.py", (*ENGINE, "tests/integrations/test_sweeper.py")),
    Target("fencing", "integrations/engine/record.py", ENGINE),
    Target(
        "retry",
        "integrations/retry.py",
        ("tests/integrations/test_retry.py", "tests/integrations/test_retry_figures.py"),
    ),
    Target(
        "redaction",
        "integrations/redaction.py",
        (
            "tests/integrations/test_redaction.py",
            "tests/integrations/test_redaction_keys.py",
            "tests/config/test_logs.py",
            "tests/config/test_sentry.py",
        ),
    ),
)
