import os
import re
import signal
import subprocess
import sys
import time

import pytest

from airbrush.embedded import processes
from airbrush.supervisor import Service, Supervisor

SLEEP = "import time; time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(600)"


def python(name, script, **options):
    return Service(name, [sys.executable, "-u", "-c", script], **options)


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervise(tmp_path, said):
    """Makes supervisors, and ends what they have started."""
    made = []

    def make(*services, servers=()):
        made.append(Supervisor(services, servers, tmp_path, said.append))
        return made[-1]

    yield make
    for supervisor in made:
        supervisor.stop()


def wait(supervisor, condition, seconds=20):
    give_up = time.monotonic() + seconds
    supervisor.wait(lambda: condition() or time.monotonic() > give_up)
    assert condition()


def log(tmp_path, name):
    file = tmp_path / "log" / f"{name}.log"
    return file.read_text() if file.exists() else ""


def test_crashed_service_starts_again_later_each_time(supervise, said):
    supervisor = supervise(python("web", "raise SystemExit(3)"))
    wait(supervisor, lambda: len(said) >= 3)
    assert [re.findall(r"\d+", line) for line in said[:3]] == [["3", "1"], ["3", "2"], ["3", "4"]]


def test_killed_service_starts_again(supervise, tmp_path):
    supervisor = supervise(python("web", f"print('up'); {SLEEP}"))
    wait(supervisor, lambda: log(tmp_path, "web").count("up") == 1)
    os.kill(supervisor.children[0].process.pid, signal.SIGKILL)
    wait(supervisor, lambda: log(tmp_path, "web").count("up") == 2)


def test_stop_ends_every_process(supervise):
    supervisor = supervise(python("web", SLEEP), python("beat", SLEEP))
    wait(supervisor, lambda: all(child.is_running() for child in supervisor.children))
    pids = [child.process.pid for child in supervisor.children]
    supervisor.stop()
    assert [processes.start_time(pid) for pid in pids] == [None, None]


def test_services_stop_in_order(supervise, tmp_path):
    script = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (open({file!r}, 'a').write({name!r}), sys.exit()))\n"
        "print('up'); time.sleep(600)"
    )
    file = str(tmp_path / "order")
    first = python("web", script.format(file=file, name="web "))
    second = python("render", script.format(file=file, name="render "), stop_rank=1)
    supervisor = supervise(second, first)
    wait(supervisor, lambda: log(tmp_path, "web") and log(tmp_path, "render"))
    supervisor.stop()
    assert (tmp_path / "order").read_text() == "web render "


def test_deaf_service_is_killed(supervise, tmp_path):
    supervisor = supervise(python("web", STUBBORN, patience=0.5))
    wait(supervisor, lambda: "deaf" in log(tmp_path, "web"))
    pid = supervisor.children[0].process.pid
    supervisor.stop()
    assert processes.start_time(pid) is None


def test_grandchildren_end_with_their_parent(supervise, tmp_path):
    script = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid)"
    supervisor = supervise(python("web", script))
    wait(supervisor, lambda: log(tmp_path, "web").strip())
    pid = int(log(tmp_path, "web").split()[0])
    wait(supervisor, lambda: processes.start_time(pid) is None)


def test_terminal_shows_what_is_not_routine(supervise, said, tmp_path):
    script = f"print('2026-01-01 12:00:00 INFO web: routine'); print('mail: hello'); {SLEEP}"
    supervisor = supervise(python("web", script))
    wait(supervisor, lambda: said)
    assert said == ["   web | mail: hello"]
    assert "routine" in log(tmp_path, "web")


def test_large_log_is_put_aside(supervise, tmp_path):
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "web.log").write_bytes(b"x" * (11 * 1024 * 1024))
    supervisor = supervise(python("web", f"print('new'); {SLEEP}"))
    wait(supervisor, lambda: log(tmp_path, "web") == "new\n")


class FragileServer:
    starts = 0

    def start(self):
        self.starts += 1

    def stop(self):
        self.starts = -1

    def is_alive(self):
        return self.starts > 0


def test_ended_server_starts_again(supervise):
    server = FragileServer()
    supervisor = supervise(servers=[server])
    wait(supervisor, server.is_alive)
    supervisor.stop()
    assert server.starts == -1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start ends them")
def test_services_do_not_outlive_a_killed_supervisor(tmp_path):
    script = (
        "import pathlib, sys\n"
        "from airbrush.supervisor import Service, Supervisor\n"
        f"service = Service('web', [sys.executable, '-c', {SLEEP!r}])\n"
        "Supervisor([service], [], pathlib.Path(sys.argv[1]), print).wait()"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
    pid_file = tmp_path / "run" / "web.pid"
    try:
        until(lambda: pid_file.exists() and processes.read_pid(pid_file))
        pid = processes.read_pid(pid_file)
    finally:
        supervisor.kill()
        supervisor.wait()
    until(lambda: processes.start_time(pid) is None)


def test_next_start_ends_what_a_killed_supervisor_left(tmp_path, supervise):
    leftover = subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True)
    (tmp_path / "run").mkdir()
    processes.write_pid(tmp_path / "run" / "web.pid", leftover.pid)
    supervisor = supervise(python("web", SLEEP))
    wait(supervisor, lambda: leftover.poll() is not None)


def test_number_of_a_stranger_is_left_alone(tmp_path):
    file = tmp_path / "web.pid"
    file.write_text(f"{os.getpid()}\nanother start time")
    processes.end_leftover(file)
    assert not file.exists()


def until(condition, seconds=20):
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.05)
