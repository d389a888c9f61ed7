"""The documents of the command line: JSON as fixed in docs/cli.md, and the same as text for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import TextIO

import ecgfm_core as ecg
from ecgfm_core.types import Encoding, Measurement, Record


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
            "verdict": examined.verdict,
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


def measurement(file: str, record: Record) -> dict[str, object]:
    """What is measured on a recording, what is not and why, and its beats."""
    measured = ecg.measure(record)
    return {
        "file": file,
        "measurements": {name: _value(found) for name, found in measured.values.items()},
        "beats": [
            {"r_s": beat.r_s, "kind": beat.kind, "p": beat.p, "qrs": beat.qrs, "t": beat.t} for beat in measured.beats
        ],
    }


def measurement_beside_stated(file: str, record: Record) -> dict[str, object]:
    """The same with what the file states itself, for the text."""
    return {**measurement(file, record), "stated": dict(record.meta.measurements)}


def _value(found: Measurement) -> dict[str, object]:
    if found.value is None:
        return {"value": None, "why": found.why}
    return {"value": found.value, "unit": found.unit, "method": found.method}


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
    if not isinstance(quality, dict):
        raise TypeError("not an inspection")
    lines = [
        f"{result['file']}: {result['format']}, {len(leads)} leads, {result['fs']:g} Hz, "
        f"{result['duration_s']:.2f} s, {result['unit'] or 'unit not stated'}, windows: {result['windows']}"
    ]
    if derived:
        lines.append(f"  derived from I and II: {', '.join(derived)}")
    if quality["verdict"]:
        lines.append(f"  fails the quality gate: {quality['verdict']}")
    lines += _flag_lines(quality["flags"])
    lines += [f"  {warning}" for warning in warnings]
    return "\n".join(lines)


def measurement_text(result: dict[str, object]) -> str:
    """A table of the values, what a lead has in a row of its own, then what the file states."""
    if "error" in result:
        return str(result["message"])
    found, beats, stated = result["measurements"], result["beats"], result["stated"]
    if not (isinstance(found, dict) and isinstance(beats, list) and isinstance(stated, dict)):
        raise TypeError("not a measurement")
    lines = [f"{result['file']}: {_kinds(beats)}"]
    lines += [f"  {name:<15} {_told(found[name])}" for name in found if "/" not in name]
    by_lead: dict[str, dict[str, dict[str, object]]] = {}
    for name, value in found.items():
        kind, _, lead = name.partition("/")
        if lead:
            by_lead.setdefault(lead, {})[kind] = value
    columns = list(next(iter(by_lead.values()), {}))
    lines.append("  mV     " + "".join(f"{column:>9}" for column in columns))
    for lead, values in by_lead.items():
        cells = [value["value"] for value in values.values()]
        known = "".join(f"{cell:9.2f}" if isinstance(cell, float) else f"{'-':>9}" for cell in cells)
        why = next((value["why"] for value in values.values() if value["value"] is None), "")
        lines.append(f"  {lead:<7}{known}{f'  not measured: {why}' if why else ''}")
    lines += [f"  the file states {name}: {value:g}" for name, value in stated.items()]
    return "\n".join(lines)


def _kinds(beats: list[dict[str, object]]) -> str:
    """How many beats, and of what kinds."""
    counts = Counter(str(beat["kind"]).replace("_", " ") for beat in beats)
    kinds = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
    return f"{len(beats)} beats" + (f" ({kinds})" if kinds else "")


def _told(found: dict[str, object]) -> str:
    value = found["value"]
    if not isinstance(value, float):
        return f"not measured: {found['why']}"
    decimals = 2 if found["unit"] == "mV" else 0
    return f"{value:8.{decimals}f} {found['unit']:<6} {found['method']}"


def _flag_lines(flags: Sequence[dict[str, str | None]]) -> list[str]:
    """A line for each kind of flag: its leads, and the reason of the first."""
    lines = []
    for name in dict.fromkeys(flag["flag"] for flag in flags):
        alike = [flag for flag in flags if flag["flag"] == name]
        leads = dict.fromkeys(flag["lead"] or "all leads" for flag in alike)
        more = f"; first of {len(alike)}" if len(alike) > 1 else ""
        lines.append(f"  {', '.join(leads)}: {name} ({alike[0]['why']}{more})")
    return lines


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
