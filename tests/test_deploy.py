"""What `deploy/` names is there: settings, commands, files, services."""

import re
import shutil
import socket
import subprocess
from email import message_from_bytes
from email.policy import default
from io import StringIO

import pytest
import yaml
from django.core.management import CommandError, call_command, get_commands

from foundation.outbox import smtp
from tests.site import ROOT, free_port
from tests.test_outbox import raw, takes

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
COMPOSE = DEPLOY / "containers" / "compose.yaml"
KNOWN = set(re.findall(r"^# ([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
# of the script `install`, and names of others: the database's, the web server's and the C library's own
THEIRS = {
    "OWNER_DATABASE_URL",
    "ON_ERROR_STOP",
    "POSTGRES_USER",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD_FILE",
    "GRANIAN_HOST",
    "AF_UNIX",
}


def texts():
    return {path: path.read_text(encoding="utf-8") for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_every_setting_named_in_deploy_is_one():
    named = {
        name
        for text in texts().values()
        for name in re.findall(r"\b([A-Z]+(?:_[A-Z]+)+)\b(?=[:=,\"`]|\s*$)", text, re.MULTILINE)
        if not name.startswith("PIP_")
    }

    assert named - THEIRS - KNOWN - {f"{name}_FILE" for name in KNOWN} == set()


def test_every_command_named_in_deploy_is_one():
    named = {name for text in texts().values() for name in re.findall(r"manage\.py[ ,]+([a-z_]+)", text)}
    named |= {name for text in texts().values() for name in re.findall(r"portal-nightly@([a-z_]+)\.", text)}

    assert named
    assert named - set(get_commands()) == set()


def test_install_and_check_are_good_bash_and_name_the_same_nightly_commands():
    scripts = [DEPLOY / name for name in ("install", "check")]
    texts = [script.read_text(encoding="utf-8") for script in scripts]

    for script in scripts:
        assert subprocess.run(["bash", "-n", script], capture_output=True, check=False).stderr == b""
    nightly = [set(re.search(r"for command in (.*); do", text)[1].split()) for text in texts]
    readme = set(re.search(r"portal-nightly@{(.*?)}", (DEPLOY / "README.md").read_text(encoding="utf-8"))[1].split(","))
    assert nightly == [readme, readme]
    assert readme <= set(get_commands())


def test_check_counts_whole_backups_alone(tmp_path):
    asked = re.search(r"newest=\$\((find .*?) 2>/dev/null\)", (DEPLOY / "check").read_text()).group(1)
    for left in ("pictures", ".lock", "2026-12-01T031500Z.partial"):
        (tmp_path / left).mkdir()

    def newest():
        done = subprocess.run(
            ["sh", "-c", asked.replace("/srv/backups", str(tmp_path))], capture_output=True, text=True, check=True
        )
        return done.stdout

    assert newest() == ""
    (tmp_path / "2026-12-01T031500Z").mkdir()
    assert newest().endswith("/2026-12-01T031500Z\n")


def test_compose_file_runs_two_nodes_that_nginx_knows():
    compose = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    nginx = (DEPLOY / "nginx" / "portal.conf").read_text(encoding="utf-8")

    services = compose["services"]
    addresses = {services[name]["networks"]["inside"]["ipv4_address"] for name in ("web1", "web2")}

    assert set(services) == {"database", "migrate", "web1", "web2", "deliver", "front"}
    assert addresses == set(re.findall(r"^    server ([\d.]+):8000 ", nginx, re.MULTILINE))
    assert all(
        (COMPOSE.parent / service["build"]["context"]).resolve() == ROOT for service in services.values() if "build" in service
    )
    assert {service["build"]["dockerfile"] for service in services.values() if "build" in service} == {
        "deploy/containers/Containerfile"
    }


def test_each_node_is_asked_also_where_all_are_put_aside():
    nginx = (DEPLOY / "nginx" / "portal.conf").read_text(encoding="utf-8")

    usual, at_last = (
        re.findall(rf"^    server (\S+) {words};", nginx, re.MULTILINE) for words in ("max_fails=2.*", "backup.*")
    )

    assert usual == at_last != []


def test_containers_are_built_from_files_that_are_there():
    text = (DEPLOY / "containers" / "Containerfile").read_text(encoding="utf-8")

    copied = re.findall(r"^COPY (?!--)(\S+) ", text, re.MULTILINE)

    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert "--require-hashes" in text
    assert re.search(r"^USER portal$", text, re.MULTILINE)


def test_secrets_beside_the_compose_file_get_into_no_image_and_no_commit():
    compose = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))

    files = [secret["file"] for secret in compose["secrets"].values()] + compose["services"]["front"]["volumes"]
    folders = {"deploy/containers/" + re.match(r"\./(\w+)", file)[1] for file in files}

    assert folders == {"deploy/containers/secrets", "deploy/containers/tls"}
    assert folders | {".*", "tests", "var"} <= set((ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines())
    assert {f"/{name}/" for name in folders} | {"/.env"} <= set((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())


def test_commands_in_containers_are_run_where_they_can():
    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    text = (DEPLOY / "README.md").read_text(encoding="utf-8")

    named = re.findall(r"(?:compose\.yaml|…) (run|exec)(?: -\S+)* (\w+)", text)

    assert {verb for verb, _ in named} == {"run", "exec"}
    assert {service for _, service in named} <= set(services)
    # a second container cannot have the first one's address
    assert [service for verb, service in named if verb == "run" and services[service]["networks"]["inside"]] == []


@pytest.mark.parametrize("kind", ["systemd/portal-web@.service", "containers/Containerfile"])
def test_web_server_shares_memory_always_says_how_many_threads_and_starts_workers_anew(kind):
    words = re.sub(r"[\",\\\s]+", " ", (DEPLOY / kind).read_text(encoding="utf-8"))

    assert "--blocking-threads 4" in words
    assert "python -m portal.server" in words
    assert "--respawn-failed-workers" in words
    assert "portal.wsgi:application" in words


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_units_are_good_systemd(tmp_path):
    for unit in UNITS:
        text = re.sub(r"/srv/portal/\.venv/bin/\w+", shutil.which("true"), unit.read_text(encoding="utf-8"))
        (tmp_path / unit.name.replace("web@", "web@8001").replace("nightly@", "nightly@purge")).write_text(text)

    files = sorted(tmp_path.iterdir())
    checked = subprocess.run(["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stderr) == (0, "")


def test_every_unit_tells_when_it_fails_but_the_one_that_tells():
    silent = [
        unit.name
        for unit in UNITS
        if unit.suffix == ".service" and "OnFailure=portal-alarm@%n.service" not in unit.read_text()
    ]

    assert silent == ["portal-alarm@.service"]


def alarm():
    """What it prints and ends with, for the nightly backup."""
    out = StringIO()
    try:
        call_command("alarm", "portal-backup.service", stderr=out)
    except CommandError as fault:
        return str(fault), fault.returncode
    return out.getvalue(), 0


@pytest.fixture
def operators(settings, monkeypatch):
    settings.SITE_NAME, settings.OPERATOR_MAIL = "Center", ["web@example.org", "night@example.org"]
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = smtp.DJANGOS, "127.0.0.1", free_port()
    monkeypatch.setattr(socket, "gethostname", lambda: "desk7")
    return settings


def test_the_alarm_names_unit_machine_and_log_to_all_operators_without_a_database(operators):
    with raw(operators.EMAIL_PORT, takes(lambda talk: talk.say(b"250 taken"))) as taken:
        assert alarm() == ("", 0)

    (letter,) = [message_from_bytes(text, policy=default) for text in taken]
    assert (letter["to"], letter["subject"]) == (
        "web@example.org, night@example.org",
        "Center: portal-backup.service failed on desk7",
    )
    assert "journalctl --unit=portal-backup.service --since=-1d" in letter.get_content()


REFUSES = {
    "refused for good": (lambda talk: talk.say(b"554 5.7.1 no, web@example.org"), "SMTPDataError 554 5.7.1"),
    "refused for now": (lambda talk: talk.say(b"451 4.3.0 later"), "SMTPDataError 451 4.3.0"),
    "fell silent": (lambda talk: "end", "SMTPServerDisconnected"),
}


@pytest.mark.parametrize(("then", "why"), REFUSES.values(), ids=REFUSES)
def test_an_alarm_that_nobody_gets_says_so_and_is_tried_again(operators, then, why):
    with raw(operators.EMAIL_PORT, takes(then)):
        assert alarm() == (
            f"Center: portal-backup.service failed on desk7. Nobody was told: the mail server did not take it ({why}).",
            1,
        )


def test_an_alarm_while_the_mail_server_is_down_too_says_so_and_is_tried_again(operators):
    assert alarm() == (
        "Center: portal-backup.service failed on desk7. Nobody was told: the mail server did not take it (ConnectionRefusedError).",
        1,
    )


def test_an_alarm_that_has_nobody_to_tell_names_the_setting_and_is_not_tried_again(operators):
    operators.OPERATOR_MAIL = []
    assert alarm() == ("Center: portal-backup.service failed on desk7. Nobody was told: set OPERATOR_MAIL.", 78)

    operators.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert alarm()[0].endswith("Nobody was told: set OPERATOR_MAIL and EMAIL_URL.")
    unit = (DEPLOY / "systemd" / "portal-alarm@.service").read_text(encoding="utf-8")
    assert {"Restart=on-failure", "RestartPreventExitStatus=78"} <= set(unit.splitlines())
