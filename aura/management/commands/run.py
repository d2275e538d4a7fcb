"""`manage.py run`: everything on one machine, with one command."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from aura import keys
from aura.demo.content import DEMO_OWNER
from aura.kit.checks import check_sqlite_release
from aura.serve.prepare import CannotStart, collect_static, listen, load_demo, make_folders, migrate
from aura.serve.supervisor import Plan, Program

PARTS = ("web", "work", "celery")


class Command(BaseCommand):
    """Prepares the instance, then becomes the supervisor of its processes (aura.serve.supervisor)."""

    help = "Start Aura on this machine: database, web server and worker. Ctrl-C stops all of it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--only",
            choices=PARTS,
            action="append",
            help="start only this part (repeatable): for several machines on one database. Default: all.",
        )
        parser.add_argument(
            "--prepare", action="store_true", help="bring database and static files up to date, then end"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run. Does not return when all is well: the process becomes the supervisor."""
        os.umask(0o027)
        parts = options["only"] or [part for part in PARTS if part != "celery" or settings.REDIS_URL]
        if "celery" in parts and not settings.REDIS_URL:
            raise CommandError("--only celery needs a broker. Set REDIS_URL.")
        try:
            keys.make_missing()
            make_folders()
            self._check()
            sock = (
                listen(settings.AURA_BIND, settings.PORT, self._say)
                if "web" in parts and not options["prepare"]
                else None
            )
            # Machines that only work join an instance that is already there: the one with the web server prepares it.
            password = self._prepare() if "web" in parts or options["prepare"] else None
        except CannotStart as problem:
            raise CommandError(str(problem)) from problem
        if options["prepare"]:
            self._say("Prepared.")
            return
        plan = Plan(programs=[self._program(part, sock) for part in parts])
        if sock is not None:
            plan.listen_fd = sock.fileno()
            plan.address = self._local_address(sock)
            plan.host = settings.AURA_URL.partition("://")[2]
            shown = password if self.made_password or password is None else "in AURA_DEMO_PASSWORD"
            plan.greeting = self._greeting(shown)
        connections.close_all()
        become_supervisor(plan)

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()

    def _check(self) -> None:
        """Run Django's system checks; errors stop the start, warnings and an unsafe SQLite are shown once."""
        found = checks.run_checks()
        for message in found:
            if message.is_silenced():
                continue
            if message.is_serious(checks.ERROR):
                raise CannotStart(f"{message.msg} {message.hint or ''}".strip())
            if message.level >= checks.WARNING:
                self._say(f"Note: {message.msg}")
        for message in check_sqlite_release():
            if not message.is_silenced():
                self._say(f"Note: {message.msg} {message.hint}")

    def _prepare(self) -> str | None:
        self.made_password = not os.environ.get("AURA_DEMO_PASSWORD")
        migrate(self._say)
        collect_static(self._say)
        return load_demo(self._say)

    def _program(self, part: str, sock: Any) -> Program:
        python, manage = sys.executable, str(settings.BASE_DIR / "manage.py")
        if part == "web":
            return Program(
                "The web server",
                [python, "-m", "gunicorn", "--config", "python:aura.serve.gunicorn_conf"],
                {
                    "AURA_LISTEN_FD": str(sock.fileno()),
                    "AURA_WEB_PROCESSES": str(settings.AURA_WEB_PROCESSES),
                    "AURA_WEB_THREADS": str(settings.AURA_WEB_THREADS),
                },
            )
        if part == "work":
            return Program("The worker", [python, manage, "work"])
        return Program(
            "The Celery worker",
            [
                *(python, "-m", "celery", "--quiet", "--app", "aura", "worker"),
                *("--queues", "publish,media,imports,mail,default"),
                *("--concurrency", str(settings.AURA_CELERY_PROCESSES)),
                *("--loglevel", "WARNING", "--without-gossip", "--without-mingle"),
            ],
            # TERM gives tasks a few seconds to finish, then puts the rest back (worker_soft_shutdown_timeout).
            {"REMAP_SIGTERM": "SIGQUIT", "DJANGO_SETTINGS_MODULE": "aura.settings"},
        )

    def _local_address(self, sock: Any) -> tuple[str, int]:
        """Return where this machine reaches its own web server, also when it listens everywhere."""
        host, port = sock.getsockname()[:2]
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104 - compared, not bound

    def _greeting(self, password: str | None) -> list[str]:
        lines = ["", f"Aura is at {settings.AURA_URL}"]
        if password is not None:
            lines += [f"Sign in as {DEMO_OWNER}", f"with the password {password}"]
            lines += ["(shown this once; change it on your profile page)"] if self.made_password else []
        else:
            lines += self._who_may_sign_in()
        lines += [f"Data is in {settings.DATA_DIR}. Ctrl-C stops Aura.", ""]
        return lines

    @staticmethod
    def _who_may_sign_in() -> list[str]:
        people = get_user_model().objects
        if people.filter(email=DEMO_OWNER).exists():
            return [
                f"Sign in as {DEMO_OWNER}, with the password that the first start showed, or as yourself."
            ]
        return [] if people.exists() else ["Nobody is here yet: open it and make the first account."]


def become_supervisor(plan: Plan) -> NoReturn:
    """Replace this process by the supervisor, which is small; the plan goes through a pipe, not the command line."""
    reader, writer = os.pipe()
    os.write(writer, plan.dump())
    os.close(writer)
    os.set_inheritable(reader, True)
    environment = {name: value for name, value in os.environ.items() if name != "AURA_DEMO_PASSWORD"}
    root = str(settings.BASE_DIR)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environment.get("PYTHONPATH", "")]))
    sys.stdout.flush()
    argv = [sys.executable, "-m", "aura.serve.supervisor", str(reader)]
    os.execve(sys.executable, argv, environment)  # noqa: S606
