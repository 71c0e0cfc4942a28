"""Provider errors, named for what to do next."""

from typing import ClassVar


class ProviderError(Exception):
    """Something an outside provider did. Carries no URL, no body and no personal data.

    `code` groups alike failures, `words` is a sentence for people, `http_status` is 0 without an answer.
    """

    default_code: ClassVar[str] = "provider_error"
    default_words: ClassVar[str] = "The provider did not do what was asked."

    def __init__(self, code: str = "", words: str = "", *, http_status: int = 0) -> None:
        self.code = code or self.default_code
        self.words = words or self.default_words
        self.http_status = http_status
        super().__init__(self.code)


class TryAgain(ProviderError):
    """429, 5xx, or nothing was sent: later it may work. `wait`: the provider's own wish in seconds."""

    default_code = "try_again"
    default_words = "The provider could not be reached or was busy."

    def __init__(
        self, code: str = "", words: str = "", *, wait: float | None = None, http_status: int = 0
    ) -> None:
        super().__init__(code, words, http_status=http_status)
        self.wait = wait


class InDoubt(ProviderError):
    """Sent, but no readable answer came: read back what is not safe to repeat."""

    default_code = "in_doubt"
    default_words = "The provider got the call, but its answer did not arrive."


class Rejected(ProviderError):
    """A refusal about this customer: asking again will not help."""

    default_code = "rejected"
    default_words = "The provider refused this."


class Gone(Rejected):
    """What the call names (a member, a group, a tag) does not exist there."""

    default_code = "gone"
    default_words = "What this names does not exist at the provider."


class BadCredentials(ProviderError):
    """The key is wrong, or its plan lapsed: pause the connection and call a person."""

    default_code = "bad_credentials"
    default_words = "The provider does not accept our key."


class Tomorrow(ProviderError):
    """A cap of the day or of the month is used up: nobody's fault, later it works again."""

    default_code = "daily_limit"
    default_words = "The provider's limit for now is used up."


class NotNow(ProviderError):
    """We ourselves hold the call back (limiter, breaker, pause): give the work back, spend no try."""

    default_code = "not_now"
    default_words = "Waiting for our own limit."

    def __init__(self, code: str = "", words: str = "", *, wait: float = 1.0) -> None:
        super().__init__(code, words)
        self.wait = wait


class LeaseLost(Exception):
    """Somebody else owns this work by now: make no further call."""
