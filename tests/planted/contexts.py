"""A plugin for pytest, loaded by its name alone in any house: says to coverage which test runs, its fixtures included."""

import coverage
import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
    running = coverage.Coverage.current()
    if running:
        running.switch_context(item.nodeid)
    yield
