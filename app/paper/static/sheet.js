/** The lower canvas: paper, grid, traces, labels, marks. It changes with the sheet and the view only. */
import { brushOf, fillBox, fitType, setType, strokeLine, widthOf, write } from "./brush.js";
import { clamp } from "./geometry.js";
import { drawMarks } from "./marks.js";
import { drawBackground, drawBand, drawLegend } from "./overlay.js";
import { drawTraces } from "./traces.js";

const MARGIN = 3; // mm left and right of title and footer
const SMALLEST = 0.7; // of the labels' type: a title is cut rather than smaller
const CLOSE = 3; // device pixels: lines nearer than that are drawn fainter, or they would fill the paper

/** Draw all of it anew. */
export function drawSheet(paper) {
  const brush = brushOf(paper, paper.canvases[0]);
  const { sheet, colors } = brush;
  fillBox(brush, 0, 0, sheet.width, sheet.height, colors.paper);
  drawBackground(brush, paper);
  drawGrid(brush, 1, colors.minor);
  drawGrid(brush, 5, colors.major);
  drawBand(brush, paper);
  drawLabels(brush, paper); // under the traces: a label hides nothing but the grid
  sheet.separators.forEach(([x, top, bottom]) => {
    strokeLine(brush, [[x, top], [x, bottom]], colors.muted, 0.3);
  });
  sheet.pulses.forEach((pulse) => strokeLine(brush, pulse, colors.trace, 0.28));
  drawTraces(brush, paper);
  if (paper.marks) drawMarks(brush, paper);
  drawWords(brush, paper);
  paper.draws += 1; // what the tests count
  paper.stage.dataset.draws = String(paper.draws);
}

/** Lines every `step` mm on whole device pixels, so that they stay crisp and never vanish. */
function drawGrid(brush, step, color) {
  const { ctx, k, sheet } = brush;
  const thick = Math.max(1, Math.round((step === 1 ? 0.08 : 0.14) * k));
  ctx.globalAlpha = step * k < CLOSE ? 0.6 : 1;
  ctx.fillStyle = color;
  for (let mm = 0; mm <= sheet.width; mm += step) {
    const x = Math.round(brush.x(mm) - thick / 2);
    if (x > -thick && x < brush.wide) ctx.fillRect(x, 0, thick, Math.min(brush.high, brush.y(sheet.height)));
  }
  for (let mm = 0; mm <= sheet.height; mm += step) {
    const y = Math.round(brush.y(mm) - thick / 2);
    if (y > -thick && y < brush.high) ctx.fillRect(0, y, Math.min(brush.wide, brush.x(sheet.width)), thick);
  }
  ctx.globalAlpha = 1;
}

function drawLabels(brush, paper) {
  const { sheet, colors } = brush;
  setType(brush, sheet.type_mm, 600);
  sheet.cells.forEach((cell) => drawLabel(brush, paper, cell));
}

function drawWords(brush, paper) {
  const { sheet, colors } = brush;
  const room = sheet.width - 2 * MARGIN;
  const line = 1.8 + sheet.type_mm;
  const title = fitTitle(brush, paper.overlay || paper.marks ? 0.4 * room : room);
  write(brush, title, MARGIN, line, colors.text);
  drawLegend(brush, paper, sheet.width - MARGIN, line, room - widthOf(brush, title) - 6);
  if (paper.marks) {
    fitType(brush, paper.scene.beat_words, 0.65 * sheet.type_mm, 0.55 * sheet.width);
    const free = paper.overlay ? 3.2 + 1.75 * sheet.type_mm : line; // an overlay's legend takes the title's line
    write(brush, paper.scene.beat_words, sheet.width - MARGIN, free, colors.text, { align: "right", halo: 0.9 });
  }
  fitType(brush, sheet.footer, 0.8 * sheet.type_mm, room);
  write(brush, sheet.footer, MARGIN, sheet.height - 0.62 * sheet.type_mm, colors.muted);
}

/** A lead's name; where its place is out of sight but the lead is not, at the left edge of what is seen. */
function drawLabel(brush, paper, cell) {
  const [x, y] = cell.label_at;
  const last = cell.x + cell.width - widthOf(brush, cell.label) - 1.5;
  write(brush, cell.label, clamp(paper.view.x + 1.5, x, Math.max(x, last)), y, brush.colors.text, { halo: 1.1 });
}

/** Set the title's type, and return the title: smaller where it is long, cut where it would be too small to read. */
function fitTitle(brush, room) {
  const { title, type_mm: size } = brush.sheet;
  if (fitType(brush, title, 0.95 * size, room, 600) >= SMALLEST * size) return title;
  setType(brush, SMALLEST * size, 600);
  let end = title.length;
  while (end > 1 && widthOf(brush, `${title.slice(0, end)}…`) > room) end -= 1;
  return `${title.slice(0, end)}…`;
}
