"""Requests for the hospital's own systems: asked for over HTTP, given out once for each version, answered with a number."""
