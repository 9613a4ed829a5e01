"""Nodes that answer what a test tells them to, and remember what they were asked."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = {"Cache-Control": "public, max-age=60", "Vary": "Accept-Encoding", "Content-Type": "text/html"}


@dataclass
class Node:
    """Answers `status`, `headers` and `body` on a loopback port; with status 0 it reads the request and hangs up."""

    status: int = 200
    headers: dict = field(default_factory=lambda: dict(PAGE))
    body: bytes = b"page"
    asked: list = field(default_factory=list)

    def __enter__(self):
        node = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                node.asked.append((self.command, self.path, dict(self.headers)))
                if not node.status:
                    self.close_connection = True
                    return
                self.send_response(node.status)
                for name, value in (node.headers | {"Content-Length": str(len(node.body))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(node.body)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *what):
        self.server.shutdown()
        self.server.server_close()
