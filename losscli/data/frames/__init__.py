"""Tables through polars, in batches: the rows of a query, and the columns of formats that know their types."""
