"""End-to-end tests in a real Chromium, against `manage.py run` with its real processes."""
