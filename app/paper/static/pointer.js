/** Mouse, pen and fingers on the paper: draw a caliper, move an end, choose, pan, pinch; the wheel with ctrl zooms. */
import { cellAt, clamp, timeAt } from "./geometry.js";
import { begin, dropUnfinished, hit, setEnd } from "./spans.js";
import { isZoomed, panBy, toSheet, zoomBy } from "./view.js";

const STILL = 4; // CSS pixels: less is a click, not a drag
const REACH = { mouse: 6, pen: 9, touch: 18 }; // CSS pixels from a caliper's line

/** Listen on the stage. */
export function listenToPointer(paper) {
  const { stage } = paper;
  const fingers = new Map();
  stage.addEventListener("pointerdown", (event) => down(paper, fingers, event));
  stage.addEventListener("pointermove", (event) => move(paper, fingers, event));
  stage.addEventListener("pointerup", (event) => up(paper, fingers, event));
  stage.addEventListener("pointercancel", (event) => up(paper, fingers, event, true));
  stage.addEventListener("wheel", (event) => wheel(paper, event), { passive: false });
}

function down(paper, fingers, event) {
  if (event.button > 0) return;
  paper.byKeys = false;
  paper.stage.focus({ preventScroll: true });
  paper.stage.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, at(paper, event));
  if (fingers.size >= 2) {
    dropUnfinished(paper);
    paper.hand = { mode: "pinch" };
  } else if (paper.hand?.mode === "second click") finish(paper, event);
  else paper.hand = grasp(paper, event);
}

/** What a press begins: a new span, moving an end, or nothing yet (a click, or a pan once it moves). */
function grasp(paper, event) {
  const start = at(paper, event);
  const [x, y] = toSheet(paper, ...start);
  const cell = cellAt(paper.scene.sheet, x, y);
  const found = cell && hit(paper, cell, x, y, REACH[event.pointerType || "mouse"] / paper.view.scale);
  if (found && (!paper.tool || found.number === paper.selected)) return take(paper, found, cell, start);
  if (paper.tool && cell) {
    paper.lead = paper.scene.sheet.cells.indexOf(cell);
    const span = begin(paper, paper.tool, cell, x, y, event.altKey);
    return { mode: "end", end: "to", made: true, span, cell, start };
  }
  return { mode: "press", cell, start, last: start };
}

function take(paper, found, cell, start) {
  paper.selected = found.number;
  if (found.end) paper.end = found.end;
  paper.changed("spans", false);
  return { mode: found.end ? "end" : "hold", end: found.end, span: paper.spans[found.number], cell, start };
}

function move(paper, fingers, event) {
  const before = fingers.get(event.pointerId);
  const now = at(paper, event);
  if (before) fingers.set(event.pointerId, now);
  const { hand } = paper;
  if (!hand) showCursor(paper, event);
  else if (hand.mode === "pinch" && before) pinch(paper, fingers, event.pointerId, before, now);
  else if (hand.mode === "end" || hand.mode === "second click") moveEnd(paper, hand, now, event.altKey);
  else if (hand.mode === "press" || hand.mode === "pan") pan(paper, hand, now);
}

function moveEnd(paper, hand, now, free) {
  if (!hand.moved && !isFar(hand.start, now)) return; // a shaking hand does not move an end
  hand.moved = true;
  hand.span.provisional = false;
  setEnd(paper, hand.span, hand.end, hand.cell, ...toSheet(paper, ...now), free);
  paper.changed("spans", false);
}

function pan(paper, hand, now) {
  if (!isZoomed(paper) || (hand.mode === "press" && !isFar(hand.start, now))) return;
  hand.mode = "pan";
  paper.stage.style.cursor = "grabbing";
  panBy(paper, now[0] - hand.last[0], now[1] - hand.last[1]);
  hand.last = now;
}

function pinch(paper, fingers, moved, before, now) {
  const other = [...fingers].find(([id]) => id !== moved)?.[1];
  if (!other) return;
  const [was, is] = [before, now].map((point) => Math.hypot(point[0] - other[0], point[1] - other[1]));
  panBy(paper, (now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
  if (was > 0) zoomBy(paper, clamp(is / was, 0.5, 2), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
}

function up(paper, fingers, event, cancelled = false) {
  fingers.delete(event.pointerId);
  const { hand } = paper;
  if (!hand || fingers.size) return;
  paper.stage.style.cursor = "";
  if (cancelled) return dropUnfinished(paper);
  const waits = hand.made && !hand.moved;
  paper.hand = waits ? { ...hand, mode: "second click" } : null;
  if (hand.mode === "pan") paper.changed("sheet", false);
  if (hand.mode === "press" && !isFar(hand.start, at(paper, event))) click(paper, hand);
  else if (hand.mode === "end" && !waits) {
    if (hand.made && hand.span.kind === "interval") paper.tool = null; // there is one: the next click must not take it
    paper.changed("spans");
  }
}

/** The second of two clicks sets the other end. */
function finish(paper, event) {
  const { hand } = paper;
  setEnd(paper, hand.span, "to", hand.cell, ...toSheet(paper, ...at(paper, event)), event.altKey);
  paper.hand = { mode: "done" };
  paper.changed("spans");
}

/** A click on a beat chooses it; elsewhere nothing stays chosen. */
function click(paper, hand) {
  paper.selected = -1;
  paper.beat = null;
  if (hand.cell) {
    paper.lead = paper.scene.sheet.cells.indexOf(hand.cell);
    if (paper.marks) paper.beat = beatAt(paper, hand);
  }
  paper.changed("spans");
}

function beatAt(paper, { cell, start }) {
  const time = timeAt(paper.scene.sheet, cell, toSheet(paper, ...start)[0]);
  const slack = 4 / (paper.view.scale * paper.scene.sheet.mm_per_s); // s: four CSS pixels
  const found = paper.scene.beats.find(({ qrs: [from, to] }) => time >= from - slack && time <= to + slack);
  return found?.number ?? null;
}

function wheel(paper, event) {
  if (!event.ctrlKey) return; // the page scrolls
  event.preventDefault();
  const turned = event.deltaY * (event.deltaMode ? 16 : 1); // some browsers count lines
  zoomBy(paper, Math.exp(clamp(-turned, -100, 100) / 300), ...at(paper, event));
}

function showCursor(paper, event) {
  const [x, y] = toSheet(paper, ...at(paper, event));
  const cell = cellAt(paper.scene.sheet, x, y);
  const found = cell && hit(paper, cell, x, y, REACH.mouse / paper.view.scale);
  const resize = found && (paper.spans[found.number].kind === "voltage" ? "ns-resize" : "ew-resize");
  const idle = paper.tool && cell ? "crosshair" : isZoomed(paper) ? "grab" : "";
  paper.stage.style.cursor = found && (!paper.tool || found.number === paper.selected) ? resize : idle;
}

function at(paper, event) {
  const box = paper.stage.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function isFar(one, other) {
  return Math.hypot(one[0] - other[0], one[1] - other[1]) >= STILL;
}
