/** The leads' lines. Straight from sample to sample, never smoothed; clipped at the paper only. */
import { clamp, samplesOn } from "./geometry.js";
import { LEVELS, levelColor, runsOn } from "./overlay.js";

const WIDTH = 0.28; // mm
const WIDEST = 2; // CSS pixels: zoomed in, a finer line is measured more exactly
const DASHES = [0.9, 0.6]; // mm
const DENSE = 2; // samples per device pixel; above it only what reaches highest and lowest is drawn

/** Draw every cell's trace, colored where an overlay asks for it. */
export function drawTraces(brush, paper) {
  const { ctx, colors, sheet } = brush;
  ctx.lineJoin = "round";
  ctx.strokeStyle = colors.trace;
  ctx.lineWidth = lineWidth(brush);
  for (const cell of sheet.cells) {
    ctx.beginPath();
    addTrace(ctx, brush, paper.signal, cell, ...samplesOn(paper.signal, cell));
    ctx.stroke();
  }
  if (paper.overlay?.style === "line") colorTraces(brush, paper);
}

/** Draw the traces again in the color of their values, wider the further those are from 0; a path for each level. */
function colorTraces(brush, paper) {
  const { ctx, sheet } = brush;
  const paths = new Map();
  const moving = paper.hand?.mode === "pan"; // dashes take a third of the frames
  for (const cell of sheet.cells) {
    for (const run of runsOn(paper.overlay, cell)) {
      if (!run.level) continue;
      if (!paths.has(run.level)) paths.set(run.level, new Path2D());
      addTrace(paths.get(run.level), brush, paper.signal, cell, ...samplesIn(paper.signal, cell, run));
    }
  }
  for (const [level, path] of paths) {
    ctx.strokeStyle = levelColor(brush.colors, level, paper.overlay);
    ctx.lineWidth = lineWidth(brush) * (1 + Math.abs(level) / LEVELS);
    ctx.setLineDash(level < 0 && !moving ? DASHES.map((mm) => mm * brush.k) : []); // below 0: not color alone
    ctx.stroke(path);
  }
  ctx.setLineDash([]);
}

/** Device pixels. */
function lineWidth({ k, ratio }) {
  return clamp(WIDTH * k, ratio, WIDEST * ratio);
}

/** [first, last] sample of a stretch of a cell; the last is the next one's first, so that no gap is left. */
function samplesIn(signal, cell, { from, to }) {
  const [least, most] = samplesOn(signal, cell);
  const number = (time) => Math.ceil(time * signal.fs - 1e-6) - signal.first;
  return [Math.max(least, number(from)), Math.min(most, number(to))];
}

/** Add samples `from` to `to` to the path, those in sight only. */
function addTrace(path, brush, signal, cell, from, to) {
  const speed = brush.sheet.mm_per_s * brush.k;
  const left = brush.x(cell.x) - (cell.from_s - signal.first / signal.fs) * speed;
  const step = speed / signal.fs; // device pixels from sample to sample
  const start = Math.max(from, Math.floor(-left / step) - 1);
  const stop = Math.min(to, Math.ceil((brush.wide - left) / step) + 1);
  const gain = cell.sign * cell.mm_per_unit * brush.k * signal.count;
  const zero = brush.y(cell.middle) + cell.sign * cell.baseline * cell.mm_per_unit * brush.k;
  const at = { path, left, step, zero, gain, counts: signal.counts, row: cell.row * signal.samples };
  if (step * DENSE >= 1) for (let i = start; i <= stop; i += 1) addPoint(at, i, i === start);
  else addDense(at, start, stop);
}

function addPoint(at, sample, first) {
  const x = at.left + sample * at.step;
  const y = at.zero - at.counts[at.row + sample] * at.gain;
  if (first) at.path.moveTo(x, y);
  else at.path.lineTo(x, y);
}

/** Of the samples on one device pixel: first, lowest and highest in their order, last. */
function addDense(at, start, stop) {
  for (let i = start; i <= stop; ) {
    const column = Math.floor(at.left + i * at.step);
    let end = i, low = i, high = i;
    while (end < stop && Math.floor(at.left + (end + 1) * at.step) === column) {
      end += 1;
      if (at.counts[at.row + end] < at.counts[at.row + low]) low = end;
      if (at.counts[at.row + end] > at.counts[at.row + high]) high = end;
    }
    addPoint(at, i, i === start);
    addPoint(at, Math.min(low, high), false);
    addPoint(at, Math.max(low, high), false);
    addPoint(at, end, false);
    i = end + 1;
  }
}
