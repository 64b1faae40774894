import stat

from airbrush import laptop


def test_secret_key_is_made_once(tmp_path):
    environment = {"AIRBRUSH_DATA": str(tmp_path / "var")}
    laptop.prepare(environment)
    first = laptop.secret_key(tmp_path / "var")
    laptop.prepare(environment)
    assert len(first) >= 50
    assert laptop.secret_key(tmp_path / "var") == first


def test_secret_key_is_private(tmp_path):
    laptop.prepare({"AIRBRUSH_DATA": str(tmp_path)})
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_given_secret_key_is_not_replaced(tmp_path):
    laptop.prepare({"AIRBRUSH_DATA": str(tmp_path), "SECRET_KEY": "given"})
    assert laptop.secret_key(tmp_path) == ""


def test_https_stays_on_for_an_address_others_can_reach(tmp_path):
    environment = {"AIRBRUSH_DATA": str(tmp_path), "HOST": "0.0.0.0"}
    laptop.prepare(environment)
    assert "HTTPS" not in environment
