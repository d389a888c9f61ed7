"""The documents of the command line: JSON as fixed in docs/cli.md, and the same as text for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

import ecgfm_core as ecg
from ecgfm_core.types import Encoding, Record


def inspection(file: str, record: Record) -> dict[str, object]:
    """What a file holds; raises what keeps the model from taking it."""
    steps, examined, meta = ecg.preprocess(record), ecg.quality(record), record.meta
    return {
        "file": file,
        "format": meta.format,
        "leads": list(record.leads),
        "derived_leads": list(steps.derived),
        "fs": record.fs,
        "duration_s": record.duration_s,
        "unit": record.unit,
        "windows": steps.windows,
        "dropped_s": steps.dropped_s,
        "digest": record.digest,
        "stated": {
            "age": meta.age,
            "sex": meta.sex,
            "statements": list(meta.statements),
            "measurements": dict(meta.measurements),
        },
        "warnings": list(meta.warnings),
        "quality": {
            "score": examined.score,
            "flags": [
                {"flag": flag.flag, "lead": flag.lead, "from_s": flag.from_s, "to_s": flag.to_s, "why": flag.why}
                for flag in examined.flags
            ],
        },
    }


def prediction(
    file: str, record: Record, encoder: str, encoding: Encoding, *, logits: bool, embedding: bool
) -> dict[str, object]:
    """Probabilities of a recording, per window and combined; labels in the head's order, null = not trained."""
    predicted = ecg.predict(encoding)
    windows: list[dict[str, object]] = []
    for number, start_s in enumerate(encoding.starts_s.tolist()):
        window: dict[str, object] = {"start_s": start_s, "probabilities": predicted.by_name(number)}
        if logits and encoding.logits is not None:
            raw = zip(encoding.labels, encoding.logits[number].tolist(), strict=True)
            window["logits"] = {label.name: value if label.trained else None for label, value in raw}
        if embedding:
            window["embedding"] = encoding.pooled[number].tolist()
        windows.append(window)
    return {
        "file": file,
        "digest": record.digest,
        "encoder": {"name": encoder, "fingerprint": encoding.encoder},
        "windows": windows,
        "probabilities": predicted.by_name(),
    }


def write_json(results: Sequence[dict[str, object]], stream: TextIO) -> None:
    """One document, full precision, nothing that is not JSON (no NaN)."""
    json.dump(results, stream, indent=1, ensure_ascii=False, allow_nan=False)
    stream.write("\n")


def inspection_text(result: dict[str, object]) -> str:
    """A few lines for people."""
    if "error" in result:
        return str(result["message"])
    leads, derived, warnings = result["leads"], result["derived_leads"], result["warnings"]
    quality = result["quality"]
    if not (isinstance(leads, list) and isinstance(derived, list) and isinstance(warnings, list)):
        raise TypeError("not an inspection")
    flags = quality["flags"] if isinstance(quality, dict) else []
    lines = [
        f"{result['file']}: {result['format']}, {len(leads)} leads, {result['fs']:g} Hz, "
        f"{result['duration_s']:.2f} s, {result['unit'] or 'unit not stated'}, windows: {result['windows']}"
    ]
    if derived:
        lines.append(f"  derived from I and II: {', '.join(derived)}")
    lines += [f"  {flag['lead'] or 'all leads'}: {flag['flag']} ({flag['why']})" for flag in flags]
    lines += [f"  {warning}" for warning in warnings]
    return "\n".join(lines)


def prediction_text(result: dict[str, object]) -> str:
    """The labels, highest first."""
    if "error" in result:
        return str(result["message"])
    encoder, probabilities = result["encoder"], result["probabilities"]
    if not (isinstance(encoder, dict) and isinstance(probabilities, dict)):
        raise TypeError("not a prediction")
    lines = [f"{result['file']} ({encoder['name']} {encoder['fingerprint'][:8]}; scores, not risks)"]
    known = sorted(((p, name) for name, p in probabilities.items() if p is not None), reverse=True)
    lines += [f"  {p:5.3f}  {name}" for p, name in known]
    lines += [f"  -      {name}: not trained" for name, p in probabilities.items() if p is None]
    return "\n".join(lines)
