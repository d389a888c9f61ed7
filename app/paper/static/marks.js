/** Beats on the paper: boundaries of P, QRS and T at the row's foot, R peaks and classes at its head. */
import { setType, strokeLine, write } from "./brush.js";
import { xOf } from "./geometry.js";
import { bandHeight } from "./overlay.js";

const WAVES = [["p", "P", 0.3], ["qrs", "QRS", 0.8], ["t", "T", 0.3]]; // name, letters, thickness in mm
const LETTER = 2.4; // mm: larger, and P would touch QRS

/** Draw the marks of every beat in every cell; letters on the lowest row only, or they would crowd the paper. */
export function drawMarks(brush, paper) {
  const lowest = Math.max(...brush.sheet.cells.map((cell) => cell.top));
  for (const cell of brush.sheet.cells) {
    const foot = cell.bottom - 0.8 - bandHeight(paper);
    for (const beat of paper.scene.beats) {
      drawWaves(brush, cell, beat, foot, cell.top === lowest);
      if (beat.r_s >= cell.from_s && beat.r_s < cell.to_s) drawClass(brush, cell, beat);
    }
  }
}

function drawWaves(brush, cell, beat, foot, lettered) {
  const { colors, sheet } = brush;
  for (const [wave, letters, thick] of WAVES) {
    if (!beat[wave] || beat[wave][1] <= cell.from_s || beat[wave][0] >= cell.to_s) continue;
    const from = Math.max(beat[wave][0], cell.from_s);
    const to = Math.min(beat[wave][1], cell.to_s);
    const [left, right] = [xOf(sheet, cell, from), xOf(sheet, cell, to)];
    strokeLine(brush, [[left, foot], [right, foot]], colors.bar, thick);
    if (from === beat[wave][0]) strokeLine(brush, [[left, foot - 1.3], [left, foot + 0.4]], colors.bar, 0.25);
    if (to === beat[wave][1]) strokeLine(brush, [[right, foot - 1.3], [right, foot + 0.4]], colors.bar, 0.25);
    if (!lettered || from + to > 2 * cell.to_s) continue;
    setType(brush, LETTER, 500);
    const y = wave === "qrs" ? foot + 2.9 : foot - 1.7; // beside P its letters have no room
    write(brush, letters, (left + right) / 2, y, colors.bar, { align: "center", halo: 0.9 });
  }
}

/** The R peak's shape says the class, as its letter does; a normal beat has a plain stroke. */
function drawClass(brush, cell, beat) {
  const { colors, sheet } = brush;
  const x = xOf(sheet, cell, beat.r_s);
  const top = cell.top + 0.6;
  const color = beat.kind === "normal" ? colors.bar : colors.mark;
  strokeLine(brush, shape(beat.kind, x, top), colors.paper, 1.1);
  strokeLine(brush, shape(beat.kind, x, top), color, 0.4);
  if (beat.kind === "normal") return;
  setType(brush, 0.75 * sheet.type_mm, 700);
  write(brush, beat.letter, x + 2, top + 0.6 * sheet.type_mm, color, { halo: 0.9 });
}

/** Outlines in mm: stroke, triangle up, triangle down, double stroke, diamond. */
function shape(kind, x, top) {
  const [low, half] = [top + 2.4, 1.3];
  const shapes = {
    normal: [[x, top], [x, top + 1.6]],
    premature_atrial: [[x - half, low], [x, top], [x + half, low], [x - half, low]],
    premature_ventricular: [[x - half, top], [x + half, top], [x, low], [x - half, top]],
    paced: [[x - 0.5, low], [x - 0.5, top], [x + 0.5, top], [x + 0.5, low]],
    other: [[x, top], [x + half, top + 1.2], [x, low], [x - half, top + 1.2], [x, top]],
  };
  return shapes[kind];
}
