"""Processes: the supervisor of `manage.py run`, the web server's configuration, the worker's loop and its bell."""
