"""Unique strings in the place of every secret and of one person, and the search for them in any coding."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Canaries:
    """Name of the canary to its text. Secrets may be nowhere; the person only in tables and admin pages."""

    secrets: Mapping[str, str]
    person: Mapping[str, str]

    @classmethod
    def hatched(cls) -> "Canaries":
        mark = secrets.token_hex(6)
        return cls(
            secrets={
                "Stripe key": f"sk_test_canary{mark}StripeKey",
                "signing secret": f"whsec_canary{mark}Signing",
                "former signing secret": f"whsec_canary{mark}Former",
                "Circle token": f"Cc{mark}/circle+token=",
                "Kit key": f"Kk{mark}.kit~key",
                "Kit signing secret": f"Ks{mark}%kit&signing",
                "Django key": f"Dj{mark}#{secrets.token_urlsafe(40)}",
                "database password": f"Pg{mark}password",
                "Redis password": f"Rd{mark}password",
                "staff password": f"St{mark}!password",
                "mistyped password": f"Mt{mark}!password",
            },
            person={
                "first name": f"Wilhelmina{mark}",
                "last name": f"O'Kanarie{mark}",
                "e-mail": f"w.kanarie+{mark}launch@mail.example.com",
                "new e-mail": f"new.kanarie+{mark}launch@mail.example.com",
                "trial e-mail": f"try.kanarie+{mark}launch@mail.example.com",
            },
        )

    @property
    def name(self) -> str:
        return f"{self.person['first name']} {self.person['last name']}"

    def all_in(self, text: str) -> list[str]:
        return _found(text, {**self.secrets, **self.person})

    def secrets_in(self, text: str) -> list[str]:
        return _found(text, self.secrets)


def _found(text: str, canaries: Mapping[str, str]) -> list[str]:
    folded = text.casefold()
    return [
        f"{name} in …{text[max(0, at - 160) : at + 80]!r}…"
        for name, canary in canaries.items()
        for at in _places(text, folded, canary)
    ]


def _places(text: str, folded: str, canary: str) -> list[int]:
    plain = {canary, quote(canary), quote(canary, safe=""), canary.replace("'", "&#x27;")}
    places = [folded.find(each.casefold()) for each in plain]
    places += [text.find(each) for each in _base64_forms(canary)]
    return [at for at in places if at >= 0][:1]


def _base64_forms(canary: str) -> list[str]:
    """How the canary looks inside longer coded texts: at each of the three offsets, without unsure ends."""
    forms = []
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + canary.encode()).decode()
        sure = coded[(0, 2, 3)[offset] : 4 * ((offset + len(canary.encode())) // 3)]
        forms += [sure, sure.replace("+", "-").replace("/", "_")]
    return forms
