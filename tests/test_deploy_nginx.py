"""The sample nginx of `deploy/`, run as it is before two nodes of our own: what it keeps, shows, passes on and logs."""

import http.client
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import closing

import pytest
from django.conf import settings

from foundation.request_id import FORM
from tests.cluster.front import HOST, Front
from tests.nodes import PAGE, Node

pytestmark = pytest.mark.skipif(not (shutil.which("nginx") and shutil.which("openssl")), reason="nginx is not installed")


@pytest.fixture
def nodes():
    with Node() as one, Node() as two:
        yield one, two


@pytest.fixture
def front(tmp_path, nodes):
    (tmp_path / "static").mkdir()
    front = Front(tmp_path / "nginx", [node.address for node in nodes], tmp_path / "static")
    running = front.process()
    running.start()
    yield front
    running.stop()


def ask(front, path="/", method="GET", body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", front.plain, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, {"Host": HOST} | named)
    answer = connection.getresponse()
    answer.body = answer.read()
    connection.close()
    return answer


def asked(nodes):
    return [request for node in nodes for request in node.asked]


def kept(nodes, until):
    """Both nodes say that their page may be kept until this second."""
    for node in nodes:
        node.headers = PAGE | {"X-Accel-Expires": f"@{int(until)}"}


def test_sample_is_good_nginx(front):
    checked = subprocess.run(front.command("-t"), capture_output=True, text=True, check=False)

    assert (checked.returncode, "warn" in checked.stderr) == (0, False)


def test_what_nginx_says_by_itself_may_do_nothing_and_the_sites_word_keeps_its_policy(front, nodes):
    def policies(answer):
        return [value for name, value in answer.headers.items() if name.lower() == "content-security-policy"]

    for node in nodes:
        node.headers = PAGE | {"Content-Security-Policy": "default-src 'self'"}
    fine = ask(front)
    for node in nodes:
        node.status, node.headers = 304, PAGE
    unchanged = ask(front, "/unchanged/")
    missing, large = ask(front, "/static/none.css"), ask(front, "/", "POST", body=b"x" * 4_000_000)
    long = ask(front, "/" + "x" * 40_000)
    for node in nodes:
        node.status, node.headers = 502, {}
    dead = ask(front, "/dead/")

    assert (fine.status, policies(fine)) == (200, ["default-src 'self'"])
    assert (unchanged.status, policies(unchanged)) == (304, [])  # a browser would put it in the place of the page's
    nothing = ["default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"]
    for status, answer in ((404, missing), (413, large), (414, long), (502, dead)):
        assert (answer.status, policies(answer)) == (status, nothing)
        assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
        assert len(answer.headers.get_all("Strict-Transport-Security")) == 1


def test_page_is_kept_until_the_second_the_site_names_and_no_longer(front, nodes):
    kept(nodes, time.time() + 100)
    first = [ask(front, "/kept/").body for _time in range(5)]
    kept(nodes, time.time())
    ask(front, "/short/")
    time.sleep(1.1)
    for node in nodes:
        node.body = b"new"

    assert (first, ask(front, "/short/").body) == ([b"page"] * 5, b"new")
    assert len(asked(nodes)) == 3


def test_page_without_the_sites_word_is_never_kept(front, nodes):
    for _time in range(3):
        ask(front)

    assert len(asked(nodes)) == 3


def test_three_encodings_are_kept_apart_however_browsers_say_it(front, nodes):
    kept(nodes, time.time() + 100)
    said = ["gzip, deflate, br, zstd", "br;q=1.0, gzip;q=0.8", "gzip", "deflate, gzip;q=1.0, *;q=0.5", "br;q=0, gzip"]
    said += ["", "identity", "deflate", "gzip;q=0, br;q=0.0"]

    for words in said:
        ask(front, Accept_Encoding=words)

    assert sorted(headers["Accept-Encoding"] for _method, _path, headers in asked(nodes)) == ["br", "gzip", "identity"]


def test_old_page_is_shown_while_no_node_answers_well(front, nodes):
    kept(nodes, time.time() - 1)  # kept, and old at once
    ask(front)
    for status in (500, 503):
        for node in nodes:
            node.status, node.headers, node.body = status, {}, b"fault"
        assert (ask(front).status, ask(front).body) == (200, b"page")
    for node in nodes:
        node.__exit__()
    assert (ask(front).status, ask(front).body) == (200, b"page")


def test_withdrawn_page_that_was_asked_for_does_not_come_back_when_all_nodes_die(front, nodes):
    kept(nodes, time.time() - 1)
    ask(front)
    for node in nodes:
        node.status, node.body = 404, b"gone"
    ask(front)
    for node in nodes:
        node.__exit__()

    assert (ask(front).status, ask(front).body) == (404, b"gone")


def test_readers_do_not_notice_a_dead_node(front, nodes):
    nodes[0].__exit__()

    assert {ask(front).status for _time in range(20)} == {200}


def test_post_that_a_node_has_read_is_never_sent_again(front, nodes):
    for node in nodes:
        node.status = 0

    assert ask(front, "/appointments/request/you/", "POST", "asker=parent").status == 502
    assert len(asked(nodes)) == 1


def test_post_finds_the_other_node_when_one_is_dead(front, nodes):
    nodes[0].__exit__()

    answers = {ask(front, "/appointments/request/you/", "POST", "asker=parent").status for _time in range(6)}

    assert (answers, len(asked(nodes))) == ({200}, 6)


def test_what_a_client_says_about_itself_is_not_believed(front, nodes):
    lies = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Proto": "http", "X_Forwarded_Host": "evil.example"}

    ask(front, Forwarded="for=203.0.113.9", X_Real_IP="203.0.113.9", **lies)

    headers = asked(nodes)[0][2]
    assert FORM.fullmatch(headers.pop("X-Request-ID"))
    said = {name: value for name, value in headers.items() if name.startswith(("X-", "Forwarded"))}
    assert said == {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"}
    assert headers["Host"] == HOST


def test_endless_address_is_refused_before_a_node_is_asked(front, nodes):
    assert [ask(front, f"/{sign * 60_000}").status for sign in (".", "a@", "%ff")] == [414] * 3
    assert asked(nodes) == []


def test_log_holds_no_query_and_no_private_link(front, nodes):
    secrets = [*settings.SECRET_ADDRESSES, "/es/appointments/r/"]
    for path in ("/search/?q=secret", *(f"{address}secret/x/" for address in secrets)):
        ask(front, path, Referer="http://secret.example/")
    subprocess.run(front.command("-s", "reopen"), check=True, capture_output=True)
    until = time.monotonic() + 60
    while len((log := front.log.read_text()).splitlines()) < 1 + len(secrets) and time.monotonic() < until:
        time.sleep(0.2)

    assert {line.split()[1] for line in log.splitlines()} == {headers["X-Request-ID"] for _, _, headers in asked(nodes)}
    assert [line.split()[3] for line in log.splitlines()] == ["/search/", *(f"{address}*" for address in secrets)]
    assert "secret" not in log
    assert "127.0.0.1 " not in log


def test_names_that_are_not_ours_get_no_answer(front, nodes):
    with closing(http.client.HTTPConnection("127.0.0.1", front.redirecting, timeout=5)) as connection:
        connection.request("GET", "/", headers={"Host": "evil.example"})
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()
    with socket.create_connection(("127.0.0.1", front.secure)) as plain, pytest.raises(ssl.SSLError):
        ssl._create_unverified_context().wrap_socket(plain, server_hostname="evil.example")

    assert asked(nodes) == []


def test_plain_http_leads_to_https(front):
    with closing(http.client.HTTPConnection("127.0.0.1", front.redirecting, timeout=5)) as connection:
        connection.request("GET", "/conditions/?page=2", headers={"Host": HOST})
        answer = connection.getresponse()
        answer.read()

    assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/conditions/?page=2")


def test_token_sent_over_plain_http_is_not_led_on(front):
    with closing(http.client.HTTPConnection("127.0.0.1", front.redirecting, timeout=5)) as connection:
        connection.request("POST", "/handover/lease", "{}", {"Host": HOST})

        assert connection.getresponse().status == 403


def test_tls_is_new_enough_and_serves_the_site(front):
    trusted = ssl.create_default_context(cafile=front.folder / "tls" / "fullchain.pem")
    plain = socket.create_connection(("127.0.0.1", front.secure))
    with trusted.wrap_socket(plain, server_hostname=HOST) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        answer, version = b"".join(iter(lambda: connection.recv(4096), b"")), connection.version()

    assert (answer[:15], version) == (b"HTTP/1.1 200 OK", "TLSv1.3")


def test_collected_files_come_compressed_and_for_ever(front, nodes):
    static = front.folder.parent / "static"
    (static / "site.0a1b.css").write_bytes(b"plain")
    (static / "site.0a1b.css.gz").write_bytes(b"zipped")

    answer = ask(front, "/static/site.0a1b.css", Accept_Encoding="gzip")

    assert (answer.body, answer.headers["Content-Encoding"]) == (b"zipped", "gzip")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert asked(nodes) == []


def test_request_that_stalls_in_its_body_never_reaches_a_node(front, nodes):
    with socket.create_connection(("127.0.0.1", front.plain)) as stalled:
        stalled.sendall(f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 50\r\n\r\nhalf".encode())
        time.sleep(0.3)
        well = ask(front)

    assert (well.status, [method for method, _path, _headers in asked(nodes)]) == (200, ["GET"])
