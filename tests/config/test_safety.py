"""A process with an unsafe or missing setting does not start, and says which without telling its value."""

import signal

import pytest

from config.safety import problems
from tests.config.production import GOOD, run

WEB = "import config.wsgi"
WORKER = "from config.celery import app; app.conf.task_serializer"
LIVE = "_live_madeupmadeup"
DEVELOPMENT = GOOD | {"ENVIRONMENT": "development"}

BROKEN = [
    # an empty or malformed signing secret
    ("STRIPE_WEBHOOK_SECRETS", None),
    ("STRIPE_WEBHOOK_SECRETS", ""),
    ("STRIPE_WEBHOOK_SECRETS", "   "),
    ("STRIPE_WEBHOOK_SECRETS", "whsec_"),
    ("STRIPE_WEBHOOK_SECRETS", "madeupmadeupmadeupmadeup"),
    ("STRIPE_WEBHOOK_SECRETS", f"{GOOD['STRIPE_WEBHOOK_SECRETS']},"),
    ("STRIPE_WEBHOOK_SECRETS", f"{GOOD['STRIPE_WEBHOOK_SECRETS']},whsec_"),
    ("KIT_WEBHOOK_SECRETS", ""),
    ("KIT_WEBHOOK_SECRETS", "short"),
    # keys
    ("STRIPE_API_KEY", None),
    ("STRIPE_API_KEY", "pk_test_madeupmadeup"),
    ("STRIPE_API_KEY", "madeup"),
    ("STRIPE_API_KEY", "sk_test_"),
    ("CIRCLE_API_TOKEN", " "),
    ("KIT_API_KEY", ""),
    ("SECRET_KEY", None),
    ("SECRET_KEY", ""),
    ("SECRET_KEY", "madeup"),
    ("SECRET_KEY", "a" * 60),
    ("SECRET_KEY", "django-insecure-" + "abcdefghij" * 5),
    # the web
    ("DEBUG", "true"),
    ("DEBUG", "1"),
    ("ALLOWED_HOSTS", None),
    ("ALLOWED_HOSTS", "*"),
    ("ALLOWED_HOSTS", "office.example.com, *"),
    ("BASE_URL", None),
    ("BASE_URL", "http://office.example.com"),
    ("BASE_URL", "office.example.com"),
    ("STRIPE_API_BASE", "http://api.example.com"),
    ("CIRCLE_API_BASE", "http://api.example.com"),
    ("KIT_API_BASE", "http://api.example.com"),
    ("KIT_API_BASE", "file:///etc/passwd"),
    ("ALERT_WEBHOOK_URL", "file:///etc/passwd"),
    ("ALERT_WEBHOOK_URL", "https://127.0.0.1/hook"),
    ("ALERT_WEBHOOK_URL", "https://localhost/hook"),
    ("ALERT_WEBHOOK_URL", "https://[::1]/hook"),
    ("ALERT_WEBHOOK_URL", "https://[::ffff:169.254.169.254]/hook"),
    ("ALERT_WEBHOOK_URL", "https://169.254.169.254/latest/meta-data"),
    ("ALERT_WEBHOOK_URL", "https://10.1.2.3/hook"),
    ("ALERT_WEBHOOK_URL", "https://192.168.0.9:8443/hook"),
    ("ALERT_WEBHOOK_URL", "https://2130706433/hook"),
    ("ALERT_WEBHOOK_URL", "https://0x7f000001/hook"),
    ("ALERT_WEBHOOK_URL", "https://127.1/hook"),
    ("ALERT_WEBHOOK_URL", "https://somebody@chat.internal/hook"),
    ("ALERT_WEBHOOK_URL", "https://redis/hook"),
    ("KIT_API_BASE", "https://127.0.0.1/v4"),
    ("TRUSTED_PROXIES", "everybody"),
    # a switch of the tests
    ("FAILPOINT", "before_commit"),
    # databases and brokers
    ("DATABASE_URL", None),
    ("DATABASE_URL", "sqlite:///db.sqlite3"),
    ("DATABASE_URL", "mysql://app:pw@db.example.com/launch"),
    ("DATABASE_URL", "postgresql://app:pw@db.example.com:notaport/launch"),
    ("REDIS_URL", None),
    ("REDIS_URL", "amqp://broker.example.com"),
    ("CELERY_ACCEPT_CONTENT", "pickle"),
    ("CELERY_ACCEPT_CONTENT", "json,pickle"),
]


def changed(values: dict[str, str], name: str, value: str | None) -> dict[str, str]:
    rest = {each: kept for each, kept in values.items() if each != name}
    return rest if value is None else rest | {name: value}


@pytest.mark.parametrize(("name", "value"), BROKEN)
def test_production_refuses_one_bad_setting_and_names_only_it(name: str, value: str | None) -> None:
    found = problems(changed(GOOD, name, value))

    assert len(found) == 1
    assert found[0].startswith(name)
    assert "madeup" not in found[0]


@pytest.mark.parametrize("value", [None, "", " ", "whsec_", "madeup"])
def test_development_refuses_a_bad_signing_secret_too(value: str | None) -> None:
    assert len(problems(changed(DEVELOPMENT, "STRIPE_WEBHOOK_SECRETS", value))) == 1


def test_a_live_key_needs_production() -> None:
    assert problems(DEVELOPMENT | {"STRIPE_API_KEY": "sk" + LIVE})
    assert not problems(GOOD | {"STRIPE_API_KEY": "sk" + LIVE})
    assert not problems(GOOD | {"STRIPE_API_KEY": "rk" + LIVE})


def test_development_may_speak_http_and_do_without_redis() -> None:
    local = {name: value for name, value in DEVELOPMENT.items() if name not in {"REDIS_URL", "BASE_URL"}}

    assert not problems(local | {"STRIPE_API_BASE": "http://127.0.0.1:9100/stripe", "DEBUG": "true"})


def test_alert_mails_need_a_way_to_be_mailed() -> None:
    mails = GOOD | {"ALERT_EMAILS": "founder@example.com"}

    assert any("EMAIL_URL" in each for each in problems(mails))
    assert not problems(mails | {"EMAIL_URL": "smtps://user:madeup@mail.example.com:465"})


def test_an_environment_that_is_not_named_is_production() -> None:
    assert problems(changed(GOOD, "ENVIRONMENT", None) | {"DEBUG": "true"})
    assert problems(GOOD | {"ENVIRONMENT": "staging"}) == ["ENVIRONMENT must be development or production"]


def test_several_secrets_are_valid_during_a_rotation() -> None:
    both = f"{GOOD['STRIPE_WEBHOOK_SECRETS']}, whsec_{'another' * 4}"

    assert not problems(GOOD | {"STRIPE_WEBHOOK_SECRETS": both})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STRIPE_WEBHOOK_SECRETS", "whsec_"),
        ("ALLOWED_HOSTS", "*"),
        ("DEBUG", "on"),
        ("SECRET_KEY", "django-insecure-madeup"),
        ("CELERY_ACCEPT_CONTENT", "pickle"),
        ("KIT_API_BASE", "http://kit.example.com"),
        ("DATABASE_URL", "mysql://app:hidden-part@db.example.com/launch"),
    ],
)
@pytest.mark.parametrize("process", [WEB, pytest.param(WORKER, marks=pytest.mark.slow)])
def test_the_process_ends_with_an_error(process: str, name: str, value: str) -> None:
    ended = run(process, GOOD | {name: value})

    assert ended.returncode != 0
    assert name in ended.stderr
    assert "hidden-part" not in ended.stderr
    assert "django-insecure-madeup" not in ended.stderr


def test_the_process_starts_with_good_values() -> None:
    ended = run("import config.wsgi", GOOD)

    assert ended.returncode == 0, ended.stderr


def test_alerts_may_go_to_an_address_on_the_internet() -> None:
    for address in ("https://hooks.example.com/services/x", "https://1.1.1.1/hook"):
        assert problems(GOOD | {"ALERT_WEBHOOK_URL": address}) == []
    inside = {"ALERT_WEBHOOK_URL": "http://127.0.0.1:9/hook"}
    assert problems(DEVELOPMENT | inside) == []


def test_a_failpoint_cannot_be_armed_in_production() -> None:
    reached = "from integrations.failpoints import reach; reach('before_commit'); print('alive')"
    armed = GOOD | {"FAILPOINT": "before_commit"}

    assert run(reached, armed).stdout == "alive\n"
    assert run(reached, changed(armed, "ENVIRONMENT", None)).stdout == "alive\n"
    assert run(reached, armed | {"ENVIRONMENT": "development"}).returncode == -signal.SIGKILL


def test_a_secret_may_begin_with_a_dollar_sign() -> None:
    key = "$" + GOOD["SECRET_KEY"]

    ended = run("from django.conf import settings; print(settings.SECRET_KEY)", GOOD | {"SECRET_KEY": key})

    assert ended.stdout.strip() == key


def test_pickle_cannot_come_back_through_celerys_own_configuration() -> None:
    ended = run("from config.celery import app; app.conf.accept_content = ['pickle']; app.finalize()", GOOD)

    assert ended.returncode != 0
    assert "json only" in ended.stderr


def test_production_passes_djangos_deployment_check() -> None:
    check = "import sys; from django.core.management import execute_from_command_line as run; "
    ended = run(check + "run(['manage.py', 'check', '--deploy', '--fail-level', 'WARNING'])", GOOD)

    assert ended.returncode == 0, ended.stderr
