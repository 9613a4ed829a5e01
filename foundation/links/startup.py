"""Keeps the index of links with every text that is saved."""

from foundation.links import link_index

link_index.listen()
