"""How long something will take, as people read it."""


def time_left(seconds: float) -> str:
    """“2:05 left”, in minutes and seconds; “0:00 left” where the last of it took longer than thought."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02} left"
