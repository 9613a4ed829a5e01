from foundation.links import link_index

link_index.listen()
