"""PTB-XL 1.0.3: WFDB records, a table with SCP-ECG statements and likelihoods, and the official folds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pandas as pd

from ecgfm_core.analysis.building.tables import Split, number, read_table
from ecgfm_core.errors import MalformedTable
from ecgfm_core.training.sources.codes import FASCICULAR, Line, Meaning, load_codes, translate
from ecgfm_core.training.sources.listing import LABELS, Item, Listing, read_wfdb, require_layout

NAME = "ptb-xl"
LIKELY = 50.0
"""%: a diagnosis of this likelihood counts; a smaller or unknown (0) one leaves its labels open."""
_OLDEST = 120.0
"""Years; the publication writes 300 for everybody above 89."""
_SILENT = (
    "Poor data quality",
    "Sinus rhythm",
    "Ventricular tachycardia",
    "Supraventricular tachycardia with aberrancy",
)
"""Labels whose absence the statements do not tell: nobody was asked for them, or another rhythm denies them."""
_STATED = (*(label for label in LABELS if label not in _SILENT), FASCICULAR)
_SEXES = {"0": "M", "1": "F"}


def list_ptbxl(raw: Path) -> Listing:
    """The recordings of ptbxl_database.csv at 500 Hz; folds 1 to 8 train, 9 valid, 10 test.

    Raises:
        UnknownLayout: the folder is not laid out like the publication.
        MalformedTable: one of its tables breaks its rules.
    """
    require_layout(raw, "PTB-XL", ["ptbxl_database.csv", "scp_statements.csv", "records500"])
    columns = ["ecg_id", "patient_id", "age", "sex", "scp_codes", "strat_fold", "filename_hr"]
    records = read_table(raw / "ptbxl_database.csv", columns, "ecg_id")
    statements = pd.read_csv(raw / "scp_statements.csv", index_col=0)
    if "diagnostic" not in statements.columns:
        raise MalformedTable("scp_statements.csv: column diagnostic is missing. Download the table again.")
    diagnoses = frozenset(map(str, statements.index[statements["diagnostic"] == 1]))
    facts = [_facts(*line) for line in zip(records["ecg_id"], records["scp_codes"], records["strat_fold"], strict=True)]
    return Listing(LABELS, len(records), _items(raw, records, facts, diagnoses))


def _items(
    raw: Path, records: pd.DataFrame, facts: list[tuple[dict[str, float], Split]], diagnoses: frozenset[str]
) -> Iterator[Item]:
    for row, (codes, split) in zip(records.itertuples(index=False), facts, strict=True):
        age = number(str(row.age))
        yield Item(
            id=str(row.ecg_id),
            source=NAME,
            patient=str(row.patient_id).removesuffix(".0"),
            split=split,
            age=None if age is None or age > _OLDEST else age,
            sex=_SEXES.get(str(row.sex).removesuffix(".0")),
            stated=";".join(f"{code} {likelihood:g}" for code, likelihood in codes.items()),
            labels=_labels(codes, diagnoses),
            read=partial(read_wfdb, raw / str(row.filename_hr)),
        )


def _labels(codes: dict[str, float], diagnoses: frozenset[str]) -> Meaning:
    """Statements with likelihoods -> labels; rhythm and form are stated without one."""
    lines = dict(load_codes("ptbxl_codes.csv"))
    for code, likelihood in codes.items():
        if code in diagnoses and likelihood < LIKELY and code in lines:
            lines[code] = tuple(Line(label, None) for label, _ in lines[code])
    return translate(codes, lines, _STATED)


def _facts(id: str, codes: str, fold: str) -> tuple[dict[str, float], Split]:
    try:
        parsed = {str(code): float(likelihood) for code, likelihood in ast.literal_eval(codes).items()}
        number_of_fold = int(float(fold))
    except (ValueError, SyntaxError, AttributeError, TypeError) as error:
        message = f"ptbxl_database.csv: recording {id} has no readable scp_codes or strat_fold. Download it again."
        raise MalformedTable(message) from error
    return parsed, "train" if number_of_fold <= 8 else "valid" if number_of_fold == 9 else "test"
