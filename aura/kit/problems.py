"""What can be wrong with a request, said in a sentence: raised anywhere, answered by one middleware."""


class Refused(Exception):
    """The request was understood and cannot be done as things stand; `str()` is the sentence (409)."""

    status = 409


class StaleVersion(Refused):
    """Somebody else saved this object since the person opened it (412 in the API)."""


class TooLarge(Refused):
    """Something is over a size limit; the sentence names the limit (413)."""

    status = 413


class TooMany(Refused):
    """Asked too often; `retry_after` is in seconds (429)."""

    status = 429

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
