"""The HTTP API: the product's calls answered live, over the same database as the stream."""
