/** The upper canvas: calipers, interval, the chosen beat, the chosen lead. Drawn anew while something is dragged. */
import { brushOf, fillBox, setType, strokeLine, widthOf, write } from "./brush.js";
import { clamp, xOf, yOf } from "./geometry.js";
import { arrowAt, cellsOf, lengthInWords, timesOf } from "./spans.js";

const TYPE = 0.72; // of the labels' height
const READABLE = [12, 16, 26]; // CSS pixels of a readout: however small the paper; however far zoomed in; and large
const [THIN, THICK] = [1.5, 2.25]; // CSS pixels of a caliper's lines, and of the chosen one's
const CLOSEST = 1; // mm between the lines of a march-out

/** Draw all of it anew. */
export function drawTop(paper) {
  const brush = brushOf(paper, paper.canvases[1]);
  const empty = !paper.spans.length && paper.beat === null && !(paper.byKeys && paper.focused);
  paper.canvases[1].hidden = empty; // an empty canvas still costs time when the paper moves
  if (empty) return;
  brush.ctx.clearRect(0, 0, brush.wide, brush.high);
  drawBeat(brush, paper);
  paper.spans.forEach((span, number) => {
    const handles = number === paper.selected;
    const style = { color: brush.colors.bar, handles, mm: ((handles ? THICK : THIN) * brush.ratio) / brush.k };
    if (span.march) drawMarch(brush, paper, span, style);
    cellsOf(paper, span).forEach((cell) => DRAW[span.kind](brush, paper, span, cell, style));
  });
  if (paper.byKeys && paper.focused) drawFocus(brush, paper);
}

const DRAW = { time: drawTime, voltage: drawVoltage, interval: drawInterval };

function drawTime(brush, paper, span, cell, style) {
  const [left, right] = timesOf(span).map((time) => xOf(brush.sheet, cell, time));
  const y = arrowAt(cell, span);
  for (const end of ["from", "to"]) {
    const x = xOf(brush.sheet, cell, span[end]);
    if (!isWithin(cell, x)) continue;
    strokeLine(brush, [[x, cell.top + 0.5], [x, cell.bottom - 0.5]], style.color, style.mm);
    if (style.handles) drawHandle(brush, x, y, paper.end === end);
  }
  const seen = [Math.max(left, cell.x), Math.min(right, cell.x + cell.width)];
  strokeLine(brush, [[seen[0], y], [seen[1], y]], style.color, style.mm);
  label(brush, lengthInWords(paper, span), (seen[0] + seen[1]) / 2, y - 0.35 * setReadoutType(brush), cell);
}

function drawVoltage(brush, paper, span, cell, style) {
  const on = (time) => clamp(xOf(brush.sheet, cell, time), cell.x, cell.x + cell.width);
  const [left, right] = timesOf(span).map(on);
  const x = (left + right) / 2;
  const [from, to] = [yOf(cell, span.from), yOf(cell, span.to)];
  for (const [end, y] of [["from", from], ["to", to]]) {
    strokeLine(brush, [[left - 3, y], [right + 3, y]], style.color, style.mm);
    if (style.handles) drawHandle(brush, on(span.at[end === "from" ? 0 : 1]), y, paper.end === end);
  }
  strokeLine(brush, [[x, from], [x, to]], style.color, style.mm);
  const size = setReadoutType(brush);
  const text = lengthInWords(paper, span);
  const room = right + 4 + widthOf(brush, text) < brush.sheet.width;
  const y = (from + to) / 2 + 0.35 * size;
  write(brush, text, room ? right + 4 : left - 4, y, style.color, { align: room ? "left" : "right", halo: 1.2 });
}

function drawInterval(brush, paper, span, cell, style) {
  const [left, right] = timesOf(span).map((time) => xOf(brush.sheet, cell, time));
  const [from, to] = [Math.max(left, cell.x), Math.min(right, cell.x + cell.width)];
  fillBox(brush, from, cell.top, to - from, cell.bottom - cell.top, style.color, 0.14);
  for (const end of ["from", "to"]) {
    const x = xOf(brush.sheet, cell, span[end]);
    if (!isWithin(cell, x)) continue;
    strokeLine(brush, [[x, cell.top], [x, cell.bottom]], style.color, style.mm);
    if (style.handles) drawHandle(brush, x, cell.middle, paper.end === end);
  }
  label(brush, lengthInWords(paper, span), (from + to) / 2, cell.top, cell);
}

/** The interval again and again, along the whole row of each cell that holds it. */
function drawMarch(brush, paper, span, style) {
  const [from, to] = timesOf(span);
  const rows = cellsOf(paper, span).map((cell) => cell.top);
  if ((to - from) * brush.sheet.mm_per_s < CLOSEST) return;
  for (const cell of brush.sheet.cells.filter((one) => rows.includes(one.top))) {
    const first = Math.ceil((cell.from_s - from) / (to - from) - 1e-9);
    for (let n = first; from + n * (to - from) <= cell.to_s + 1e-9; n += 1) {
      const x = xOf(brush.sheet, cell, from + n * (to - from));
      strokeLine(brush, [[x, cell.top + 3], [x, cell.bottom - 1]], style.color, 0, 0.8);
      strokeLine(brush, [[x - 0.8, cell.top + 3], [x + 0.8, cell.top + 3]], style.color, 0.4);
    }
  }
}

function drawBeat(brush, paper) {
  const beat = paper.scene.beats.find(({ number }) => number === paper.beat);
  if (!beat) return;
  const from = beat.p?.[0] ?? beat.qrs[0];
  const to = beat.t?.[1] ?? beat.qrs[1];
  for (const cell of brush.sheet.cells) {
    const left = xOf(brush.sheet, cell, Math.max(from, cell.from_s));
    const right = xOf(brush.sheet, cell, Math.min(to, cell.to_s));
    if (right > left) fillBox(brush, left, cell.top, right - left, cell.bottom - cell.top, brush.colors.mark, 0.13);
  }
}

/** A frame round the label of the lead that keys act on. */
function drawFocus(brush, paper) {
  const cell = brush.sheet.cells[paper.lead];
  const size = brush.sheet.type_mm;
  setType(brush, size, 600);
  const y = cell.label_at[1];
  const x = clamp(paper.view.x + 1.5, cell.label_at[0], Math.max(cell.label_at[0], cell.x + cell.width - 12));
  const [left, right] = [x - 0.9, x + widthOf(brush, cell.label) + 0.9];
  const [top, bottom] = [y - 0.95 * size, y + 0.35 * size];
  const frame = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top - 0.15]];
  strokeLine(brush, frame, brush.colors.bar, 0.4);
}

/** The end that arrows move is full, the other hollow. */
function drawHandle(brush, x, y, active) {
  const { ctx, colors } = brush;
  ctx.beginPath();
  ctx.arc(brush.x(x), brush.y(y), 4.5 * brush.ratio, 0, 2 * Math.PI);
  ctx.fillStyle = active ? colors.bar : colors.paper;
  ctx.fill();
  ctx.lineWidth = 2 * brush.ratio;
  ctx.strokeStyle = colors.bar;
  ctx.stroke();
}

/** A readout centred at x, moved so that it stays on the paper. */
function label(brush, text, x, y, cell) {
  const size = setReadoutType(brush);
  const half = widthOf(brush, text) / 2;
  const middle = Math.max(half + 1, Math.min(brush.sheet.width - half - 1, x));
  const high = Math.max(y, cell.top + 0.5 + size);
  write(brush, text, middle, high, brush.colors.bar, { align: "center", halo: 1.2 });
}

/** Returns the size in mm. */
function setReadoutType(brush) {
  const [least, most, large] = READABLE;
  const wanted = (TYPE * brush.sheet.type_mm * brush.k) / brush.ratio;
  const size = (clamp(wanted, least, brush.sheet.type_mm >= 7 ? large : most) * brush.ratio) / brush.k;
  setType(brush, size, 600);
  return size;
}

function isWithin(cell, x) {
  return x >= cell.x - 0.01 && x <= cell.x + cell.width + 0.01;
}
