"""What a request is refused with: a status, a short code and one sentence."""

from __future__ import annotations

from echospan.errors import EchospanError


class Refused(EchospanError):
    """A request that is not carried out; the state of every session is as before.

    Args:
        status: Of HTTP.
        code: For programs, such as ``unknown-value``.
        sentence: For people.
        retry_after: Seconds after which it may work.
        headers: Further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        sentence: str,
        *,
        retry_after: int | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence = status, code, sentence
        self.retry_after, self.headers = retry_after, headers


def overloaded(sentence: str) -> Refused:
    """503: nothing was changed, and a second later it may work."""
    return Refused(503, "overloaded", sentence, retry_after=1)


def too_many(code: str, sentence: str) -> Refused:
    """429: more than this server allows."""
    return Refused(429, code, sentence, retry_after=1)
