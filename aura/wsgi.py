"""The WSGI application that a web server runs."""

import os

from django.core.wsgi import get_wsgi_application

from aura.kit.bodies import BodyDeadline

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aura.settings")

application = BodyDeadline(get_wsgi_application())
