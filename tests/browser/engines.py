"""Real browsers of three engines, steered in the same few words: open, look, type, press, press twice.

Chromium and Firefox by Playwright; WebKitGTK by Selenium, on a screen that is made where there is none.
"""

import os
import shutil
import subprocess
import time
import warnings
from contextlib import contextmanager
from pathlib import Path

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"))), None
)  # the same without windows: a page costs a third
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
MINI_BROWSER = next(map(str, Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")), "")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ENGINES = os.environ.get("ENGINES", "chromium firefox webkit").split()
WHOLE = "ENGINES" in os.environ  # every button in each engine, by hand and sent at once
# Else one of each kind in each engine, a family's, a verb's and the edit page's, and in Chromium a few more.
BY_HAND = {engine: {"accept", "comment", "change"} for engine in ("chromium", "firefox", "webkit")}
BY_HAND["chromium"] |= {"send", "offer", "revoke"}
SHIM = Path(__file__).with_name("firefox.cjs")
PATIENCE = 60  # seconds


def lacking(engine):
    """What to install before `engine` can be driven here, or ""."""
    if engine == "chromium":
        return "" if CHROMIUM else "NO CHROMIUM: apt-get install --no-install-recommends chromium-headless-shell"
    if engine == "firefox":
        return "" if FIREFOX else "NO FIREFOX: apt-get install --no-install-recommends firefox-esr"
    if not (MINI_BROWSER and shutil.which("WebKitWebDriver")):
        return "NO WEBKIT: apt-get install --no-install-recommends webkit2gtk-driver xvfb xauth"
    no_screen = "NO SCREEN: apt-get install --no-install-recommends xvfb xauth"
    return "" if os.environ.get("DISPLAY") or shutil.which("Xvfb") else no_screen


class Browser:
    """What the scenarios need of a browser. `js` is the body of a function; its answer must be plain data."""

    def until(self, js, *given, why=""):
        """Waits until `js` answers something true, and returns it. A page that is being left counts as “not yet”."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                found = self.js(js, *given)
            except Exception:  # noqa: BLE001  each engine has its own words for a page that goes away
                found = None
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{why or js}\n{self.js('return location.href + document.body.innerText.slice(0, 1500)')}")

    def leave_by(self, act):
        """Does what leads to another page, and waits for that page."""
        self.js("window.left = true; return 1")
        act()
        self.until("return !window.left && document.readyState === 'complete'", why="no other page came")


class Played(Browser):
    """Chromium or Firefox."""

    def __init__(self, page):
        self.page = page

    def open(self, address):
        self.page.goto(address)

    def js(self, body, *given):
        return self.page.evaluate(f"(given) => {{ const args = given; {body} }}", list(given))

    def press(self, css):
        self.page.locator(css).first.click(no_wait_after=True)

    def press_twice(self, css):
        self.page.locator(css).first.dblclick(no_wait_after=True)

    def type(self, words):
        self.page.keyboard.type(words)

    def chord(self, key):
        self.page.keyboard.press(f"Control+{key}")

    def shot(self, path):
        self.page.screenshot(path=path)


MIDDLE = """
const box = document.querySelector(args[0]);
box.scrollIntoView({ block: "center", behavior: "instant" });
const { x, y } = box.getBoundingClientRect();
return [x, y];
"""


class Driven(Browser):
    """WebKitGTK."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, address):
        self.driver.get(address)

    def js(self, body, *given):
        return self.driver.execute_script(f"const args = [...arguments]; {body}", *given)

    def _at(self, css):
        from selenium.webdriver.common.by import By

        before = None
        while before != (now := self.js(MIDDLE, css)):  # what comes late moves it away from under the hand
            before = now
            time.sleep(0.2)
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def _hands(self):
        from selenium.webdriver import ActionChains

        return ActionChains(self.driver)

    def press(self, css):
        self._hands().click(self._at(css)).perform()

    def press_twice(self, css):
        self._hands().double_click(self._at(css)).perform()

    def type(self, words):
        self._hands().send_keys(words).perform()

    def chord(self, key):
        from selenium.webdriver import Keys

        self._hands().key_down(Keys.CONTROL).send_keys(key).key_up(Keys.CONTROL).perform()

    def shot(self, path):
        self.driver.save_screenshot(str(path))


@contextmanager
def screen():
    """What WebKitGTK draws on: the one that is there, or one in memory."""
    if os.environ.get("DISPLAY"):
        yield
        return
    reads, writes = os.pipe()
    command = [shutil.which("Xvfb"), "-displayfd", str(writes), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writes], stderr=subprocess.DEVNULL)
    os.close(writes)
    try:
        with os.fdopen(reads) as told:
            os.environ["DISPLAY"] = f":{told.readline().strip()}"
        yield
    finally:
        del os.environ["DISPLAY"]
        server.terminate()
        server.wait()


@contextmanager
def started(engine, playwright):
    """A browser with nothing in it. WebKitGTK needs no `playwright`."""
    if engine == "webkit":
        with screen(), webkit() as browser:
            yield browser
        return
    if engine == "firefox":
        browser = playwright.firefox.launch(executable_path=FIREFOX, channel="moz-firefox")
    else:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield Played(browser.new_context(viewport={"width": 1280, "height": 900}).new_page())
    browser.close()


@contextmanager
def webkit():
    from selenium import webdriver
    from selenium.webdriver.webkitgtk.options import Options
    from selenium.webdriver.webkitgtk.service import Service

    options = Options()
    options.binary_location = MINI_BROWSER
    options.add_argument("--automation")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Selenium's own class for WebKitGTK, of its own way to start it
        driver = webdriver.WebKitGTK(options=options, service=Service(shutil.which("WebKitWebDriver")))
    try:
        driver.set_window_size(1280, 900)
        yield Driven(driver)
    finally:
        driver.quit()
