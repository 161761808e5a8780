"""What the tests of stream/ share."""

import pytest

pytest.register_assert_rewrite("tests.stream.replay")
