"""Typed text and foreign HTML made ours."""
