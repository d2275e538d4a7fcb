"""The WSGI application that a web server runs."""

import os

from django.core.wsgi import get_wsgi_application

from aura.kit.bodies import BodyDeadline
from aura.kit.requests import Utf8Request

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aura.settings")

_handler = get_wsgi_application()
_handler.request_class = Utf8Request
application = BodyDeadline(_handler)
