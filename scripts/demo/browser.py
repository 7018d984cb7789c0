"""Headless Chromium on the demo's page, driven through its debugging protocol."""

import asyncio
import base64
import contextlib
import json
import shutil
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

from processes import start

OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server",
           "--disable-background-networking", "--ignore-certificate-errors", "--remote-debugging-port=0"]  # fmt: skip


class Browser:
    """One page in one browser; its profile lives in `directory`."""

    def __init__(self, directory: Path):
        self._profile, self._log = directory / "profile", directory / "browser.log"
        self._process: asyncio.subprocess.Process | None = None
        self._connection: ClientConnection | None = None
        self._last_id = 0

    async def open(self, url: str, width: int, height: int, theme: str) -> None:
        """Opens the page in a window of that size; `theme` is light or dark."""
        program = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
        if program is None:
            raise RuntimeError("a screenshot needs chromium: apt-get install chromium")
        self._process = await start(program, *OPTIONS, f"--user-data-dir={self._profile}", "about:blank", log=self._log)
        self._connection = await connect(await self._debugger(), proxy=None, max_size=None, ping_interval=None)
        targets = (await self._call("Target.getTargets"))["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._page = (await self._call("Target.attachToTarget", targetId=page, flatten=True))["sessionId"]
        await self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        await self._call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        await self._call("Page.navigate", url=url)

    async def screenshot(self, file: Path) -> None:
        """Saves what the window shows as a PNG."""
        file.write_bytes(base64.b64decode((await self._call("Page.captureScreenshot", format="png"))["data"]))

    async def evaluate(self, expression: str):
        return (await self._call("Runtime.evaluate", expression=expression, returnByValue=True))["result"].get("value")

    async def close(self) -> None:
        if self._connection:
            await self._connection.close()
        if self._process and self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 10)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def _debugger(self) -> str:
        """The address of the debugger, which the browser writes into its profile."""
        file = self._profile / "DevToolsActivePort"
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(OSError, ValueError):
                    port, path = file.read_text().splitlines()
                    return f"ws://127.0.0.1:{port}{path}"
                if self._process.returncode is not None:
                    raise RuntimeError(f"chromium ended at start:\n{self._log.read_text()}")
                await asyncio.sleep(0.05)

    async def _call(self, method: str, **parameters) -> dict:
        """One call at a time; events that come before its answer are dropped."""
        self._last_id += 1
        session = {} if method.startswith("Target.") else {"sessionId": self._page}
        await self._connection.send(json.dumps({"id": self._last_id, "method": method, "params": parameters, **session}))
        async with asyncio.timeout(20):
            while (answer := json.loads(await self._connection.recv())).get("id") != self._last_id:
                pass
        if "error" in answer:
            raise RuntimeError(f"chromium refused {method}: {answer['error']['message']}")
        return answer["result"]
