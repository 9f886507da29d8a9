"""From what was given to sources: roles, files, identity, pairing, labels, weights and groups."""
