#!/usr/bin/env bash
# A form whose sender lost the network half-way is taken for a whole one. gunicorn 27.0.1, granian 2.8.9 and cheroot 11.1.2 hand a body
# that ended early to the application as if it were all (Content-Length says 30, 10 bytes came), and Django 5.2.19 compares the two nowhere:
# request.POST holds what came, "dose=25 mg" for "dose=25 mg twice a day". A form with a file arrives empty, without an error.
# waitress 3.0.2 never calls the application. RFC 9112, 6.3 and 8: such a message is incomplete and must be treated as an error.
set -euo pipefail
place=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi; rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check \
    django==5.2.19 gunicorn==27.0.1 granian==2.8.9 cheroot==11.1.2 waitress==3.0.2
cd "$place"
cat > site_.py <<'END'
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path


def take(request):
    got = dict(request.POST.items()) | {name: file.size for name, file in request.FILES.items()}
    with open("seen", "a") as seen:
        seen.write(f"{got}\n")
    return HttpResponse("taken")


urlpatterns = [path("", take)]
settings.configure(ROOT_URLCONF="site_", ALLOWED_HOSTS=["*"], SECRET_KEY="none", DEBUG=False)
app = get_wsgi_application()
END
cat > cut.py <<'END'
import socket
import sys
import time

FORM = b"dose=25+mg+twice+a+day&again=1"
PARTS = (
    b'--x\r\nContent-Disposition: form-data; name="paper"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    + b"line\n" * 200 + b"\r\n--x--\r\n"
)
for kind, body, sent in (("application/x-www-form-urlencoded", FORM, 10), ("multipart/form-data; boundary=x", PARTS, 500)):
    for _try in range(100):
        try:
            line = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
            break
        except OSError:
            time.sleep(0.1)
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    line.sendall(head.encode() + body[:sent])
    time.sleep(0.3)
    line.shutdown(socket.SHUT_WR)
    time.sleep(1)
    line.close()
END
bin="$place/venv/bin"
wanted="{'dose': '25 mg'}
{}"
look() {
    name=$1 expected=$2
    shift 2
    rm -f seen
    "$@" > log 2>&1 &
    server=$!
    "$bin/python" cut.py "$port"
    kill "$server"; wait "$server" 2>/dev/null || true
    server=
    touch seen
    echo "$name: Django was given $(tr '\n' ' ' < seen)"
    [ "$(cat seen)" = "$expected" ] || { echo "expected: $expected"; cat log; exit 1; }
}
free() { port=$("$bin/python" -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'); }
free; look "gunicorn 27.0.1" "$wanted" "$bin/gunicorn" -b "127.0.0.1:$port" site_:app
free; look "granian 2.8.9" "$wanted" "$bin/granian" --interface wsgi --host 127.0.0.1 --port "$port" site_:app
free; look "cheroot 11.1.2" "$wanted" "$bin/python" -c "
from cheroot.wsgi import Server
from site_ import app
Server(('127.0.0.1', $port), app).start()"
free; look "waitress 3.0.2" "" "$bin/waitress-serve" --listen="127.0.0.1:$port" site_:app
