/**
 * What a reader measures: time calipers, voltage calipers, and one interval. They live in the recording, not on the
 * screen, so a changed layout or zoom keeps them.
 *
 * A span is {kind, lead, from, to, at, offset, march, provisional}: from and to in s, or in the recording's unit for
 * kind "voltage", whose ends stand at the times at = [s, s]; offset is the mm below the row's middle at which the
 * arrow of a time span is drawn; a provisional span was put by a key and yields to the first one that is drawn.
 */
import { clamp, nearest, sampleOf, timeAt, timeOf, valueAt, xOf, yOf } from "./geometry.js";

const FIRST_S = 0.4; // length of a time caliper that a key puts
const FIRST_INTERVAL_S = 1.0;
const LOW = 8; // mm below the middle, where the arrow of such a caliper lies

/** Begin a span at a place (mm) of a cell; both ends lie there. */
export function begin(paper, kind, cell, x, y, free) {
  forgetProvisional(paper, kind);
  const span = { kind, lead: cell.lead, from: 0, to: 0, at: [0, 0], offset: y - cell.middle, march: false };
  setEnd(paper, span, "from", cell, x, y, free);
  setEnd(paper, span, "to", cell, x, y, free);
  add(paper, span);
  return span;
}

/** Put a span at the middle of what is seen of a cell: what a key does. */
export function putInMiddle(paper, kind, cell) {
  forgetProvisional(paper, kind);
  const { view, scene, signal } = paper;
  const left = Math.max(cell.x, view.x);
  const right = Math.min(cell.x + cell.width, view.x + view.wide / view.scale);
  const middle = timeAt(scene.sheet, cell, right > left ? (left + right) / 2 : cell.x + cell.width / 2);
  const half = (kind === "interval" ? FIRST_INTERVAL_S : FIRST_S) / 2;
  const ends = [middle - half, middle + half].map((time) => nearest(signal, cell, time));
  const span = { kind, lead: cell.lead, from: 0, to: 0, at: [0, 0], offset: LOW, march: false, provisional: true };
  setSample(paper, span, "from", cell, ends[0]);
  setSample(paper, span, "to", cell, ends[1]);
  add(paper, span);
}

/** Move an end to a place in mm: to the nearest sample, and in voltage to its value or freely. */
export function setEnd(paper, span, end, cell, x, y, free) {
  setSample(paper, span, end, cell, nearest(paper.signal, cell, timeAt(paper.scene.sheet, cell, x)));
  if (span.kind === "voltage" && free) span[end] = valueAt(cell, y);
  if (span.kind === "time" && end === "to") span.offset = y - cell.middle;
}

/** Move the active end of the selected span by samples. */
export function step(paper, samples) {
  const span = paper.spans[paper.selected];
  const cell = span && homeOf(paper, span);
  if (!cell) return;
  const time = span.kind === "voltage" ? span.at[endNumber(paper.end)] : span[paper.end];
  setSample(paper, span, paper.end, cell, nearest(paper.signal, cell, time + samples / paper.signal.fs));
  span.provisional = false;
  paper.changed("spans");
}

/** Remove a span. */
export function remove(paper, number) {
  if (!paper.spans[number]) return;
  if (paper.hand?.span === paper.spans[number]) paper.hand = null;
  paper.spans.splice(number, 1);
  paper.selected = -1;
  paper.changed("spans");
}

/** Let go of what is held; a new span that has one end only goes, too. */
export function dropUnfinished(paper) {
  if (paper.hand?.made) remove(paper, paper.spans.indexOf(paper.hand.span));
  paper.hand = null;
}

/** Repeat the selected time caliper along its row, or stop doing so. */
export function toggleMarch(paper) {
  const chosen = paper.spans[paper.selected];
  const span = chosen?.kind === "time" ? chosen : paper.spans.findLast((one) => one.kind === "time");
  if (!span) return;
  span.march = !span.march;
  paper.selected = paper.spans.indexOf(span);
  paper.changed("spans");
}

/** The cells in which a span is drawn: those that hold all of it, or else those that hold some. */
export function cellsOf(paper, span) {
  const [from, to] = timesOf(span);
  const some = paper.scene.sheet.cells.filter((cell) => {
    return cell.lead === span.lead && to >= cell.from_s && from <= cell.to_s;
  });
  const whole = some.filter((cell) => from >= cell.from_s && to <= cell.to_s);
  return whole.length ? whole : some;
}

/** The cell in which a span is moved by keys: the one with most room, such as a rhythm strip. */
export function homeOf(paper, span) {
  const length = (cell) => cell.to_s - cell.from_s;
  return cellsOf(paper, span).reduce((best, cell) => (best && length(best) >= length(cell) ? best : cell), undefined);
}

/** [earlier, later] time of a span in s. */
export function timesOf(span) {
  const ends = span.kind === "voltage" ? span.at : [span.from, span.to];
  return [Math.min(...ends), Math.max(...ends)];
}

/** Length in words: "412 ms, 146/min" or "1.16 mV". */
export function lengthInWords(paper, span) {
  if (span.kind === "voltage") {
    const sign = homeOf(paper, span)?.sign ?? 1;
    return inUnit(paper, sign * (span.to - span.from));
  }
  const ms = 1000 * Math.abs(span.to - span.from);
  const digits = paper.signal.fs > 1000 ? 1 : 0;
  if (span.kind === "interval" || ms === 0) return `${ms.toFixed(digits)} ms`;
  return `${ms.toFixed(digits)} ms, ${Math.round(60000 / ms)}/min`;
}

/** The whole span in words: kind, lead, ends, length. */
export function inWords(paper, span) {
  const cell = homeOf(paper, span);
  const label = cell?.label ?? span.lead;
  const away = cell ? "" : " (not on this sheet)";
  if (span.kind === "voltage") {
    const sign = cell?.sign ?? 1;
    const [from, to] = [span.from, span.to].map((value) => twoDigits(sign * value));
    return `voltage ${label} ${from} to ${to}: ${lengthInWords(paper, span)}${away}`;
  }
  const [from, to] = timesOf(span).map((time) => time.toFixed(3));
  const march = span.march ? ", marched out" : "";
  return `${span.kind} ${label} ${from}-${to} s: ${lengthInWords(paper, span)}${march}${away}`;
}

/** Whether the nearest end or line of a span lies within `reach` mm of a place: {number, end} or null. */
export function hit(paper, cell, x, y, reach) {
  let best = null;
  paper.spans.forEach((span, number) => {
    if (span.lead !== cell.lead) return;
    for (const [end, far] of distances(paper.scene.sheet, span, cell, x, y)) {
      const distance = far - (number === paper.selected ? 0.25 * reach : 0);
      if (far <= reach && distance < (best?.distance ?? Infinity)) best = { number, end, distance };
    }
  });
  return best;
}

/** [end, mm] pairs; end null is the arrow between the ends. */
function distances(sheet, span, cell, x, y) {
  const [left, right] = timesOf(span).map((time) => xOf(sheet, cell, time));
  const outside = Math.max(left - x, x - right, 0);
  if (span.kind === "voltage") {
    return ["from", "to"].map((end) => [end, Math.max(Math.abs(y - yOf(cell, span[end])), outside - 2)]);
  }
  const ends = ["from", "to"].map((end) => [end, Math.abs(x - xOf(sheet, cell, span[end]))]);
  if (span.kind === "interval") return ends;
  return [...ends, [null, Math.max(outside, Math.abs(y - arrowAt(cell, span)))]];
}

/** y in mm of a time span's arrow. */
export function arrowAt(cell, span) {
  return clamp(cell.middle + span.offset, cell.top + 4, cell.bottom - 2);
}

function setSample(paper, span, end, cell, sample) {
  const time = timeOf(paper.signal, sample);
  span.at[endNumber(end)] = time;
  span[end] = span.kind === "voltage" ? sampleOf(paper.signal, cell.row, sample) : time;
}

function endNumber(end) {
  return end === "from" ? 0 : 1;
}

function add(paper, span) {
  if (span.kind === "interval") paper.spans = paper.spans.filter((one) => one.kind !== "interval");
  paper.spans.push(span);
  paper.selected = paper.spans.length - 1;
  paper.end = "to";
  paper.changed("spans");
}

function forgetProvisional(paper, kind) {
  paper.spans = paper.spans.filter((span) => !(span.provisional && span.kind === kind));
}

function inUnit(paper, value) {
  return `${twoDigits(value)} ${paper.scene.sheet.unit ?? "(no unit)"}`;
}

/** Two digits after the point, and no sign before a zero. */
function twoDigits(value) {
  return value.toFixed(2).replace(/^-0\.00$/, "0.00");
}
