"""The sheet: positions are read back and compared with what was measured."""

import itertools

import numpy as np
import pytest
from unit.drawn import FS, sheet, shown, spikes, steps

from app.figures.sheet import A4, CABRERA, Cell, Setup, lay_out, samples_of, strip_leads, trace
from ecgfm_core.leads import LEADS

LAYOUTS = ("3x4+1", "3x4+3", "6x2", "12x1")
EVERY = [
    {"layout": layout, "cabrera": cabrera, "large": large, "simultaneous": simultaneous, "mm_per_mv": gain}
    for layout, cabrera, large, simultaneous, gain in itertools.product(
        LAYOUTS, (False, True), (False, True), (False, True), (5.0, 10.0, 20.0)
    )
]


def traces(signal: np.ndarray | None = None, *, start_s: float = 0.0, unit: str | None = "mV", **setup: object):
    """Each cell with its points."""
    what = shown(signal, unit=unit)
    made = sheet(what, start_s=start_s, **setup)
    return [(cell, trace(cell, what, made.mm_per_s)) for cell in made.cells]


def test_every_lead_is_there_once_and_the_rhythm_strip_again():
    assert [cell.label for cell in sheet().cells] == [
        "I", "aVR", "V1", "V4", "II", "aVL", "V2", "V5", "III", "aVF", "V3", "V6", "II",
    ]  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("cabrera", [False, True])
def test_every_layout_shows_every_lead_once_and_its_strips_below(layout: str, cabrera: bool):
    cells = sheet(layout=layout, cabrera=cabrera, rhythm="V1").cells
    strips = strip_leads(Setup(layout, rhythm="V1"))
    assert sorted(cell.lead for cell in cells[:12]) == sorted(LEADS)
    assert tuple(cell.lead for cell in cells[12:]) == strips
    assert len(strips) == int(layout.partition("+")[2] or 0)
    assert all(cell.top >= max(above.bottom for above in cells[:12]) for cell in cells[12:])


def test_the_strips_never_show_one_lead_twice():
    assert strip_leads(Setup("3x4+3", rhythm="II")) == ("II", "V1", "V5")
    assert strip_leads(Setup("3x4+3", rhythm="V5")) == ("V5", "V1", "II")
    assert strip_leads(Setup("3x4+3", rhythm="aVF")) == ("aVF", "V1", "II")


def test_cabrera_goes_down_the_columns_and_draws_avr_upside_down():
    signal = steps() * np.arange(1, 13)[:, None]
    limb = [cell for cell in sheet(layout="6x2", cabrera=True).cells if cell.lead not in LEADS[6:]]
    assert tuple(cell.label for cell in limb) == CABRERA
    three = sheet(cabrera=True).cells
    assert [three[at].label for at in (0, 4, 8, 1, 5, 9)] == list(CABRERA)
    down = {cell.label: points[1] for cell, points in traces(signal, layout="12x1", cabrera=True)}
    up = {cell.label: points[1] for cell, points in traces(signal, layout="12x1")}
    turned, straight = (np.diff(y)[np.abs(np.diff(y)).argmax()] for y in (down["-aVR"], up["aVR"]))
    assert turned == pytest.approx(-straight)


def test_columns_run_on_in_time_at_25_mm_a_second():
    drawn = traces()
    left = drawn[12][1][0, 0]
    for row in range(3):
        for column, (cell, points) in enumerate(drawn[4 * row : 4 * row + 4]):
            x = points[0]
            assert x[0] == pytest.approx(left + column * 62.5)
            assert x[-1] - x[0] == pytest.approx(62.5 if column < 3 else 62.45)  # the recording ends a sample earlier
            assert cell.label_at(4.2)[0] == pytest.approx(x[0] + 1.5)
            assert (cell.from_s, cell.to_s) == (2.5 * column, 2.5 * (column + 1))
    rhythm = drawn[12][1]
    peaks = rhythm[0][rhythm[1] < rhythm[1].max() - 5]
    np.testing.assert_allclose(np.diff(peaks), 25.0)
    np.testing.assert_allclose(peaks - left, 12.5 + 25.0 * np.arange(10))


@pytest.mark.parametrize("speed", [25.0, 50.0])
@pytest.mark.parametrize("gain", [5.0, 10.0, 20.0])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_speed_and_gain_are_true_in_every_layout(layout: str, gain: float, speed: float):
    for cell, (x, y) in traces(steps(), layout=layout, mm_per_s=speed, mm_per_mv=gain):
        assert np.ptp(y) == pytest.approx(gain)
        assert cell.width == pytest.approx((cell.to_s - cell.from_s) * speed)
        changes = x[np.flatnonzero(np.diff(y))]
        np.testing.assert_allclose(np.diff(changes), speed)


def test_simultaneous_columns_begin_at_the_same_time():
    drawn = traces(spikes(), simultaneous=True, start_s=1.0)
    assert {cell.from_s for cell, _ in drawn} == {1.0}
    for _, points in drawn[:12]:
        peaks = points[0][points[1] < points[1].max() - 5] - points[0, 0]
        np.testing.assert_allclose(peaks, [12.5, 37.5, 62.5])


def test_each_column_shows_its_own_lead_at_its_own_time():
    signal = np.zeros((12, 5000), np.float32)
    signal[LEADS.index("V4"), 3750 + 100] = 2.0  # only in the last column's time
    signal[LEADS.index("I"), 3750 + 100] = 2.0  # outside the first column's time
    by_lead = {cell.lead: points for cell, points in traces(signal)[:12]}
    assert np.ptp(by_lead["V4"][1]) == pytest.approx(20.0)
    assert np.ptp(by_lead["I"][1]) == 0.0


def test_a_millivolt_is_ten_millimetres_and_so_is_the_pulse():
    made = sheet()
    assert all(np.ptp(points[1]) == pytest.approx(10.0) for _, points in traces())
    assert len(made.pulses) == 4
    for pulse in made.pulses:
        assert np.ptp(pulse[1]) == pytest.approx(10.0)
        high = pulse[0][pulse[1] == pulse[1].min()]
        assert np.ptp(high) == pytest.approx(5.0)


@pytest.mark.parametrize(("halved", "limb", "chest"), [("limb", 5.0, 10.0), ("precordial", 10.0, 5.0)])
def test_halved_leads_have_half_the_gain_and_a_row_of_both_a_stepped_pulse(halved: str, limb: float, chest: float):
    for cell, points in traces(steps(), layout="6x2", halved=halved):
        assert np.ptp(points[1]) == pytest.approx(chest if cell.lead in LEADS[6:] else limb)
    made = sheet(layout="6x2", halved=halved)
    assert f"{halved} leads at half" in made.footer
    for pulse, row in zip(made.pulses, made.cells[::2], strict=True):
        heights = row.middle - pulse[1]
        assert heights[2:6].tolist() == [limb, limb, chest, chest]


def test_without_a_unit_there_is_no_pulse_and_the_footer_says_so():
    made = sheet(shown(unit=None))
    assert made.pulses == ()
    assert "unit not stated" in made.footer
    assert "mm/mV" not in made.footer


def test_without_a_unit_all_leads_keep_one_scale():
    signal = np.random.default_rng(0).standard_normal((12, 5000))
    signal[LEADS.index("V2")] *= 3
    by_lead = {cell.lead: points[1] for cell, points in traces(signal, unit=None)}
    assert np.std(by_lead["V2"]) / np.std(by_lead["V5"]) == pytest.approx(3, rel=0.1)
    np.testing.assert_allclose(np.std(by_lead["V5"]), 4.0, rtol=0.1)


def test_a_later_page_begins_where_it_says():
    signal = np.zeros((12, 15000), np.float32)
    signal[:, 10_000 + 500] = 1.0
    rhythm = traces(signal, start_s=20.0)[12][1]
    at = rhythm[0][np.argmin(rhythm[1])] - rhythm[0][0]
    assert at == pytest.approx(25.0)
    assert "from 20 s" in sheet(shown(signal), start_s=20.0).footer


def test_a_short_recording_leaves_its_columns_empty():
    assert [points.shape[1] for _, points in traces(spikes()[:, :1500])[:4]] == [1251, 250, 0, 0]


def test_both_edges_of_a_cell_have_their_sample():
    cell = sheet().cells[1]
    assert samples_of(cell, FS, 5000) == range(1250, 2501)
    assert len(samples_of(cell, FS, 100)) == 0


def test_a_lost_lead_is_a_line_along_its_middle():
    signal = spikes()
    signal[LEADS.index("V3")] = 0
    ((cell, points),) = [pair for pair in traces(signal) if pair[0].lead == "V3"]
    assert set(points[1]) == {cell.middle}
    assert all(np.ptp(points[1]) == pytest.approx(10) for other, points in traces(signal) if other.lead != "V3")


@pytest.mark.parametrize("setup", EVERY, ids=lambda setup: " ".join(map(str, setup.values())))
def test_at_25_mm_a_second_it_fits_on_a4_whatever_the_voltage(setup: dict[str, object]):
    loud = shown(40 * (steps() - 0.5))  # 20 mV up and down
    made = sheet(loud, **setup)
    assert made.width <= A4[0]
    assert made.height + 5.0 <= A4[1]  # with what an export says of itself
    assert made.height % 5 == 0
    assert made.cells[-1].bottom < made.height - made.type_mm
    for pulse in made.pulses:
        assert pulse[1].min() >= 2.6 + 1.2 * made.type_mm  # below the title
        assert pulse[0].min() > 0


@pytest.mark.parametrize("setup", EVERY, ids=lambda setup: " ".join(map(str, setup.values())))
def test_no_label_touches_another_the_title_or_the_footer(setup: dict[str, object]):
    made = sheet(**setup)
    boxes = [_label_box(cell, made.type_mm) for cell in made.cells]
    for (left, top, right, bottom), (x, y, end, foot) in itertools.combinations(boxes, 2):
        assert right <= x or end <= left or bottom <= y or foot <= top
    assert min(box[1] for box in boxes) >= 2.4 + 0.95 * made.type_mm
    assert max(box[3] for box in boxes) <= made.height - 2.6 - made.type_mm
    pulse = min(float(pulse[0].min()) for pulse in made.pulses)
    for box, cell in zip(boxes, made.cells, strict=True):
        assert box[2] < pulse if cell.beside else box[3] < cell.middle + 1


def _label_box(cell: Cell, type_mm: float) -> tuple[float, float, float, float]:
    """Left, top, right, bottom; capitals are 0.72 of the type's size high and 0.75 wide at most."""
    x, y = cell.label_at(type_mm)
    return x, y - 0.72 * type_mm, x + 0.75 * type_mm * len(cell.label), y


def test_a_drifting_lead_stays_in_its_row():
    drift = np.linspace(0, 40, 30_000)[None] + 0.1 * np.sin(np.arange(30_000) / 20)[None] * np.ones((12, 1))
    made = shown(drift)
    laid = lay_out(made, start_s=50.0)
    for cell in laid.cells:
        assert abs(np.median(trace(cell, made, 25.0)[1]) - cell.middle) < 40


@pytest.mark.parametrize("fs", [100.0, 257.0, 1000.0])
def test_time_is_true_at_any_rate(fs: float):
    signal = np.zeros((12, round(10 * fs)), np.float32)
    times = np.arange(1, 10)
    signal[:, np.rint(times * fs).astype(int)] = 1.0
    what = shown(signal, fs=fs)
    x, y = trace(sheet(what).cells[12], what, 25.0)
    np.testing.assert_allclose(x[y < y.max() - 5] - x[0], 25.0 * times, atol=25 / fs)


def test_a_sheet_of_half_an_hour_holds_ten_seconds():
    signal = np.tile(steps(), (1, 180))
    what = shown(signal)
    made = sheet(what, start_s=1790.0)
    assert {trace(cell, what, 25.0).shape[1] for cell in made.cells} == {1251, 1250, 5000}
    assert made.cells[0].from_s == 1790.0
