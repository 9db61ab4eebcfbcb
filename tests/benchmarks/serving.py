"""Web servers and calling tills, each as a separate process."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Sync workers take one request at a time; threads would add noise.
WORKERS = ("--worker-class", "sync", "--workers", "2", "--bind")
TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A running gunicorn server."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def cpu_seconds(self) -> float:
        """Return the CPU time that the workers have used so far."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        ticks = 0
        for child in children.read_text().split():
            # After the name, which may hold anything: the 12th and 13th are user and system time.
            numbers = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            ticks += int(numbers[11]) + int(numbers[12])
        return ticks / TICKS


@contextmanager
def serve(application: str, log: Path, *options: str, **environment: str) -> Iterator[Server]:
    """Serve the application on a free port of this machine until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", *options, *WORKERS, f"127.0.0.1:{port}"]
    with log.open("wb") as lines:
        process = subprocess.Popen(
            [*command, application],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=lines,
            stderr=lines,
        )
        try:
            _wait_for(port, process, log)
            yield Server(process, port)
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(f"no server listens: {log.read_text()}")


class Tills:
    """Processes that call a server concurrently."""

    def __init__(self, count: int, shared_data: Mapping[str, Any]) -> None:
        self._callers = [
            subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("calling.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(count)
        ]
        for number, caller in enumerate(self._callers):
            first_number = 7_000_000_000 + number * 100_000_000
            self._send_task(caller, {**shared_data, "first_number": first_number})

    def call(self, operation: str, port: int, *, tills: int, seconds: float) -> int:
        """Let ``tills`` processes call for ``seconds``; return the number of answers."""
        callers = self._callers[:tills]
        for caller in callers:
            self._send_task(caller, {"what": operation, "port": port, "seconds": seconds})
        answered = 0
        for caller in callers:
            assert caller.stdout is not None
            count, failed = json.loads(caller.stdout.readline())
            assert not failed, failed
            answered += count
        return answered

    def stop(self) -> None:
        for caller in self._callers:
            caller.communicate()

    @staticmethod
    def _send_task(caller: subprocess.Popen[str], task: Any) -> None:
        assert caller.stdin is not None
        caller.stdin.write(json.dumps(task) + "\n")
        caller.stdin.flush()
