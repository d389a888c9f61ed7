/**
 * Values along the leads: a band at the row's foot, the row's background, or the color of the line.
 *
 * Above 0 is the theme's mark color, below its band color: orange and blue, which color-blind readers tell apart.
 */
import { fillBox, fitType, setType, widthOf, write } from "./brush.js";
import { xOf } from "./geometry.js";

export const LEVELS = 16; // steps of strength that are drawn
const NOTHING = -128; // sent where no value is
const BAND = 2.2; // mm
const [TINT, BOLD] = [0.45, 0.95]; // opacity of the strongest value, in the background and in the band
const BAR = 24; // mm of the legend's scale

/** The stretches of a cell with one level each, -LEVELS..LEVELS: [{from, to, level}], s; none where nothing is said. */
export function runsOn(overlay, cell) {
  overlay.runs ??= new Map(); // found once for a sheet, not once a frame
  if (!overlay.runs.has(cell)) overlay.runs.set(cell, findRuns(overlay, cell));
  return overlay.runs.get(cell);
}

function findRuns({ starts, step_s: step, values }, cell) {
  const runs = [];
  for (let k = 0; k < starts.length; k += 1) {
    const value = values[cell.row * starts.length + k];
    const from = Math.max(starts[k], cell.from_s);
    const to = Math.min(starts[k] + step, cell.to_s);
    if (value === NOTHING || to <= from) continue;
    const level = Math.round((value / 127) * LEVELS);
    const last = runs[runs.length - 1];
    if (last && last.level === level && from - last.to < 1e-6) last.to = to;
    else runs.push({ from, to, level });
  }
  return runs;
}

/** The color of a level's sign; gray in an overlay in which a check found nothing. */
export function hue(colors, level, overlay) {
  if (overlay.doubted) return colors.muted;
  return level < 0 ? colors.band : colors.mark;
}

/** The color of a line: from the trace's own at 0 to the sign's full color. */
export function levelColor(colors, level, overlay) {
  const share = overlay.opacity * Math.sqrt(Math.abs(level) / LEVELS);
  const [full, plain] = [hue(colors, level, overlay), colors.trace].map(channels);
  return `rgb(${full.map((value, channel) => Math.round(share * value + (1 - share) * plain[channel])).join(" ")})`;
}

/** Red, green, blue of "#rrggbb". */
function channels(color) {
  return [1, 3, 5].map((start) => parseInt(color.slice(start, start + 2), 16));
}

/** Tint the rows. */
export function drawBackground(brush, paper) {
  if (paper.overlay?.style === "background") {
    drawRuns(brush, paper, (cell) => [cell.top, cell.bottom - cell.top], TINT);
  }
}

/** A band at each row's foot. */
export function drawBand(brush, paper) {
  if (paper.overlay?.style === "band") drawRuns(brush, paper, (cell) => [cell.bottom - BAND - 0.4, BAND], BOLD);
}

/** mm at a row's foot that a band takes. */
export function bandHeight(paper) {
  return paper.overlay?.style === "band" ? BAND + 0.4 : 0;
}

/** Fill the runs; of signed values those below 0 take the lower half, those above 0 the upper: not color alone. */
function drawRuns(brush, paper, extent, strongest) {
  const share = paper.overlay.signed ? 0.5 : 1;
  for (const cell of brush.sheet.cells) {
    const [top, height] = extent(cell);
    for (const { from, to, level } of runsOn(paper.overlay, cell)) {
      const x = xOf(brush.sheet, cell, from);
      const alpha = (paper.overlay.opacity * strongest * Math.abs(level)) / LEVELS;
      const y = level < 0 ? top + share * height : top;
      const color = hue(brush.colors, level, paper.overlay);
      fillBox(brush, x, y, (to - from) * brush.sheet.mm_per_s, share * height, color, alpha);
    }
  }
}

/** Title and scale, in words, ending at x on the base line y; at most `room` wide (all mm). */
export function drawLegend(brush, paper, x, y, room) {
  if (!paper.overlay) return;
  const { title, low, high } = paper.overlay;
  const { colors, sheet } = brush;
  const size = fitType(brush, `${title}:  ${low}    ${high}`, 0.8 * sheet.type_mm, room - BAR - 2);
  setType(brush, size);
  write(brush, high, x, y, colors.text, { align: "right" });
  const right = x - widthOf(brush, high) - 1.5;
  drawScale(brush, paper.overlay, right - BAR, y - 0.75 * size, size);
  const words = `${title}:  ${low}`;
  write(brush, words, right - BAR - 1.5, y, colors.text, { align: "right" });
}

function drawScale(brush, overlay, x, y, height) {
  const least = overlay.signed ? -LEVELS : 0;
  const steps = LEVELS - least + 1;
  for (let level = least; level <= LEVELS; level += 1) {
    const left = x + ((level - least) * BAR) / steps;
    const line = overlay.style === "line";
    const color = (line ? levelColor : hue)(brush.colors, level, overlay);
    const strongest = (overlay.style === "background" ? TINT : BOLD) * overlay.opacity;
    fillBox(brush, left, y, BAR / steps, height, color, line ? 1 : (strongest * Math.abs(level)) / LEVELS);
  }
  const { ctx, k } = brush;
  ctx.strokeStyle = brush.colors.muted;
  ctx.lineWidth = brush.ratio;
  ctx.strokeRect(brush.x(x), brush.y(y), BAR * k, height * k);
}
