"""Browser: a headless Chromium that opens pages, measures them and takes their picture.

Speaks the DevTools protocol through two pipes, so that nothing but the browser has to be installed.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


LAUNCH = """
import fcntl, os, sys
high = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for number, end in zip((3, 4), high):
    os.dup2(end, number)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Becomes a program whose files 3 and 4, where the protocol wants them, are two given pipes."""


class Browser:
    """One page of a browser without a network."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        """Take the two pipes of a started browser and open an empty page."""
        self._out, self._in = to_browser, from_browser
        self._rest, self._number, self._session = b"", 0, ""
        self._events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self.call("Page.enable")
        self.call("Runtime.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask the browser and wait for its answer; events that come first are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            if self._session:
                self._events.append(answer)

    def look_like(
        self, width: int, height: int, is_phone: bool = False, scheme: str = "light"
    ) -> None:
        """Set the size of the window, whether it is a phone's, and light or dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if is_phone else 1,
            mobile=is_phone,
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def open(self, address: str, settle: float = 0.3) -> None:
        """Go to an address, wait until it has loaded, then `settle` seconds more."""
        self._events.clear()
        self.call("Page.navigate", url=address)
        while not any(event.get("method") == "Page.loadEventFired" for event in self._events):
            self._events.append(self._read())
        time.sleep(settle)

    def value(self, expression: str) -> Any:
        """The value of a JavaScript expression, or of what it promises."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def picture(self, path: Path, whole: bool = False, **options: Any) -> None:
        """Take the picture of the window, or of the whole page."""
        options = {"format": "png", "captureBeyondViewport": whole, **options}
        if whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            options["clip"] = {**size, "scale": 1}
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", **options)["data"]))

    def print(self, path: Path) -> None:
        """Print the page on A4."""
        size = {"paperWidth": 8.27, "paperHeight": 11.69}
        printed = self.call("Page.printToPDF", printBackground=False, **size)
        path.write_bytes(base64.b64decode(printed["data"]))

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._in, 1 << 20)
            if not more:
                raise RuntimeError("the browser has closed")
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


@contextmanager
def browser(network: bool = False) -> Iterator[Browser]:
    """A headless browser with an empty profile, closed at the end.

    Args:
        network: without it every name resolves to nothing, as on a computer that is offline.

    Raises:
        FileNotFoundError: no Chromium is installed.
    """
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        raise FileNotFoundError(f"got no browser, expected one of {', '.join(NAMES)} on the path")
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += ["--remote-debugging-pipe", f"--user-data-dir={profile}", "--no-first-run"]
        command += [] if network else ["--host-resolver-rules=MAP * ~NOTFOUND"]
        ends = (to_read, from_write)
        launch = [sys.executable, "-c", LAUNCH, *map(str, ends)]
        process = subprocess.Popen([*launch, *command], pass_fds=ends, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(from_write)
        try:
            yield Browser(to_write, from_read)
        finally:
            os.close(to_write)
            os.close(from_read)
            process.terminate()
            process.wait(timeout=20)
