"""The calls over HTTP, one router a file; no router imports another."""
