"""Settings: which source goes first, and what is refused."""

from pathlib import Path

import pytest

from app.settings import SettingInvalid, Settings, parse_settings, settings


def test_a_variable_goes_before_the_file_and_the_file_before_the_default():
    assert parse_settings({}, {}) == Settings()
    assert parse_settings({"device": "cpu", "encoder": "ecg-fm"}, {"ECGFM_DEVICE": "cuda"}) == Settings(
        encoder="ecg-fm", device="cuda"
    )


def test_an_unknown_setting_is_named():
    with pytest.raises(SettingInvalid, match=r"ecgfm\.toml: colour is no setting\. Known: encoder, device"):
        parse_settings({"colour": "blue"}, {})


def test_a_value_that_is_not_allowed_is_named():
    with pytest.raises(SettingInvalid, match=r"precision must be fp32 or bf16\. Got int4"):
        parse_settings({}, {"ECGFM_PRECISION": "int4"})


def test_a_broken_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "ecgfm.toml").write_text("encoder = ")
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    with pytest.raises(SettingInvalid, match=r"ecgfm\.toml cannot be read as TOML"):
        settings()
    settings.cache_clear()
