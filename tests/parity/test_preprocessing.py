"""Windows equal the published pipeline on real recordings, to the last bit that float32 keeps."""

from pathlib import Path

import numpy as np
import pytest
import scipy.io
from scipy.interpolate import interp1d

import ecgfm_core as ecg
from ecgfm_core.signal.windows import resample


def test_windows_equal_the_pipeline_on_code15(recordings: Path):
    compared = 0
    for path in sorted((recordings / "code15" / "org").glob("*.mat")):
        for number, window in enumerate(ecg.to_windows(ecg.read_record(path)).values):
            theirs = scipy.io.loadmat(recordings / "code15" / "segmented" / f"{path.stem}_{number}.mat")["feats"]
            np.testing.assert_allclose(window, theirs, rtol=0, atol=2e-6)
            compared += 1
    assert compared == len(list((recordings / "code15" / "segmented").glob("*.mat"))) == 14


@pytest.mark.parametrize("fs", [100.0, 250.0, 257.0, 400.0, 1000.0])
def test_resampling_equals_interp1d(fs: float):
    signal = np.random.default_rng(0).standard_normal((12, 3001)).astype(np.float32)
    count = int(3001 * (500 / fs))
    expected = interp1d(np.linspace(0, count - 1, 3001), signal, kind="linear")(np.arange(count))
    np.testing.assert_array_equal(resample(signal, fs), expected)
