"""The ceiling: the same server program with a handler that only answers, from memory.

What the product needs beyond this is its own; what this needs belongs to Python's HTTP server.
"""

import sys
from typing import Any

import uvicorn

ANSWERS = {"/small": b'{"status":0}', "/empty": b"", "/large": b"x" * 860_000}


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Read the body and answer bytes that are ready."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    body = ANSWERS[scope["path"]]
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
        access_log=False,
        loop="uvloop",
        http="httptools",
        lifespan="off",
    )
