"""`manage.py run` with real processes: what is killed comes back, what is stopped is gone."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import psutil
import pytest

from aura.serve.bell import Bell
from aura.serve.prepare import CannotStart, listen
from aura.serve.supervisor import Child, Plan, Program, Supervisor, restart_wait
from aura.tests.processes import ROOT, Running, free_port, status_of, wait_for
from media_library.tests import kills

START = 240  # seconds that a start may take on a machine that is busy with other tests


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Path:
    """A data folder in which Aura was started once."""
    folder = tmp_path_factory.mktemp("data")
    kills.seed(folder)
    env = {"AURA_DATA_DIR": str(folder), "AURA_DEMO": "0", "PORT": str(free_port())}
    with Running("manage.py", "run", "--prepare", **env) as first:
        assert first.process.wait(START) == 0, first.output
    return folder


def sign_in(url: str, password: str) -> int:
    """Sign the demo owner in with a browser's two requests; return the status of the page after it."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(f"{url}/account/login/", timeout=60) as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "login": "owner@demo.example", "password": password}
    request = urllib.request.Request(f"{url}/account/login/", urllib.parse.urlencode(form).encode())
    request.add_header("Referer", f"{url}/account/login/")
    try:
        with browser.open(request, timeout=60) as page:
            return int(page.status) if "/w/" in page.url else 0
    except urllib.error.HTTPError as problem:
        return problem.code


def test_the_first_start_says_how_to_sign_in_and_no_other_does(tmp_path: Path) -> None:
    running, url = started(tmp_path, AURA_DEMO="1")
    with running:
        said = re.search(r"Sign in as owner@demo.example\nwith the password (\S+)", running.output)
        assert said is not None, running.output
        assert sign_in(url, said[1]) == 200
        assert sign_in(url, "some other password") != 200
    running, url = started(tmp_path, AURA_DEMO="1", AURA_DEMO_PASSWORD="given, not shown")
    with running:
        assert said[1] not in running.output
        assert "given, not shown" not in running.output
        assert "Sign in as owner@demo.example" in running.output


def started(data: Path, **env: str) -> tuple[Running, str]:
    """Start Aura on a free port and wait for its first page."""
    port = free_port()
    env = {"AURA_DATA_DIR": str(data), "AURA_DEMO": "0", "PORT": str(port)} | env
    running = Running("manage.py", "run", **env)
    try:
        wait_for(lambda: "Ctrl-C stops Aura" in running.output or not alive(running), START, "the greeting")
        assert alive(running), running.output
    except BaseException:
        print(running.output)
        running.__exit__()
        raise
    return running, f"http://127.0.0.1:{port}"


def alive(running: Running) -> bool:
    return running.process.poll() is None


def test_what_is_killed_comes_back_and_ctrl_c_stops_all(data: Path) -> None:
    running, url = started(data)
    with running:
        assert status_of(f"{url}/health") == 200
        wait_for(lambda: status_of(f"{url}/health/ready") == 200, 60, "ready")

        worker = running.child("manage.py", "work")
        assert worker is not None
        worker.kill()
        wait_for(lambda: other(running.child("manage.py", "work"), worker), 60, "the worker's return")

        main = running.child("gunicorn", direct=True)
        assert main is not None
        (serving,) = main.children()
        serving.kill()
        wait_for(lambda: [c for c in main.children() if c.pid != serving.pid], 60, "the web process's return")
        wait_for(lambda: status_of(f"{url}/health") == 200, 60, "an answer of the new web process")

        main.kill()
        wait_for(lambda: other(running.child("gunicorn", direct=True), main), 60, "the web server's return")
        assert status_of(f"{url}/health") == 200, "a connection waits for the new server"
        assert "was killed by SIGKILL; starting it again now" in running.output

        running.children()
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(60) == 0, running.output
        wait_for(lambda: not running.left(), 60, "everything to be gone")
        assert running.said().splitlines()[-1] == "Stopped."
    assert not list((data / "bells").iterdir()), "a worker that ends takes its bell away"


def other(now: psutil.Process | None, before: psutil.Process) -> psutil.Process | None:
    return now if now is not None and now.pid != before.pid else None


def test_no_orphan_is_left_when_the_supervisor_is_killed(data: Path) -> None:
    before = {name: (data / name).read_bytes() for name in ("secret_key", "secret_keys")}
    running, _ = started(data)
    with running:
        assert len(running.children()) >= 3
        running.process.kill()
        wait_for(lambda: not running.left(), 60, "the children to follow")
    assert {name: (data / name).read_bytes() for name in before} == before
    assert {(data / name).stat().st_mode & 0o777 for name in before} == {0o600}


def test_what_never_becomes_a_request_is_told_as_every_other_problem_is(data: Path) -> None:
    running, url = started(data)
    with running:
        for sent, status, code in (
            (b"GET /api/v1/posts?q=" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 414, "ADDRESS_TOO_LONG"),
            (b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 20_000 + b"\r\n\r\n", 431, "HEADERS_TOO_LARGE"),
            (b"GET / HTTP/1.1\r\nno header at all\r\n\r\n", 400, "MALFORMED"),
        ):
            with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=60) as sock:
                sock.sendall(sent)
                answer = http.client.HTTPResponse(sock)
                answer.begin()
                problem = json.loads(answer.read())
            assert (answer.status, problem["status"], problem["code"]) == (status, status, code)
            assert answer.headers["Content-Type"] == "application/problem+json"
        longest = "a" * (8190 - len("GET /health?q= HTTP/1.1\r\n"))
        assert status_of(f"{url}/health?q={longest}") == 200
        assert "Error handling request" not in running.output


def test_a_port_that_is_taken_is_said(data: Path) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        env = {"AURA_DATA_DIR": str(data), "PORT": str(sock.getsockname()[1])}
        with Running("manage.py", "run", **env) as running:
            assert running.process.wait(START) == 1
            assert "is not free" in running.said()
            assert "Traceback" not in running.output


def test_a_port_that_a_killed_one_still_holds_is_waited_for(settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "bells").mkdir()
    held, said = socket.create_server(("127.0.0.1", 0)), []
    port = held.getsockname()[1]

    def say(sentence: str) -> None:
        said.append(sentence)
        held.close()

    with pytest.raises(CannotStart, match="is not free"):
        listen("127.0.0.1", port, say)
    bell = Bell(tmp_path / "bells")  # a worker of the same folder, on its way out
    try:
        listen("127.0.0.1", port, say).close()
    finally:
        bell.close()
    assert said == [f"Waiting for what ran here before to leave port {port} ..."]


def test_a_data_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with Running("manage.py", "run", AURA_DATA_DIR=str(tmp_path / "file" / "data")) as running:
        assert running.process.wait(START) == 1
        assert "AURA_DATA_DIR" in running.said()
        assert "Traceback" not in running.output


# The supervisor by itself, with programs of a few lines --------------------------------------------------------------


def test_restarts_are_at_once_and_slower_only_when_it_dies_again() -> None:
    assert [restart_wait(n) for n in range(1, 8)] == [0, 2, 4, 8, 16, 30, 30]
    child = Child(Program("it", ["true"]))
    assert child.died(1000.0) == 0
    assert child.died(1030.0) == 2
    assert child.died(1050.0) == 4
    assert child.died(1200.0) == 0, "after a good minute it is a first death again"


def test_a_plan_survives_the_pipe() -> None:
    plan = Plan([Program("web", ["a", "ü"], {"X": "1"})], 3, ("127.0.0.1", 8000), "host", ["", "line"])
    assert Plan.load(plan.dump()) == plan


def supervise(*programs: Program) -> subprocess.Popen[str]:
    reader, writer = os.pipe()
    os.write(writer, Plan(list(programs)).dump())
    os.close(writer)
    return subprocess.Popen(
        [sys.executable, "-m", "aura.serve.supervisor", str(reader)],
        cwd=ROOT,
        pass_fds=(reader,),
        stdout=subprocess.PIPE,
        text=True,
    )


def script(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_what_does_not_stop_is_killed_on_the_second_signal() -> None:
    stubborn = """import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('up', flush=True)
time.sleep(60)"""
    supervisor = supervise(Program("The stubborn one", script(stubborn)))
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == "up\n"
    children = psutil.Process(supervisor.pid).children()
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.stdout.readline() == "Stopping ...\n"
    time.sleep(0.3)
    assert supervisor.poll() is None, "it waits for the child"
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(30) == 1
    assert "The stubborn one had to be killed" in supervisor.stdout.read()
    psutil.wait_procs(children, 30)
    assert not [child for child in children if child.is_running()]


def test_a_program_that_keeps_dying_is_started_more_slowly() -> None:
    supervisor = supervise(Program("The mayfly", script("print('born', flush=True)")))
    assert supervisor.stdout is not None
    began = time.monotonic()
    seen = [supervisor.stdout.readline() for _ in range(4)]
    assert seen == [
        "born\n",
        "The mayfly ended with code 0; starting it again now.\n",
        "born\n",
        "The mayfly ended with code 0; starting it again in 2 s.\n",
    ]
    assert supervisor.stdout.readline() == "born\n"
    assert time.monotonic() - began >= 2
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(30) == 0


def test_a_program_that_cannot_be_started_does_not_stop_the_others() -> None:
    supervisor = Supervisor(Plan([Program("Nothing", ["/nonexistent/program"])]))
    supervisor.start_due()
    assert supervisor.children[0].process is None
    assert supervisor.children[0].deaths == 1
