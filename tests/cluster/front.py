"""The sample nginx of `deploy/`, with other names, folders, ports and addresses and nothing else changed."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

from tests.site import ROOT, Process, free_ports

SAMPLE = ROOT / "deploy" / "nginx"
HOST = "portal.example.org"
MODULE = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
MAIN = """
{modules}
{user}
worker_processes {workers};
pcre_jit on;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/log/nginx.log notice;
events {{ worker_connections 4096; }}
http {{
    types {{ text/html html; text/css css; text/javascript js; image/webp webp; image/svg+xml svg; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/portal.conf;
    server {{
        listen 127.0.0.1:{plain};
        server_name {host};
        include {folder}/portal-site.conf;
    }}
}}
"""


class Front:
    """nginx before the nodes: `plain` and `secure` are its ports; TLS has a certificate made for this run."""

    def __init__(self, folder: Path, nodes: list[str], static: Path, workers: int = 1) -> None:
        self.folder, [self.plain, self.secure, self.redirecting, *by_6] = folder, free_ports(5)
        self.log = folder / "log" / "portal.log"
        (folder / "log").mkdir(parents=True)
        _certificate(folder / "tls")
        values = {
            "10.0.0.11:8000": nodes[0],
            "10.0.0.12:8000": nodes[1],
            "/run/portal-cache": str(folder / "cache"),
            "/var/log/nginx": str(folder / "log"),
            "/etc/ssl/portal": str(folder / "tls"),
            "/etc/nginx/portal-site.conf": str(folder / "portal-site.conf"),
            "/srv/portal/var/static": str(static),
            "/var/www/acme": str(folder / "acme"),
            "listen [::]:80": f"listen 127.0.0.1:{by_6[0]}",  # a machine for tests may have no IPv6
            "listen [::]:443": f"listen 127.0.0.1:{by_6[1]}",
            "listen 80": f"listen 127.0.0.1:{self.redirecting}",
            "listen 443": f"listen 127.0.0.1:{self.secure}",
        }
        if not MODULE.exists():
            values["brotli_static on;"] = ""
        _filled(values, folder)
        root = os.geteuid() == 0
        text = MAIN.format(
            modules=f"load_module {MODULE};" if MODULE.exists() else "",
            user="user root;" if root else "",
            workers=workers,
            folder=folder,
            plain=self.plain,
            host=HOST,
        )
        (folder / "nginx.conf").write_text(text)

    def command(self, *more: str) -> list[str]:
        return ["nginx", "-c", str(self.folder / "nginx.conf"), "-p", str(self.folder), *more]

    def process(self, *before: str) -> Process:
        """`before` may pin it to a core."""
        ready = lambda: socket.create_connection(("127.0.0.1", self.plain), timeout=1).close()  # noqa: E731
        return Process(*before, *self.command(), log=self.folder / "log" / "start.log", ready=ready)


def _filled(values: dict[str, str], folder: Path) -> None:
    """Writes the sample's files with these values; each must be there to be replaced."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in SAMPLE.glob("*.conf")}
    for sample, value in values.items():
        if not any(sample in text for text in texts.values()):
            raise ValueError(f"{sample} is not in {SAMPLE}")
        texts = {name: text.replace(sample, value) for name, text in texts.items()}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _certificate(folder: Path) -> None:
    folder.mkdir()
    words = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={HOST}".split()
    files = ["-keyout", folder / "key.pem", "-out", folder / "fullchain.pem", "-addext", f"subjectAltName=DNS:{HOST}"]
    subprocess.run(["openssl", *words, *files], check=True, capture_output=True)


def installed() -> bool:
    return bool(shutil.which("nginx") and shutil.which("openssl"))
