/**
 * Between paper and recording: millimetres <-> seconds and values, samples by number.
 *
 * The sheet says where everything lies; nothing here moves a lead. Values are in the recording's unit (mV where it is
 * known), times in s from the recording's first sample, places in mm from the sheet's upper left corner.
 */

/** x in mm of a time in s. */
export function xOf(sheet, cell, time) {
  return cell.x + (time - cell.from_s) * sheet.mm_per_s;
}

/** Time in s at x in mm. */
export function timeAt(sheet, cell, x) {
  return cell.from_s + (x - cell.x) / sheet.mm_per_s;
}

/** y in mm of a value. */
export function yOf(cell, value) {
  return cell.middle - cell.sign * (value - cell.baseline) * cell.mm_per_unit;
}

/** Value at y in mm. */
export function valueAt(cell, y) {
  return cell.baseline + (cell.middle - y) / (cell.sign * cell.mm_per_unit);
}

/** The cell under a place in mm, or undefined in the margins. */
export function cellAt(sheet, x, y) {
  return sheet.cells.find((cell) => x >= cell.x && x < cell.x + cell.width && y >= cell.top && y < cell.bottom);
}

/** [first, last] sample that was sent and lies on a cell. */
export function samplesOn(signal, cell) {
  const first = Math.max(0, Math.ceil(cell.from_s * signal.fs - 1e-6) - signal.first);
  const last = Math.min(signal.samples - 1, Math.floor(cell.to_s * signal.fs + 1e-6) - signal.first);
  return [first, last];
}

/** Time in s of a sent sample. */
export function timeOf(signal, sample) {
  return (signal.first + sample) / signal.fs;
}

/** The sample on a cell that is nearest to a time in s. */
export function nearest(signal, cell, time) {
  const [first, last] = samplesOn(signal, cell);
  return Math.max(first, Math.min(last, Math.round(time * signal.fs) - signal.first));
}

/** Value of a sent sample, in the recording's unit; row is the lead's number in standard order. */
export function sampleOf(signal, row, sample) {
  return signal.counts[row * signal.samples + sample] * signal.count;
}

/** Limit a number to a range. */
export function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}
