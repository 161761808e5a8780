"""The calls over HTTP, one router a file."""
