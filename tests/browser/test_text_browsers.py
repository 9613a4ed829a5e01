"""Browsers that show words alone: a family gets through by keyboard, and nothing that one of them chooses by itself does harm."""

import os
import shutil
import subprocess
import time
from urllib.parse import urlsplit

import pytest

BROWSERS = {  # how it is started, its key for the next link or box, whether Enter begins and ends typing
    "lynx": (["lynx", "-accept_all_cookies"], "Tab", ""),
    "w3m": (["w3m", "-cookie"], "Tab", "begins ends"),
    "links2": (["links2"], "Down", ""),
    "elinks": (["elinks"], "Down", "begins"),
}
CHOSEN = os.environ.get("TEXT_BROWSERS", "").split()
ROWS = 200  # so that every page stands on the screen as a whole
PATIENCE = 60  # seconds


class Terminal:
    """A text browser in a terminal of tmux, at one page."""

    def __init__(self, name, folder, address):
        command, self.next_key, self.enter = BROWSERS[name]
        self.socket = str(folder / "tmux")
        self.tmux("new-session", "-d", "-x", "100", "-y", str(ROWS), *command, address)

    def tmux(self, *words):
        command = ["tmux", "-S", self.socket, "-f", "/dev/null", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"TERM": "xterm"}).stdout

    def keys(self, *keys):
        self.tmux("send-keys", *keys)
        time.sleep(0.05)

    def screen(self):
        return self.tmux("capture-pane", "-p").splitlines()

    def row(self):
        """Where it stands. Its own messages, at the foot, are waited for."""
        end = time.monotonic() + PATIENCE
        while (row := int(self.tmux("display-message", "-p", "#{cursor_y}"))) > ROWS - 5:
            assert time.monotonic() < end, "it waits for an answer to a message of its own"
            time.sleep(0.3)
        return row

    def wait_for(self, words):
        """The number of the line that holds these words."""
        end = time.monotonic() + PATIENCE
        while True:
            shown = self.screen()
            found = [number for number, line in enumerate(shown) if words in line]
            if found:
                return found[0]
            if any("to post form" in line for line in shown):  # elinks asks back
                self.keys("Enter")
            assert time.monotonic() < end, "\n".join([f"no “{words}”", *filter(str.strip, shown)])
            time.sleep(0.2)

    def go(self, words):
        """Moves to the first link or box on or below the line with these words."""
        wanted = self.wait_for(words)
        for _stop in range(100):
            if self.row() >= wanted:
                return
            self.keys(self.next_key)
        raise AssertionError(f"never at “{words}”")

    def press(self, words):
        self.go(words)
        self.keys("Enter")
        time.sleep(0.3)

    def type(self, label, words):
        self.go(label)
        if "begins" in self.enter:
            self.keys("Enter")
            time.sleep(0.2)
        self.keys("-l", words)
        if "ends" in self.enter:
            self.keys("Enter")
            time.sleep(0.2)


pytestmark = pytest.mark.skipif(not CHOSEN, reason="a minute in each: make text-browsers")


@pytest.fixture(params=CHOSEN or [None])
def terminal(request, running, tmp_path):
    missing = [each for each in ("tmux", request.param) if not shutil.which(each)]
    if missing:
        pytest.skip(f"NO TEXT BROWSER: apt-get install --no-install-recommends {' '.join(missing)}")
    terminal = Terminal(request.param, tmp_path, f"{running.address}/appointments/?condition=crmo")
    yield terminal
    terminal.tmux("kill-server")


def test_family_asks_in_a_text_browser(terminal, running):
    terminal.press("I am the child’s parent")
    terminal.type("Your full name", "Pat Text")
    terminal.press("I am an adult, and I am")
    terminal.press("Continue")
    terminal.type("Child’s full name", "Kim Text")
    for label, typed in {"Month": "4", "Day": "23", "Year": "2015"}.items():
        terminal.type(label, typed)
    terminal.press("Continue")
    for answer in ("A first visit with us", "In person", "No, English is fine", "Continue"):
        terminal.press(answer)
    terminal.type("Phone", "212 555 0199")
    for answer in ("Call me", "No, do not leave a message", "Continue", "Monday morning", "Continue"):
        terminal.press(answer)
    terminal.wait_for("Check your answers")
    checked = " ".join(terminal.screen())
    time.sleep(3.1)  # whoever is quicker is asked to send again
    terminal.press("Send my request")
    terminal.wait_for("We have your request")

    assert [word for word in ("Pat Text", "Kim Text", "212 555 0199", "Monday morning") if word not in checked] == []
    assert urlsplit(running.address).netloc in " ".join(terminal.screen())  # the address of their page, to be written down


def test_choices_stand_one_in_a_line(terminal):
    terminal.wait_for("Who are you?")

    lines = [line for line in terminal.screen() if " I am " in line]

    assert len(lines) == 6
    assert all(line.count("( )") + line.count("(*)") + line.count("[ ]") == 1 for line in lines)
