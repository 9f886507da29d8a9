"""Is it still so: a result computed again from its own record, and how far the two are apart."""
