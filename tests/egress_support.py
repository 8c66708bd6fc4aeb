"""Servers that misbehave on purpose, and names that lie."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

Handler = Callable[["Call"], Awaitable[None]]


class Call:
    """One request as a raw server gets it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        self.reader, self.writer = reader, writer
        self.head = head
        self.method, self.path, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)

    @property
    def headers(self) -> dict[str, str]:
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, body: bytes = b"", *headers: str, status: str = "200 OK") -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        if not any(header.lower().startswith("content-type:") for header in headers):
            lines.append("Content-Type: text/html")
        await self.send("\r\n".join([*lines, *headers, "", ""]).encode("latin-1") + body)


class Web:
    """A raw HTTP server on loopback. `route` names the handler of a path; it sees every head that came."""

    def __init__(self) -> None:
        self.routes: dict[str, Handler] = {}
        self.calls: list[Call] = []
        self.connections = 0
        self.port = 0
        self._tasks: set[asyncio.Task] = set()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [call.path for call in self.calls]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        gone = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError)
        with contextlib.suppress(*gone):
            while True:
                call = Call(reader, writer, await reader.readuntil(b"\r\n\r\n"))
                self.calls.append(call)
                handler = self.routes.get(call.path.partition("?")[0])
                await (handler(call) if handler else call.answer(b"nothing here", status="404 Not Found"))
                if writer.is_closing():
                    break
        writer.close()

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def page(self, path: str, body: bytes | str, *headers: str, status: str = "200 OK") -> None:
        data = body.encode() if isinstance(body, str) else body
        self.routes[path] = lambda call: call.answer(data, *headers, status=status)

    def raw(self, path: str, data: bytes) -> None:
        """Answers with these bytes and hangs up."""

        async def handler(call: Call) -> None:
            await call.send(data)
            call.writer.close()

        self.routes[path] = handler


@contextlib.asynccontextmanager
async def serving(web: Web | None = None, host: str = "127.0.0.1") -> AsyncIterator[Web]:
    web = web or Web()
    server = await asyncio.start_server(web.serve, host, 0)
    web.port = server.sockets[0].getsockname()[1]
    try:
        yield web
    finally:
        server.close()
        web.stop()


class Names:
    """DNS as a test wants it. A name's answers are taken in turn, the last one for good; a float is seconds to wait."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[str, ...] | float]] = {}
        self.asked: list[str] = []

    async def resolve(self, host: str) -> tuple[str, ...]:
        self.asked.append(host)
        if host not in self.answers:
            raise OSError("name or service not known")
        left = self.answers[host]
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return ()
        return answer
