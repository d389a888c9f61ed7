/** An outline around points: simplified on the way to Python, and applied here at once. */
import { act } from "./report.js";
import { placeOf } from "./points.js";
import { toMap } from "./view.js";

const TOLERANCE = 0.45; // CSS pixels by which a simplified outline differs at most, as long as 200 corners suffice
const CORNERS = 200;

/** Select by a drawn outline, [[left, top], ...] in CSS pixels on the stage. */
export function select(map, kind, mode, outline) {
  const corners = kind === "box" ? outline : fewCorners(outline);
  if (corners.length < 3) return;
  act(map, { kind, mode, polygon: corners.map(([left, top]) => toMap(map, left, top)) });
}

/** The corners of the rectangle between two places. */
export function rectangle([left, top], [right, bottom]) {
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}

/** What is selected after an outline, one flag a point; as Python does it. */
export function applied(map, { mode, polygon }) {
  const [lowX, highX, lowY, highY] = extent(polygon);
  return map.selected.map((before, point) => {
    const [x, y] = placeOf(map, point);
    const near = map.shown[point] && x >= lowX && x <= highX && y >= lowY && y <= highY;
    const inside = near && isInside(x, y, polygon);
    if (mode === "add") return before || inside ? 1 : 0;
    return mode === "remove" ? (before && !inside ? 1 : 0) : inside ? 1 : 0;
  });
}

function extent(polygon) {
  const [xs, ys] = [0, 1].map((axis) => polygon.map((corner) => corner[axis]));
  return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
}

/** By the even-odd rule. */
function isInside(x, y, polygon) {
  let inside = false;
  let [lastX, lastY] = polygon[polygon.length - 1];
  for (const [nextX, nextY] of polygon) {
    if (y < lastY !== y < nextY && x < lastX + ((y - lastY) * (nextX - lastX)) / (nextY - lastY)) inside = !inside;
    [lastX, lastY] = [nextX, nextY];
  }
  return inside;
}

/** An outline with few corners: within the tolerance, or the closest that 200 corners allow. */
function fewCorners(outline) {
  let tolerance = TOLERANCE;
  let found = simplified(outline, tolerance);
  while (found.length > CORNERS) {
    tolerance *= 1.4;
    found = simplified(outline, tolerance);
  }
  return found;
}

/** Leave out corners no further than a tolerance from the line between those that stay (Douglas & Peucker 1973). */
function simplified(outline, tolerance) {
  const stays = new Set([0, outline.length - 1]);
  const open = [[0, outline.length - 1]];
  while (open.length) {
    const [from, to] = open.pop();
    let [far, most] = [-1, tolerance];
    for (let i = from + 1; i < to; i += 1) {
      const distance = fromSegment(outline[i], outline[from], outline[to]);
      if (distance > most) [far, most] = [i, distance];
    }
    if (far < 0) continue;
    stays.add(far);
    open.push([from, far], [far, to]);
  }
  return outline.filter((_, i) => stays.has(i));
}

/** Distance of a place from the stretch between two others. */
function fromSegment([x, y], [fromX, fromY], [toX, toY]) {
  const [right, down] = [toX - fromX, toY - fromY];
  const length = right * right + down * down;
  const share = length ? Math.max(0, Math.min(1, ((x - fromX) * right + (y - fromY) * down) / length)) : 0;
  return Math.hypot(x - fromX - share * right, y - fromY - share * down);
}
