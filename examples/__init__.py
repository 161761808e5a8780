"""Scripts to start from; the tests run each of them."""
