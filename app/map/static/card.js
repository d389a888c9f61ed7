/** What Python tells of the point under the pointer: a short trace and a few lines. */
import { make } from "../../dom.js";
import { placeOf } from "./points.js";
import { toStage } from "./view.js";

const [WIDE, HIGH] = [220, 60]; // CSS pixels of the trace
const AWAY = 16; // CSS pixels from the point

/** The card, hidden. */
export function makeCard(map) {
  map.trace = make("canvas", { class: "trace" });
  map.lines = make("div");
  map.sheet = make("div", { class: "card", "aria-hidden": "true", hidden: "" }, map.trace, map.lines);
  return map.sheet;
}

/** Take the card away. */
export function hideCard(map) {
  map.sheet.hidden = true;
}

/** Show the card beside its point while the pointer rests there: an answer that comes too late is not shown. */
export function placeCard(map) {
  const { card, sheet } = map;
  const here = card && card.point === map.hover && !map.hand;
  if (!here) return hideCard(map);
  const fresh = sheet.hidden || map.filled !== map.marksText;
  sheet.hidden = false;
  if (fresh) fill(map, card);
  const [left, top] = toStage(map, ...placeOf(map, card.point));
  const [width, height] = [sheet.offsetWidth, sheet.offsetHeight];
  const x = left + AWAY + width > map.wide ? left - AWAY - width : left + AWAY;
  sheet.style.left = `${Math.max(0, x)}px`;
  sheet.style.top = `${Math.max(0, Math.min(top - height / 2, map.high - height))}px`;
}

function fill(map, card) {
  map.filled = map.marksText;
  map.lines.replaceChildren(...card.lines.map((text) => make("div", { text })));
  map.trace.hidden = !card.trace.length;
  if (card.trace.length) drawTrace(map, card.trace);
}

function drawTrace(map, values) {
  const ratio = window.devicePixelRatio || 1;
  Object.assign(map.trace, { width: WIDE * ratio, height: HIGH * ratio });
  Object.assign(map.trace.style, { width: `${WIDE}px`, height: `${HIGH}px` });
  const ctx = map.trace.getContext("2d");
  const [low, high] = [Math.min(...values), Math.max(...values)];
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.beginPath();
  values.forEach((value, i) => {
    const share = high > low ? (value - low) / (high - low) : 0.5;
    ctx.lineTo((WIDE * i) / Math.max(1, values.length - 1), HIGH - 4 - (HIGH - 8) * share);
  });
  Object.assign(ctx, { strokeStyle: map.paint.theme.trace, lineWidth: 1.2, lineJoin: "round" });
  ctx.stroke();
}
