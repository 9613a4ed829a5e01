"""What one long address costs the processor: `python -m bench.addresses`. The whole worker's application, log included, in this process."""

import io
import logging
import os
import sys
import tempfile
from time import process_time

KB = 1024
LONG = {
    "letters": "a",
    "@": "@",
    "a.a.a.": "a.",
    "+1-": "+1-",
    "%40": "%40",
    "a@": "a@",
    "digits and spaces": "212 55 ",
    "/appointments/r/": "/appointments/r/",
    "?": "?",
    "slashes": "/",
    "a secret's letters": "Zm9vYmFyYmF6cXV4-",
}


def environ(path: str = "/", query: str = "", host: str = "localhost") -> dict[str, object]:
    """As granian hands it over."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": host,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def cost(application: object, asked: dict[str, object]) -> float:
    """Milliseconds of processor time, the least of five."""
    times = []
    for _time in range(5):
        began = process_time()
        parts = application(dict(asked), lambda *_words: None)
        b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
        times.append(1000 * (process_time() - began))
    return min(times)


def questions() -> dict[str, dict[str, object]]:
    """Long paths of every kind that a rule of the log looks for, long queries, a long host."""
    asked = {"the first page": environ(), "an unknown address": environ("/nothing-here/")}
    for name, part in LONG.items():
        text = (part * (16 * KB))[: 16 * KB]
        asked[f"16 KB path of {name}"] = environ(f"/{text}")
        asked[f"16 KB query of {name}"] = environ("/nothing-here/", text)
        asked[f"16 KB searched of {name}"] = environ("/search/", f"q={text}")
        asked[f"16 KB slug of {name}"] = environ(f"/conditions/{text}/")
    for name, part in {"letters": "a", "@": "a@", "colons": "[::"}.items():
        asked[f"30 KB host of {name}"] = environ(host=(part * (30 * KB))[: 30 * KB])
    return asked


def main() -> None:
    """Prints a table."""
    os.environ |= {"VAR_DIR": tempfile.mkdtemp(prefix="portal-addresses-"), "DATABASE_PATIENCE": "5", "DEBUG": "False"}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.management import call_command

    from portal.wsgi import application

    call_command("migrate", verbosity=0)
    for handler in logging.getLogger().handlers:
        handler.setStream(io.StringIO())
    for name, asked in questions().items():
        print(f"{name:45} {cost(application, asked):8.2f} ms")


if __name__ == "__main__":
    main()
