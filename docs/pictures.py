"""`make screenshots`: takes the pictures of this folder anew, from the sample site. Any argument: take every view there."""

import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.site import Site, site

HERE = Path(__file__).resolve().parent
KEPT = {
    "condition-desktop": ("/conditions/crmo/", {"width": 1280, "height": 1400}, "light"),
    "condition-phone-dark": ("/conditions/crmo/", {"width": 390, "height": 1100}, "dark"),
    "search": ("/search/?q=bone+inflamation+child+no+infection", {"width": 390, "height": 1100}, "light"),
    "request-phone-spanish": ("/es/appointments/?condition=crmo", {"width": 390, "height": 1100}, "light"),
    "admin-edition": ("/admin/conditions/edition/", {"width": 1280, "height": 1200}, "light"),
}
LOOKED_AT = {
    "home": "/",
    "a-z": "/conditions/",
    "condition": "/conditions/crmo/",
    "condition-es": "/es/conditions/crmo/",
    "search": "/search/?q=cmro",
    "search-nothing": "/search/?q=xylophone",
    "story": "/stories/crmo-pool/",
    "stories": "/stories/",
    "news": "/news/",
    "article": "/news/mri-film/",
    "department": "/departments/pediatric-rheumatology/",
    "departments": "/departments/",
    "clinicians": "/clinicians/",
    "clinician": "/clinicians/ana-example/",
    "glossary": "/glossary/",
    "versions": "/conditions/crmo/versions/",
    "version": "/conditions/crmo/versions/1/",
    "not-found": "/nowhere/",
    "login": "/accounts/login/",
    "admin": "/admin/",
    "admin-conditions": "/admin/conditions/condition/",
    "admin-editions": "/admin/conditions/edition/",
    "admin-edition-new": "/admin/stories/story/add/",
}


def main() -> None:
    """The pictures of the documentation; with a folder named, every page at phone and desktop, light and dark."""
    with tempfile.TemporaryDirectory() as folder, site(Path(folder)) as running, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        state = sign_in(browser, running)
        if len(sys.argv) > 1:
            look(browser, running, state, Path(sys.argv[1]))
        else:
            keep(browser, running, state)
        browser.close()


def sign_in(browser: Browser, running: Site) -> dict:
    """An administrator's cookies."""
    page = browser.new_page()
    page.goto(running.sign_in_link())
    page.get_by_role("button").last.click()
    page.wait_for_url("**/admin/")
    return page.context.storage_state()


def keep(browser: Browser, running: Site, state: dict) -> None:
    """Writes the documentation's pictures as WebP."""
    for name, (path, viewport, scheme) in KEPT.items():
        page = browser.new_context(viewport=viewport, color_scheme=scheme, storage_state=state).new_page()
        page.goto(running.address + path)
        if name == "admin-edition":
            page.locator("#result_list tbody th a").first.click()
            page.get_by_role("link", name="Start a new draft from this version").click()
            page.locator("#content-main form [type=submit]").first.click()
            page.locator(".bar").wait_for()
            page.wait_for_load_state("networkidle")
        png = HERE / f"{name}.png"
        page.screenshot(path=png)
        Image.open(png).convert("RGB").save(png.with_suffix(".webp"), quality=60, method=6)
        png.unlink()


def look(browser: Browser, running: Site, state: dict, target: Path) -> None:
    """Writes whole-page PNGs of every view for somebody to look at."""
    target.mkdir(parents=True, exist_ok=True)
    for width in (360, 1280):
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, storage_state=state)
            page = context.new_page()
            for name, path in LOOKED_AT.items():
                page.goto(running.address + path)
                page.screenshot(path=target / f"{name}-{width}-{scheme}.png", full_page=True)


if __name__ == "__main__":
    main()
