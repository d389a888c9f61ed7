"""One valid file of each format, made from a simulated heart, and ways to spoil it that know the format."""

import io
import random
import struct
import zipfile
from collections.abc import Callable, Iterator

import numpy as np
import scipy.io
from places import SAMPLES
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

import ecgfm_core as ecg
from ecgfm_core.leads import LEADS
from ecgfm_core.types import Source

SIGNAL = ecg.simulate(ecg.Heart(), seconds=6).record.signal
NUMBERS = ("0", "-1", "1e309", "nan", "999999999999", "4294967296", "0.0001", "12abc", "", "-0", "2147483648", "٣")

Files = list[Source]
Spoil = Callable[[random.Random], Files]


def spoiled(format_name: str, count: int) -> Iterator[Files]:
    """`count` hostile uploads of a format, seeded."""
    for number in range(count):
        yield SPOILERS[format_name](random.Random(f"{format_name} {number}"))


def _flip(content: bytes, r: random.Random, span: int | None = None) -> bytes:
    """A few bytes changed, cut, doubled or inserted, in the first `span` bytes."""
    b = bytearray(content)
    for _ in range(r.randint(1, 8)):
        at = r.randrange(min(len(b), span or len(b)) or 1)
        kind = r.randrange(4)
        if kind == 0 and b:
            b[at] = r.choice((0, 1, 0x7F, 0x80, 0xFF, r.randrange(256)))
        elif kind == 1:
            del b[at : at + r.choice((1, 2, 100))]
        elif kind == 2:
            b[at:at] = bytes(r.randrange(256) for _ in range(r.choice((1, 4, 50))))
        elif len(b) >= at + 4:
            b[at : at + 4] = struct.pack("<I", r.choice((0, 0xFFFFFFFF, 0x7FFFFFFF, 0x10000, r.randrange(2**32))))
    return bytes(b)


def _wfdb(r: random.Random) -> Files:
    header = (SAMPLES / "af.hea").read_text().splitlines()
    signal = (SAMPLES / "af.dat").read_bytes()
    for _ in range(r.randint(1, 4)):
        kind = r.randrange(6)
        line = r.randrange(len(header))
        words = header[line].split(" ")
        if kind == 0:
            words[r.randrange(len(words))] = r.choice(
                (*NUMBERS, "../../etc/passwd", "/dev/zero", "~", "af.hea", "16x9", "16:99999999", "16+99999999", "516",
                 "1000(99999999999)/mV", "0/mV", "1000/kg", "1e-300/mV", "V1", "af.dat")
            )  # fmt: skip
            header[line] = " ".join(words)
        elif kind == 1:
            del header[line]
            header = header or ["x"]
        elif kind == 2:
            header.insert(line, header[r.randrange(len(header))])
        elif kind == 3:
            header[0] = r.choice(
                (f"af/{r.randrange(9)} 12 500 5000", "af 12", "af 999999 500 5000", "af 12 0 5000", "af 0 500 0")
            )
        elif kind == 4:
            signal = _flip(signal, r)
        else:
            signal = signal[: r.randrange(len(signal))]
    return [Source("af.hea", "\n".join(header).encode()), Source("af.dat", signal)]


def _csv(r: random.Random) -> Files:
    rows = [list(LEADS), *[[f"{v:.3f}" for v in row] for row in SIGNAL[:, : r.choice((3, 400))].T]]
    for _ in range(r.randint(1, 5)):
        kind, row = r.randrange(7), r.randrange(len(rows))
        if kind == 0:
            rows[row][r.randrange(len(rows[row]))] = r.choice(
                (*NUMBERS, "=cmd()", '"', '"a', "\x00", "1;2", "x" * 9000)
            )
        elif kind == 1:
            rows[row] = rows[row][: r.randrange(len(rows[row])) + 1]
        elif kind == 2:
            rows[row] = rows[row] * r.choice((2, 30))
        elif kind == 3:
            rows[0] = [r.choice((*LEADS, "time (s)", "", "V1 (kg)", "V1 (mV)")) for _ in rows[0]]
        elif kind == 4:
            rows.insert(row, r.choice(([], [""], ["#"], ["a"] * 12)))
        elif kind == 5:
            del rows[: r.randrange(3)]
            rows = rows or [["1", "2"]]
        else:
            rows = [[row[0]] for row in rows if row] or [["1"]]
        rows = [row or [""] for row in rows]
    delimiter = r.choice((",", ";", "\t"))
    text = "\n".join(delimiter.join(row) for row in rows)
    content = text.encode(r.choice(("utf-8", "utf-8", "utf-16", "latin-1")), "replace")
    return [Source("a.csv", _flip(content, r) if r.random() < 0.3 else content)]


def _npy(r: random.Random) -> Files:
    stream = io.BytesIO()
    if r.random() < 0.5:
        np.save(stream, SIGNAL)
        content = stream.getvalue()
        shape = r.choice(
            ("(12, 999999999999)", "(-1, 3)", "(12,)", "()", "(0, 0)", "(12, 3000.0)", "(2**40,)", "(" * 300, "x")
        )
        kind = r.choice(("'|O'", "'<f8'", "'<U9'", "'<c16'", "'<M8[s]'", "[('a', '<f4')]", "'<f4'", "'V' * 9", "None"))
        if r.random() < 0.5:
            content = content.replace(b"(12, 3000)", shape.encode())
        if r.random() < 0.5:
            content = content.replace(b"'<f4'", kind.encode())
        return [Source("a.npy", _flip(content, r, 128) if r.random() < 0.6 else content)]
    odd = r.choice(
        (np.array([1, 2]), np.array("x" * 99), np.array([["I"]]), np.array(np.nan), np.array(-5), np.zeros((3, 3, 3)),
         np.array([b"\xff"]), np.zeros((12, 9), complex), np.zeros((12, 0)))
    )  # fmt: skip
    fields = {"signal": SIGNAL, "fs": np.array(500), "unit": np.array("mV"), "leads": np.array(LEADS)}
    fields[r.choice(list(fields))] = odd
    np.savez_compressed(stream, **fields)
    content = stream.getvalue()
    return [Source("a.npz", _flip(content, r) if r.random() < 0.5 else content)]


def _mat(r: random.Random) -> Files:
    odd = r.choice(
        (np.zeros((3, 3)), np.zeros((12, 0)), "text", np.array([[1, 2]], object), np.full((12, 3000), np.nan),
         np.zeros((12, 3000), complex), {"a": 1}, SIGNAL, SIGNAL.T, np.zeros((12, 4000), np.uint8))
    )  # fmt: skip
    rate = r.choice((500, 0, -1, np.nan, "fast", [1, 2], 1e30))
    stream = io.BytesIO()
    fields = {"feats": r.choice((SIGNAL, odd)), "curr_sample_rate": r.choice((500, rate)), "org_sample_rate": rate}
    scipy.io.savemat(stream, fields, do_compression=r.random() < 0.5)
    content = stream.getvalue()
    return [Source("a.mat", _flip(content, r, r.choice((400, None))) if r.random() < 0.7 else content)]


def dicom_bytes() -> bytes:
    """A twelve-lead DICOM waveform."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.5.1.4.1.1.9.1.1")
    ds.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID
    ds.PatientAge, ds.PatientSex = "050Y", "F"
    group = Dataset()
    group.MultiplexGroupLabel, group.WaveformOriginality = "RHYTHM", "ORIGINAL"
    group.NumberOfWaveformChannels, group.NumberOfWaveformSamples, group.SamplingFrequency = 12, SIGNAL.shape[1], "500"
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = 16, "SS"
    group.ChannelDefinitionSequence = [_channel(lead) for lead in LEADS]
    group.WaveformData = np.rint(SIGNAL * 1000).astype("<i2").T.tobytes()
    ds.WaveformSequence = [group]
    stream = io.BytesIO()
    ds.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _channel(lead: str) -> Dataset:
    source, unit, channel = Dataset(), Dataset(), Dataset()
    source.CodeValue, source.CodingSchemeDesignator, source.CodeMeaning = "1", "SCPECG", f"Lead {lead}"
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "uV", "UCUM", "microvolt"
    channel.ChannelSourceSequence, channel.ChannelSensitivityUnitsSequence = [source], [unit]
    channel.ChannelSensitivity, channel.ChannelSensitivityCorrectionFactor, channel.ChannelBaseline = "1", "1", "0"
    channel.WaveformBitsStored = 16
    return channel


_DICOM = dicom_bytes()
_HEADS = (
    b"RHYTHM", b"ORIGINAL", b"\x3a\x00\x05\x00", b"\x3a\x00\x10\x00", b"\x3a\x00\x1a\x00", b"SS", b"uV", b"Lead I",
    b"1.2.840.10008.1.2.1\x00", b"\x00\x54\x00\x01", b"\x3a\x00\x00\x02", b"\x3a\x00\x08\x02", b"050Y",
)  # fmt: skip


def _dicom(r: random.Random) -> Files:
    content = bytearray(_DICOM)
    for _ in range(r.randint(1, 4)):
        at = content.find(r.choice(_HEADS))
        if at < 0:
            continue
        offset = at + r.randrange(16)
        content[offset : offset + 4] = struct.pack("<I", r.choice((0, 1, 0xFFFFFFFF, 0x00010001, r.randrange(2**32))))
    if r.random() < 0.2:
        content = content.replace(
            ExplicitVRLittleEndian.encode() + b"\x00", ImplicitVRLittleEndian.encode() + b"\x00\x00\x00"
        )
    spoiled_bytes = _flip(bytes(content), r, r.choice((3000, None))) if r.random() < 0.5 else bytes(content)
    return [
        Source("a.dcm", spoiled_bytes[: r.randrange(200, len(spoiled_bytes))] if r.random() < 0.2 else spoiled_bytes)
    ]


def _zip(r: random.Random) -> Files:
    stream = io.BytesIO()
    with zipfile.ZipFile(
        stream, "w", r.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA))
    ) as archive:
        for _ in range(r.randint(0, 5)):
            name = r.choice(
                ("../../x.hea", "/etc/x.csv", "a" * 300, "af.hea", "af.dat", "x/", "con.npy", "__MACOSX/a", "é\n.csv")
            )
            part = r.choice((_wfdb, _csv, _npy))(r)[0].content
            archive.writestr(name, r.choice((part, b"0" * 3_000_000, b"")))
    content = stream.getvalue()
    return [Source("a.zip", _flip(content, r) if r.random() < 0.6 else content)]


SPOILERS: dict[str, Spoil] = {"wfdb": _wfdb, "dicom": _dicom, "csv": _csv, "numpy": _npy, "mat": _mat, "zip": _zip}
