"""Every error that the library raises on purpose.

    EcgfmError
    |-- RecordError             the file or the recording is at fault
    |   |-- UnknownFormat       no reader recognizes the file
    |   |-- MalformedFile       a reader recognizes it, but it breaks its own format
    |   |-- IncompleteUpload    a file is missing that another one names
    |   |-- LimitExceeded       larger than this program accepts
    |   |-- FactsNeeded         the rate, the unit or the leads are not stated
    |   |-- UnknownUnit         a unit is stated that is no voltage
    |   |-- MissingLeads        a lead is absent and cannot be derived
    |   |-- DuplicateLeads      two channels claim one lead
    |   |-- NotFinite           NaN or infinity among the samples
    |   |-- ReadingCrashed      reading the file ended the process that read it
    |   `-- RecordTooShort      shorter than one window
    |-- EncoderError            the weights, or their use, are at fault
    |   |-- WeightsInvalid      a weights folder or a checkpoint breaks its format
    |   |-- WeightsMismatch     tensors do not fit the architecture, or labels the head
    |   |-- UnsafeCheckpoint    a pickle names something that is not on the allow-list
    |   |-- EncoderMismatch     values of two encoders, or of the wrong input, meet
    |   |-- NoLabels            a backbone without a head has no probabilities
    |   |-- DeviceUnavailable   the device that was asked for is not there
    |   `-- DownloadFailed      the hub did not give what was asked for
    |-- EvaluationError         scores cannot be judged, or learned from
    |   |-- ScoresInvalid       truth, probabilities and patients do not fit each other
    |   `-- TooFewExamples      too few patients with or without a label
    |-- TrainingError           what is asked of a training cannot be
    |   |-- NothingToLearn      too few recordings, or a label of one class
    |   |-- TrainingDiverged    the loss is no longer a number
    |   |-- SplitsOverlap       one patient or recording is in several stores, on both sides
    |   |-- RecipeInvalid       a number of a recipe is out of range
    |   `-- RunMismatch         a run's folder belongs to another training
    |-- CohortError             a cohort's folder, or its use, is at fault
    |   |-- CohortInvalid       the folder holds no cohort, or a damaged one, or one of another version
    |   |-- CohortMismatch      what is to be added belongs to another cohort
    |   |-- CohortUnwritable    the folder cannot be written, or another process writes it
    |   |-- SelectionInvalid    recordings that cannot be grouped or compared
    |   `-- AnnotationInvalid   a note, a tag or a name that cannot be kept
    |-- SourceError             a raw download is at fault
    |   |-- UnknownLayout       the folder is not laid out as its publisher does
    |   |-- MalformedTable      a table of recordings breaks its rules
    |   `-- FetchFailed         the publisher did not give what was asked for
    |-- HeartInvalid            a heart that is asked for cannot be
    |-- VectorsInvalid          embeddings that cannot be compared or projected
    |-- EngineFailed            Ray is absent, or its workers end
    `-- Canceled                a person ended a long computation

A message starts with the thing at fault, says what was expected and what was
found, and ends with what to do. The exception carries the same facts.
"""

from __future__ import annotations


class EcgfmError(Exception):
    """Base of all errors of this library; its text is one or two sentences for people."""


class RecordError(EcgfmError):
    """A file or a recording is at fault."""


class UnknownFormat(RecordError):
    """No reader recognizes the file."""


class MalformedFile(RecordError):
    """A reader recognizes the file, but the file breaks its own format."""


class IncompleteUpload(RecordError):
    """A file is missing that another file names."""


class LimitExceeded(RecordError):
    """The file is larger than this program accepts."""


class FactsNeeded(RecordError):
    """The file does not state everything; `facts` names what is asked for.

    Attributes:
        facts: any of "fs", "unit", "leads".
        channels: number of channels found.
    """

    def __init__(self, message: str, facts: tuple[str, ...], channels: int) -> None:
        """Keep the names of the missing facts beside the sentence."""
        super().__init__(message)
        self.facts = facts
        self.channels = channels


class UnknownUnit(RecordError):
    """The stated unit is not a voltage."""


class MissingLeads(RecordError):
    """A lead is absent and cannot be derived.

    Attributes:
        missing: names of the absent leads.
    """

    def __init__(self, message: str, missing: tuple[str, ...]) -> None:
        """Keep the names of the absent leads beside the sentence."""
        super().__init__(message)
        self.missing = missing


class DuplicateLeads(RecordError):
    """Two channels claim the same lead."""


class NotFinite(RecordError):
    """NaN or infinity among the samples.

    Attributes:
        lead: name of the first lead concerned.
        time_s: time of its first sample that is not finite.
    """

    def __init__(self, message: str, lead: str, time_s: float) -> None:
        """Keep the place beside the sentence."""
        super().__init__(message)
        self.lead = lead
        self.time_s = time_s


class ReadingCrashed(RecordError):
    """Reading the file ended the process that read it."""


class RecordTooShort(RecordError):
    """The recording is shorter than one window.

    Attributes:
        duration_s: its duration in seconds.
    """

    def __init__(self, message: str, duration_s: float) -> None:
        """Keep the duration beside the sentence."""
        super().__init__(message)
        self.duration_s = duration_s


class EvaluationError(EcgfmError):
    """Scores cannot be judged, or learned from."""


class ScoresInvalid(EvaluationError):
    """Truth, probabilities, labels and patients do not fit each other."""


class TooFewExamples(EvaluationError):
    """Too few patients with or without a label.

    Attributes:
        positives: patients with a recording that has the label.
        negatives: patients with a recording that does not.
    """

    def __init__(self, message: str, positives: int, negatives: int) -> None:
        """Keep the counts beside the sentence."""
        super().__init__(message)
        self.positives = positives
        self.negatives = negatives


class HeartInvalid(EcgfmError):
    """What is asked of a simulated heart contradicts itself."""


class EncoderError(EcgfmError):
    """The weights, or their use, are at fault."""


class WeightsInvalid(EncoderError):
    """A weights folder or a checkpoint breaks its format."""


class WeightsMismatch(EncoderError):
    """Tensors do not fit the architecture, or labels do not fit the head."""


class UnsafeCheckpoint(EncoderError):
    """A pickled checkpoint names something that is not on the allow-list.

    Attributes:
        names: the refused names.
    """

    def __init__(self, message: str, names: tuple[str, ...]) -> None:
        """Keep the refused names beside the sentence."""
        super().__init__(message)
        self.names = names


class EncoderMismatch(EncoderError):
    """Values that belong to different encoders, or to another input, meet."""


class NoLabels(EncoderError):
    """A backbone without a head has no probabilities."""


class DeviceUnavailable(EncoderError):
    """The device that was asked for is not there."""


class DownloadFailed(EncoderError):
    """The hub did not give what was asked for."""


class TrainingError(EcgfmError):
    """What is asked of a training cannot be."""


class NothingToLearn(TrainingError):
    """Too few recordings, or a label of which only one class is there."""


class TrainingDiverged(TrainingError):
    """The loss is no longer a number.

    Attributes:
        step: the update at which it happened.
    """

    def __init__(self, message: str, step: int) -> None:
        """Keep the step beside the sentence."""
        super().__init__(message)
        self.step = step


class SplitsOverlap(TrainingError):
    """One patient or recording is in several stores, to learn from in one and to judge by in another."""


class RecipeInvalid(TrainingError):
    """A number of a recipe is out of range."""


class RunMismatch(TrainingError):
    """A run's folder belongs to another training."""


class CohortError(EcgfmError):
    """A cohort's folder, or its use, is at fault."""


class CohortInvalid(CohortError):
    """The folder holds no cohort, a damaged one, or one of a newer version."""


class CohortMismatch(CohortError):
    """What is to be added belongs to another cohort."""


class CohortUnwritable(CohortError):
    """The folder cannot be written, or another process is writing it."""


class SelectionInvalid(CohortError):
    """A selection of recordings, or the arrays beside it, do not fit what is asked of them."""


class AnnotationInvalid(CohortError):
    """A note, a tag or a name that cannot be kept."""


class VectorsInvalid(EcgfmError):
    """Embeddings that cannot be compared or projected."""


class EngineFailed(EcgfmError):
    """Ray, on which the work was to be done, is not installed, or its workers end."""


class Canceled(EcgfmError):
    """A person ended a long computation."""


class SourceError(EcgfmError):
    """A raw download is at fault."""


class UnknownLayout(SourceError):
    """The folder is not laid out as its publisher does."""


class MalformedTable(SourceError):
    """A table of recordings breaks its rules."""


class FetchFailed(SourceError):
    """The publisher did not give what was asked for, or it could not be kept."""
