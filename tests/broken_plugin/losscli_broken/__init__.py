"""What a package looks like whose own dependency is gone."""

raise ImportError("libmissing.so.1: cannot open shared object file")
