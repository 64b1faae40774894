import pytest

from generation.unclip.training.clock import time_left


@pytest.mark.parametrize(
    ("seconds", "told"), [(125.9, "2:05 left"), (7300, "121:40 left"), (0.4, "0:00 left"), (-1.2, "0:00 left")]
)
def test_time_left_is_told_in_minutes_and_seconds(seconds, told):
    assert time_left(seconds) == told
