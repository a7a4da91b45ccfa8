"""Starts the web server, the worker and, for a demo, the simulators together, and ends them together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from infrastructure.qr import qr_terminal  # noqa: E402
from infrastructure.settings import Settings, SettingsError, load_settings  # noqa: E402

BIN = ROOT / ".venv" / "bin"
READY_WITHIN_SECONDS = 90
END_WITHIN_SECONDS = 10
DEMO_HOUSEHOLDS = "DEMO_HOUSEHOLDS"
"""How many households are generated beside the named ones, where it is not the command's own number."""


class Stopped(Exception):
    """Somebody asked for the end."""


def main() -> int:
    """Prepare the database, start every process, and wait until one ends or somebody stops them."""
    try:
        settings = load_settings()
    except SettingsError as error:
        return fail(str(error))
    host = os.environ.get("HOST", "127.0.0.1")
    if is_taken(host, settings.port):
        return fail(f"Port {settings.port} is taken. Choose another: PORT={settings.port + 80} make run")
    if settings.is_safe_demo and is_taken(host, settings.simulators_port):
        other = settings.simulators_port + 80
        return fail(
            f"Port {settings.simulators_port} is taken. Choose another: SIMULATORS_PORT={other} make run"
        )
    settings.instance_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    log_path = settings.instance_dir / "run.log"
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, stop)
    with log_path.open("w", encoding="utf-8") as log:
        print("· Bringing the database up to date", flush=True)
        try:
            if subprocess.run([str(BIN / "flask"), "init"], cwd=ROOT, stdout=log, stderr=log).returncode:
                return fail(f"The database could not be prepared:\n{tail(log_path)}")
            if settings.is_safe_demo and load_demo(log):
                return fail(f"The demo county could not be loaded:\n{tail(log_path)}")
            return serve(settings, host, log_path, log)
        except Stopped:
            return 0


def load_demo(log: object) -> int:
    """Load what is missing of the demo county; its progress is shown here."""
    print("· Loading the demo county", flush=True)
    command = [str(BIN / "flask"), "demo", "load"]
    if DEMO_HOUSEHOLDS in os.environ:
        command += ["--households", os.environ[DEMO_HOUSEHOLDS]]
    return subprocess.run(command, cwd=ROOT, stdout=log, check=False).returncode  # type: ignore[call-overload,no-any-return]


def serve(settings: Settings, host: str, log_path: Path, log: object) -> int:
    """Start, announce, wait, end."""
    commands = {"web server": server_command(host, settings.port)}
    if settings.is_safe_demo:
        commands = {"simulators": [sys.executable, "-m", "simulators"], **commands}
    print(f"· Starting the {', the '.join(commands)} and the worker", flush=True)
    running: dict[str, subprocess.Popen[bytes]] = {}

    def start(name: str, command: list[str]) -> None:
        # Sessions of their own: Ctrl-C reaches this process alone, which then ends all in order.
        running[name] = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)

    try:
        for name, command in commands.items():
            start(name, command)
        if settings.is_safe_demo:
            wait_until_ready("simulators", settings.simulators_port, "/desk/people", running)
        wait_until_ready("web server", settings.port, "/healthz", running)
        # The worker comes last: a question to a source that does not answer yet would wait for its turn.
        start("worker", [str(BIN / "flask"), "worker"])
        wait_until_ready("web server", settings.port, "/readyz", running)
        announce(settings, host, log_path)
        while True:
            for name, process in running.items():
                if process.poll() is not None:
                    return fail(f"The {name} has ended by itself:\n{tail(log_path)}")
            time.sleep(0.5)
    except Stopped:
        print("\n· Ending", flush=True)
        return 0
    except TimeoutError as error:
        return fail(f"{error}\n{tail(log_path)}")
    finally:
        end(running)


def server_command(host: str, port: int) -> list[str]:
    """The server as it runs in service, too."""
    return [
        str(BIN / "granian"),
        "--interface=wsgi",
        "--factory",
        f"--host={host}",
        f"--port={port}",
        f"--workers={os.environ.get('HUIMIN_WORKERS', '2')}",
        "--blocking-threads=1",
        "--backpressure=64",
        "--no-ws",
        "--log-level=warning",
        "wsgi:create_server",
    ]


def wait_until_ready(name: str, port: int, path: str, running: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask until this one of the processes answers well; raises TimeoutError."""
    ends_at = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < ends_at:
        for ended, process in running.items():
            if process.poll() is not None:
                raise TimeoutError(f"The {ended} did not start:")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"The {name} did not become ready:")


def announce(settings: Settings, host: str, log_path: Path) -> None:
    """Say where everything is."""
    home = settings.base_url + "/"
    if host not in ("127.0.0.1", "localhost") and "HUIMIN_BASE_URL" not in os.environ:
        home = f"http://{own_address()}:{settings.port}/"
    print(f"\n  {settings.env}: {home}")
    print(f"  JSON: {home}api/v1/openapi.json")
    if settings.is_safe_demo:
        desk = home.rsplit(":", 1)[0] if "HUIMIN_BASE_URL" not in os.environ else "http://127.0.0.1"
        print(f"  desk: {desk}:{settings.simulators_port}/   (messages and codes, sources to break and mend)")
        print("  accounts, residents' telephones and what to try: .venv/bin/flask demo accounts")
    print(f"  log:  {log_path}\n")
    print(qr_terminal(home))
    if host == "127.0.0.1":
        print("  To open it on a telephone in the same network: HOST=0.0.0.0 make run")
    print("  Ctrl-C ends it.", flush=True)


def end(running: dict[str, subprocess.Popen[bytes]]) -> None:
    """End every process, gently first."""
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    for process in running.values():
        if process.poll() is None:
            process.terminate()
        else:
            # Who was killed could not end the processes of its own.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    ends_at = time.monotonic() + END_WITHIN_SECONDS
    for process in running.values():
        try:
            process.wait(max(0.1, ends_at - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def stop(_signal: int, _frame: object) -> None:
    """Turn a signal into an ordinary end."""
    raise Stopped


def is_taken(host: str, port: int) -> bool:
    """Whether somebody already listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def own_address() -> str:
    """The address by which others in the network reach this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: asking for a route is enough to learn which address would be used.
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def tail(path: Path) -> str:
    """The end of the log."""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-25:])


def fail(message: str) -> int:
    """Say what went wrong."""
    print(message, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
