"""Every limit on what is read, in one place. Generous for a 12-lead ECG, small for a server."""

MEBIBYTE = 1024 * 1024

FILE_BYTES = 64 * MEBIBYTE
"""One file, or one entry of a zip after unpacking."""
TABLE_BYTES = 24 * MEBIBYTE
"""One text file: about a quarter of an hour of twelve leads at 500 Hz."""
UNPACKED_BYTES = 256 * MEBIBYTE
"""All entries of one zip together, after unpacking."""
ZIP_ENTRIES = 5_000
"""Entries of one zip."""
CHANNELS = 64
"""Channels of one file."""
VALUES = 24_000_000
"""Samples of all channels together, as stored: 30 minutes of 12 leads at 1000 Hz fit."""
MODEL_FS, MODEL_VALUES = 500.0, 12_500_000
"""Samples of all channels together at the model's rate: 30 minutes of 12 leads fit."""
TOTAL_VALUES = 60_000_000
"""Samples of all recordings of one upload together: a thousand recordings of ten seconds."""
MILLIVOLTS = 10_000.0
"""mV beyond which a sample is no voltage of a heart, nor of a saturated amplifier."""
SWING_MV = 0.03, 20.0
"""mV from trough to peak of the middle lead, outside of which the unit is doubted."""
DICOM_BYTES, DICOM_ITEMS = 8 * MEBIBYTE, 2_000
"""A DICOM file, and the sequence items in it: parsing takes time with their number."""
MIN_FS, MAX_FS = 20.0, 32_000.0
"""Hz, the sampling rates taken seriously."""
HEADER_BYTES = 256 * 1024
"""A WFDB header or the header of an NPY file."""
TEXT_CHARS = 200
"""Length to which a statement of the file is cut."""
STATEMENTS = 100
"""Statements or measurements that are kept of one file."""
