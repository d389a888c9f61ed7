"""The commands that make encoders, one after another as the README has them; and bad input, a sentence each."""

import csv
import json
from pathlib import Path

import pytest
from unit.test_cli import run

from ecgfm_core.analysis.cohort import open_cohort
from ecgfm_core.model.checkpoint import load_folder

ONE = "Sinus rhythm"

pytestmark = pytest.mark.xdist_group("training commands")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands leave behind."""
    folder = tmp_path_factory.mktemp("commands")

    def done(*arguments: str | Path) -> None:
        from app.cli import main

        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        assert left.value.code == 0

    done("simulate", "-o", folder / "hearts", "-n", "150", "--seed", "3")
    done("prepare", "folder", folder / "hearts", "-o", folder / "store")
    tiny = ("--recipe", "tiny", "--device", "cpu")
    done("pretrain", folder / "store", "-o", folder / "pretrained", *tiny, "--steps", "3")
    tune = ("finetune", folder / "store", "--from", folder / "pretrained" / "encoder", *tiny, "--steps", "3")
    done(*tune, "-o", folder / "tuned")
    done(*tune, "-o", folder / "one", "--label", ONE, "--trained", "head")
    tuned = folder / "tuned" / "encoder"
    done("evaluate", folder / "store", "--encoder", tuned, "-o", folder / "evaluation", "--split", "train")
    done("probe", folder / "store", "--encoder", folder / "tuned", "--label", "Infarction", "-o", folder / "probe")
    return folder


def test_each_command_leaves_what_the_next_one_takes(made: Path):
    assert len(open_cohort(made / "store")) == 150
    assert load_folder(made / "pretrained" / "encoder", device="cpu").labels == ()
    assert len(load_folder(made / "tuned" / "encoder", device="cpu").labels) == 17
    assert [label.name for label in load_folder(made / "one" / "encoder", device="cpu").labels] == [ONE]
    assert [label.name for label in load_folder(made / "probe", device="cpu").labels] == ["Infarction"]
    assert (made / "pretrained" / "published.pt").exists()


def test_an_evaluation_is_a_document_and_a_page_with_thresholds_from_another_split(made: Path):
    document = json.loads((made / "evaluation" / "evaluation.json").read_text())
    assert document["evaluated"]["store"] == "store"
    assert document["evaluated"]["split"] == "the train split"
    assert len(document["labels"]) == 17
    assert "every figure flatters it" in document["evaluated"]["note"]
    provenances = [p["threshold"]["provenance"] for label in document["labels"] for p in label["points"]]
    assert all("chosen on the validation split of store" in provenance for provenance in provenances)
    page = (made / "evaluation" / "evaluation.html").read_text()
    assert "tuned" in page
    assert "Research use only" in page


def test_curves_are_drawn_for_pretraining_and_fine_tuning(made: Path):
    pretrained, tuned = ((made / name / "curves.html").read_text() for name in ("pretrained", "tuned"))
    assert "contrastive: telling a hidden frame" in pretrained
    assert "loss: what is minimized" in tuned
    assert "contrastive: telling" not in tuned
    assert "3 updates" in pretrained


def test_an_encoder_with_a_probe_predicts(made: Path, capsys: pytest.CaptureFixture[str]):
    code, out, _ = run(capsys, "predict", "data_samples/af.hea", "--encoder", str(made / "probe"), "--json")
    assert code == 0
    assert 0 < json.loads(out)[0]["probabilities"]["Infarction"] < 1


def test_a_finished_run_started_again_changes_nothing(made: Path, capsys: pytest.CaptureFixture[str]):
    before = (made / "pretrained" / "metrics.csv").read_bytes()
    again = ("pretrain", str(made / "store"), "-o", str(made / "pretrained"), "--recipe", "tiny", "--steps", "3")
    assert run(capsys, *again, "--device", "cpu")[0] == 0
    assert (made / "pretrained" / "metrics.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("simulate -o {made}/x -n 0", "a cohort needs at least one recording"),
        ("simulate -o {made}/hearts -n 1", "hearts: the folder holds recordings already"),
        ("simulate -o {made}/x --seconds nan", "a cohort needs at least one recording"),
        ("simulate -o {made}/x --seed -1", "a seed of 0 or more"),
        ("simulate -o {made}/hearts/records.csv -n 1", "records.csv: cannot be read or written (File exists)"),
        ("pretrain {made}/store -o {made}/x --seed -1", "seed must be 0 or more. Got -1"),
        ("pretrain {made}/store {made}/store -o {made}/x", "recordings are in more than one of them"),
        ("pretrain {made}/store {made}/reseeded -o {made}/x", "recordings are in more than one of them"),
        ("evaluate {made}/store --encoder demo -o {made}/hearts/records.csv", "a file of this name is there"),
        ("probe {made}/store --encoder demo --label Infarction -o {made}/probe", "holds an encoder already"),
        ("prepare folder {made}/relabelled -o {made}/store", "the source now states another patient or other labels"),
        ("prepare ptb-xl {made}/hearts -o {made}/x", "ptbxl_database.csv"),
        ("pretrain {made}/hearts -o {made}/x", "hearts: the folder holds no cohort"),
        ("pretrain {made}/nowhere -o {made}/x", "nowhere: the folder holds no cohort"),
        ("pretrain {made}/store -o {made}/pretrained --recipe tiny --lr 1", "holds a training with other settings"),
        ("pretrain {made}/store -o {made}/x --steps 0", "steps must be above 0. Got 0"),
        ("pretrain {made}/store -o {made}/x --lr -1", "lr must be above 0. Got -1.0"),
        ("finetune {made}/store --from demo -o {made}/x --label Gout", "no label 'Gout' there. It has: Poor data"),
        ("finetune {made}/sinus --from demo -o {made}/x --label Holds", "Holds: both classes are needed"),
        ("finetune {made}/sinus --from demo -o {made}/x", "none of the 1 labels has both classes"),
        ("finetune {made}/sinus --from demo -o {made}/x --layer-decay 2", "layer_decay must be at most 1. Got 2.0"),
        ("evaluate {made}/sinus --encoder demo -o {made}/x", "cohort and encoder share no label"),
        ("evaluate {made}/sinus --encoder {made}/one/encoder -o {made}/x", "cohort and encoder share no label"),
        ("probe {made}/sinus --encoder demo --label Holds -o {made}/x", "Holds: a probe needs 10 patients"),
        ("probe {made}/store --encoder demo --label Gout -o {made}/x", "no label 'Gout' there"),
    ],
)
def test_bad_input_gets_one_sentence_and_leaves_nothing(
    made: Path, capsys: pytest.CaptureFixture[str], arguments: str, sentence: str
):
    sinus(made)
    others(made)
    code, _, err = run(capsys, *arguments.format(made=made).split())
    assert code == 1
    assert sentence in err
    assert "Traceback" not in err
    assert not (made / "x").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("finetune {made}/store --from {made}/nowhere -o {made}/x", "nowhere: no such encoder"),
        ("evaluate {made}/store --encoder {made}/pretrained/encoder -o {made}/x", "is a backbone without labels"),
    ],
)
def test_an_encoder_that_does_not_serve_is_the_installations_fault(
    made: Path, capsys: pytest.CaptureFixture[str], arguments: str, sentence: str
):
    code, _, err = run(capsys, *arguments.format(made=made).split())
    assert (code, sentence in err, (made / "x").exists()) == (3, True, False)


def test_a_test_split_without_positives_is_said_and_not_scored(made: Path, capsys: pytest.CaptureFixture[str]):
    where = made / "few"
    code, _, err = run(
        capsys, "evaluate", str(made / "store"), "--encoder", str(made / "one" / "encoder"), "-o", str(where)
    )
    assert code == 0
    assert "no macro AUROC: no label has 10 positives and 10 negatives" in err
    (entry,) = json.loads((where / "evaluation.json").read_text())["labels"]
    assert entry["auroc"]["low"] is None
    assert "10" in entry["auroc"]["why"]


def others(folder: Path) -> None:
    """The same recordings in a store of another seed, and under other labels."""
    if (folder / "reseeded").exists():
        return
    relabelled = folder / "relabelled"
    relabelled.mkdir()
    text = (folder / "hearts" / "records.csv").read_text()
    header, first, *rest = text.splitlines()
    flipped = first[:-1] + ("0" if first.endswith("1") else "1")
    (relabelled / "records.csv").write_text("\n".join([header, flipped, *rest]) + "\n")
    with pytest.raises(SystemExit):
        from app.cli import main

        main(["prepare", "folder", str(folder / "hearts"), "-o", str(folder / "reseeded"), "--seed", "1"])


def sinus(folder: Path) -> None:
    """A store whose one label holds for every recording."""
    if (folder / "sinus").exists():
        return
    table = folder / "hearts" / "records.csv"
    with table.open() as file:
        rows = list(csv.DictReader(file))[:12]
    own = folder / "own"
    own.mkdir()
    lines = [f"{row['record_id']},{folder / 'hearts' / row['path']},{row['patient_id']},1" for row in rows]
    (own / "records.csv").write_text("\n".join(["record_id,path,patient_id,Holds", *lines]) + "\n")
    with pytest.raises(SystemExit):
        from app.cli import main

        main(["prepare", "folder", str(own), "-o", str(folder / "sinus")])
