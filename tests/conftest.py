"""What several tests share: real recordings where they lie, the tiny encoder of the goldens, the demo encoder."""

from pathlib import Path

import pytest
import torch
from places import GOLDEN, SHARED

import ecgfm_core as ecg
from ecgfm_core import Encoder
from ecgfm_core.labels import MIMIC_IV_ECG

torch.set_num_threads(1)  # tests run side by side


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the development recordings (../shared/data) are not here")
    return SHARED


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny classifier of the goldens, converted."""
    folder = tmp_path_factory.mktemp("tiny")
    ecg.convert(
        GOLDEN / "tiny_classifier.pt", folder, name="tiny", labels=MIMIC_IV_ECG, licence="MIT", origin="the goldens"
    )
    return folder


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> Encoder:
    return ecg.load_encoder(tiny_folder, device="cpu")


@pytest.fixture(scope="session")
def demo() -> Encoder:
    return ecg.load_encoder("demo", device="cpu")
