"""gunicorn's configuration: threads in one process, on the socket that the supervisor holds.

Read by gunicorn as a Python file; `manage.py run` passes what varies in the environment. Django is loaded in the worker
only, so that the main process stays small and a worker that dies comes back with fresh code.
"""

import os
from typing import Any

from aura import logs
from aura.serve.parent import follow_parent, watch_parent

bind = [f"fd://{os.environ['AURA_LISTEN_FD']}"] if os.environ.get("AURA_LISTEN_FD") else ["127.0.0.1:8000"]
wsgi_app = "aura.wsgi:application"
worker_class = "aura.serve.web_worker.WebWorker"
workers = int(os.environ.get("AURA_WEB_PROCESSES") or 1)
threads = int(os.environ.get("AURA_WEB_THREADS") or 8)
# A worker whose loop does not come round for this long is killed; requests themselves may take longer.
timeout = 60
graceful_timeout = 8  # seconds; the supervisor kills after 10
keepalive = 15
# Bytes of an address: what RFC 9110 asks for at least, and what a long filter in many letters needs. Past it, 414.
limit_request_line = 8190
# A proxy is named by AURA_TRUSTED_PROXIES and read by Django; gunicorn itself believes nobody.
forwarded_allow_ips = ""
control_socket_disable = True
proc_name = "aura-web"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - gunicorn makes its own file there
accesslog = None  # Aura writes its own line for each request

logger_class = "aura.serve.web_log.WebLog"
logs.configure({"format": os.environ.get("AURA_LOG_FORMAT") or "text"})


def on_starting(server: Any) -> None:
    """Where the kernel does not tell of a supervisor's death, look for it."""
    if os.environ.get("AURA_SUPERVISOR"):
        watch_parent()


def post_fork(server: Any, worker: Any) -> None:
    """A worker finishes its requests and goes when its main process is gone."""
    follow_parent(server.pid)


def post_worker_init(worker: Any) -> None:
    """Before its first request, once Django is loaded."""
    from aura.serve.warm import warm_up

    warm_up()
