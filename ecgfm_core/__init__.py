"""ECG-FM without fairseq: from a 12-lead file to embeddings and probabilities.

    import ecgfm_core as ecg

    encoder  = ecg.load_encoder("demo")                       # or "ecg-fm", or a folder
    record   = ecg.read_record("data_samples/af.hea")         # a path, bytes with a name, or several files
    windows  = ecg.to_windows(record)                         # [W, 12, 2500] in standard deviations
    encoding = ecg.encode(windows, encoder)                   # one forward pass
    print(ecg.predict(encoding).top(3))

Public are the names below and the modules `types`, `errors`, `leads` and `labels`. Most names are imported on
first use, so that reading and drawing a recording does not wait for torch. For research and teaching only;
not a medical device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecgfm_core.lazy import lazily

# at once, and not lazily: the function shares its name with its package, which an import would put in its place
from ecgfm_core.simulate.heart import Heart
from ecgfm_core.simulate.record import simulate

if TYPE_CHECKING:
    from ecgfm_core.analysis.building.building import embed_cohort
    from ecgfm_core.analysis.checking.check import check
    from ecgfm_core.analysis.cohort import open_cohort
    from ecgfm_core.analysis.encode import attention_per_frame, encode
    from ecgfm_core.analysis.explain.explain import explain
    from ecgfm_core.analysis.predict import predict
    from ecgfm_core.analysis.projection.project import neighbors, place, project
    from ecgfm_core.model.checkpoint import Encoder
    from ecgfm_core.model.convert import convert
    from ecgfm_core.model.hub import download_ecg_fm, is_downloaded, load_encoder
    from ecgfm_core.records.read import read_each, read_record, read_records
    from ecgfm_core.signal.measure.measuring import measure
    from ecgfm_core.signal.quality import quality
    from ecgfm_core.signal.windows import preprocess, to_windows

__version__ = "0.1.0"

_HOME = {
    "Encoder": "model.checkpoint",
    "attention_per_frame": "analysis.encode",
    "check": "analysis.checking.check",
    "convert": "model.convert",
    "download_ecg_fm": "model.hub",
    "embed_cohort": "analysis.building.building",
    "encode": "analysis.encode",
    "explain": "analysis.explain.explain",
    "is_downloaded": "model.hub",
    "load_encoder": "model.hub",
    "measure": "signal.measure.measuring",
    "neighbors": "analysis.projection.project",
    "open_cohort": "analysis.cohort",
    "place": "analysis.projection.project",
    "predict": "analysis.predict",
    "preprocess": "signal.windows",
    "project": "analysis.projection.project",
    "quality": "signal.quality",
    "read_each": "records.read",
    "read_record": "records.read",
    "read_records": "records.read",
    "to_windows": "signal.windows",
}

__all__ = [
    "Encoder",
    "Heart",
    "attention_per_frame",
    "check",
    "convert",
    "download_ecg_fm",
    "embed_cohort",
    "encode",
    "explain",
    "is_downloaded",
    "load_encoder",
    "measure",
    "neighbors",
    "open_cohort",
    "place",
    "predict",
    "preprocess",
    "project",
    "quality",
    "read_each",
    "read_record",
    "read_records",
    "simulate",
    "to_windows",
]

__getattr__ = lazily(__name__, _HOME)
