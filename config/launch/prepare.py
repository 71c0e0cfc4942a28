"""Tables, the sample catalogue and the development login; safe to run every time."""

import os

import django
from django.core.management import call_command

CATALOGUE = "integrations/sandbox/catalog.toml"


def main() -> None:
    """Everything that the processes expect to find."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    print("Preparing tables and the sample catalogue ...", flush=True)
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_catalog", CATALOGUE)
    _make_login(os.environ["DEVELOPMENT_LOGIN"], password=os.environ["DEVELOPMENT_PASSWORD"])


def _make_login(name: str, *, password: str) -> None:
    from django.contrib.auth.models import User

    user, _ = User.objects.get_or_create(username=name, defaults={"is_staff": True, "is_superuser": True})
    if not user.check_password(password):
        user.set_password(password)
        user.save()


if __name__ == "__main__":
    main()
