"""Six families' browsers that send what they typed, again and again, until the site shows them a reference."""

import http.client
import queue
import re
import threading
import time
from dataclasses import dataclass, field

PATIENCE = 120  # seconds for one request


@dataclass
class Families:
    """`references` holds what was acknowledged, by the secret of the draft's cookie."""

    address: str
    references: dict = field(default_factory=dict)
    wrong: list = field(default_factory=list)  # (secret, what the browser saw that it should not)
    taken: list = field(default_factory=list)  # seconds of each POST that was answered at once
    retries: int = 0

    def send(self, secrets, clients=6):
        """Starts the clients; returns a function that waits for them to finish."""
        waiting = queue.SimpleQueue()
        for number, secret in enumerate(secrets):
            waiting.put((number, secret))
        threads = [threading.Thread(target=self._work, args=[waiting]) for _client in range(clients)]
        for thread in threads:
            thread.start()
        return lambda: [thread.join() for thread in threads]

    def _work(self, waiting):
        while True:
            try:
                number, secret = waiting.get_nowait()
            except queue.Empty:
                return
            self._until_acknowledged(number, secret)

    def _until_acknowledged(self, number, secret):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                if self._acknowledged(number, secret):
                    return
            except (OSError, http.client.HTTPException):
                pass
            self.retries += 1
            time.sleep(0.2)
        self.wrong.append((number, "never acknowledged"))

    def _acknowledged(self, number, secret):
        start = time.monotonic()
        status, location, text = self._ask("POST", "check", number, secret)
        if status >= 500:
            return False
        if (status, location) != (302, "/appointments/request/done/"):
            self.wrong.append((number, f"{status} {location} {text[:200]}"))
            return True
        self.taken.append(time.monotonic() - start)
        status, _location, text = self._ask("GET", "done", number, secret)
        found = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", text)
        if status != 200 or not found:
            return False
        if number % 10 == 0:  # some press the button twice
            self._ask("POST", "check", number, secret)
        self.references[secret] = found[0]
        return True

    def _ask(self, method, step, number, secret):
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=30)
        token = "a" * 32
        headers = {
            "Cookie": f"draft={secret}; csrftoken={token}",
            "X-Forwarded-For": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}",  # each from a home of its own
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = f"csrfmiddlewaretoken={token}" if method == "POST" else None
        try:
            connection.request(method, f"/appointments/request/{step}/", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location"), answer.read().decode()
        finally:
            connection.close()
