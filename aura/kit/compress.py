"""Pages are sent compressed; pictures and downloads, which are small already or long, are left alone."""

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressPagesMiddleware(GZipMiddleware):
    """Django's gzip for HTML and JSON that is made whole, with its random padding.

    The padding, and CSRF tokens that are masked anew each time, keep a reader of lengths from guessing secrets.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress a page; hand everything else on as it is."""
        kind = response.get("Content-Type", "")
        if response.streaming or not (kind.startswith("text/html") or "json" in kind):
            return response
        return super().process_response(request, response)
