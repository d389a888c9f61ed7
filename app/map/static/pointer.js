/** Mouse, pen and fingers on the map: pan, pinch, wheel, outline, click, hover. */
import { hoverOver } from "./hover.js";
import { rectangle, select } from "./lasso.js";
import { nearestTo } from "./points.js";
import { pick } from "./report.js";
import { clamp, fit, panBy, zoomBy } from "./view.js";

const STILL = 4; // CSS pixels: less is a click, not a drag
const REACH = { mouse: 10, pen: 12, touch: 20 }; // CSS pixels from a point's middle
const STEP = 1.5; // CSS pixels between the corners of an outline

/** Listen on the stage. */
export function listenToPointer(map) {
  const { stage } = map;
  const fingers = new Map();
  stage.addEventListener("pointerdown", (event) => down(map, fingers, event));
  stage.addEventListener("pointermove", (event) => move(map, fingers, event));
  stage.addEventListener("pointerup", (event) => up(map, fingers, event));
  stage.addEventListener("pointercancel", (event) => up(map, fingers, event, true));
  stage.addEventListener("pointerleave", () => hoverOver(map, null));
  stage.addEventListener("wheel", (event) => wheel(map, event), { passive: false });
  stage.addEventListener("dblclick", () => fit(map));
}

/** Forget an outline that was begun; true if there was one. */
export function dropOutline(map) {
  const begun = Boolean(map.hand?.outline);
  if (begun) map.hand = { mode: "done" };
  map.changed("top");
  return begun;
}

function down(map, fingers, event) {
  if (event.button > 0 || !map.paint) return;
  map.byKeys = false;
  map.stage.focus({ preventScroll: true });
  map.stage.setPointerCapture(event.pointerId);
  const start = at(map, event);
  fingers.set(event.pointerId, start);
  map.hand = fingers.size > 1 ? { mode: "pinch" } : { mode: "press", start, last: start };
}

function move(map, fingers, event) {
  if (!map.paint) return;
  const before = fingers.get(event.pointerId);
  const now = at(map, event);
  if (before) fingers.set(event.pointerId, now);
  const { hand } = map;
  if (!hand) return seek(map, event, now);
  if (hand.mode === "pinch") return before && pinch(map, fingers, event.pointerId, before, now);
  if (hand.mode === "press" && isFar(hand.start, now, STILL)) moveOff(map, hand);
  if (hand.mode === "pan") {
    panBy(map, now[0] - hand.last[0], now[1] - hand.last[1]);
    hand.last = now;
  } else if (hand.mode === "box") hand.outline = rectangle(hand.start, now);
  else if (hand.mode === "lasso" && isFar(hand.outline.at(-1), now, STEP)) hand.outline.push(now);
  map.changed("top");
}

/** What a press becomes once it moves. */
function moveOff(map, hand) {
  hand.mode = map.tool;
  hoverOver(map, null);
  if (hand.mode === "pan") map.stage.style.cursor = "grabbing";
  else hand.outline = [hand.start];
}

/** Look for a point under the pointer, once a frame. */
function seek(map, event, now) {
  map.seen = [now, REACH[event.pointerType] ?? REACH.mouse];
  if (map.seeking) return;
  map.seeking = true;
  requestAnimationFrame(() => {
    map.seeking = false;
    if (map.hand || !map.stage.matches(":hover")) return;
    const [[left, top], reach] = map.seen;
    const point = nearestTo(map, left, top, reach);
    map.stage.style.cursor = point !== null ? "pointer" : map.tool === "pan" ? "grab" : "crosshair";
    map.byKeys = false;
    hoverOver(map, point);
  });
}

function pinch(map, fingers, moved, before, now) {
  const other = [...fingers].find(([id]) => id !== moved)?.[1];
  if (!other) return;
  const [was, is] = [before, now].map((point) => Math.hypot(point[0] - other[0], point[1] - other[1]));
  panBy(map, (now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
  if (was > 0) zoomBy(map, clamp(is / was, 0.5, 2), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
}

function up(map, fingers, event, cancelled = false) {
  fingers.delete(event.pointerId);
  const { hand } = map;
  if (!hand || fingers.size) return;
  map.hand = null;
  map.stage.style.cursor = map.tool === "pan" ? "grab" : "crosshair";
  map.changed("top");
  if (cancelled) return;
  if (hand.mode === "press") click(map, event, hand.start);
  else if (hand.mode === "box" || hand.mode === "lasso") {
    select(map, hand.mode, event.altKey ? "remove" : event.shiftKey ? "add" : "new", hand.outline);
  }
}

/** A click picks, whatever the tool. */
function click(map, event, [left, top]) {
  const point = nearestTo(map, left, top, REACH[event.pointerType] ?? REACH.mouse);
  if (point !== null) pick(map, point);
}

function wheel(map, event) {
  if (!map.paint) return;
  const turned = event.deltaY * (event.deltaMode ? 16 : 1); // some browsers count lines
  if (turned > 0 && map.view.mode === "fit") return; // all is seen: the page scrolls
  event.preventDefault();
  zoomBy(map, Math.exp(clamp(-turned, -100, 100) / 300), ...at(map, event));
  seek(map, event, at(map, event)); // another point lies under it now
}

function at(map, event) {
  const box = map.stage.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function isFar(one, other, distance) {
  return Math.hypot(one[0] - other[0], one[1] - other[1]) >= distance;
}
