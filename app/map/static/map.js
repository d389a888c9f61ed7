/**
 * The map: takes points and how they look from Python, draws them, and lets people explore them.
 *
 * One map is kept for each element that Streamlit gives; what a reader left on it (view, tool, what Python does not
 * know yet) is kept by the map's key for as long as the browser's page lives. What changes often comes over the desk
 * of the same key, where a courier lays it, before or after the map is there.
 */
import { make } from "../../dom.js";
import { hideCard, makeCard, placeCard } from "./card.js";
import { updateLegend } from "./legend.js";
import { listenToKeys } from "./keys.js";
import { takeMarks, takePaint } from "./looks.js";
import { listenToPointer } from "./pointer.js";
import { takePoints } from "./points.js";
import { drawPoints } from "./raster.js";
import { report } from "./report.js";
import { makeHelp, makeToolbar, updateToolbar } from "./toolbar.js";
import { drawTop } from "./top.js";
import { place } from "./view.js";

const maps = new WeakMap(); // by element
const left = new Map(); // by key: what was on a map that was taken away
const open = new Set(); // all that are on the page

/** What Streamlit calls whenever it has rendered: with new data, or with the same. */
export default function render({ parentElement, data, setStateValue }) {
  if (!maps.has(parentElement)) maps.set(parentElement, begin(parentElement));
  const map = maps.get(parentElement);
  map.send = (touched) => setStateValue("touched", touched);
  if (map.text !== data.text || map.key !== data.key) show(map, data);
  return () => close(map, parentElement);
}

/** What lies ready for the map of a key: {paint, marks, arrived}. */
export function deskOf(key) {
  const desks = (globalThis[Symbol.for("ecg_map")] ??= new Map());
  if (!desks.has(key)) desks.set(key, {});
  return desks.get(key);
}

/** Ring a point on all maps of the page on which its number means the same. */
export function ringTwins(map, point) {
  for (const other of open) {
    if (other === map || !map.rows || other.rows !== map.rows) continue;
    other.twin = point;
    other.changed("top");
  }
}

function begin(parent) {
  const map = {
    count: 0, acts: [], number: 0, tool: "pan", hand: null, hover: null, twin: null, cursor: null, emphasis: null,
    pinned: null, highlight: null, stars: [], card: null, picked: 0, timer: null, byKeys: false,
    view: { mode: "fit", scale: 1, x: 0, y: 0 }, draws: 0, wide: 0, high: 0, buttons: {}, stale: new Set(),
    canvases: [make("canvas"), make("canvas")],
    live: make("div", { class: "unseen", "aria-live": "polite" }),
    status: make("span", { class: "status" }),
    legend: make("div", { class: "legend", role: "group" }),
  };
  map.say = (text) => {
    if (map.live.textContent !== text) map.live.textContent = text;
  };
  map.changed = (what) => changed(map, what);
  map.stage = make("div", { class: "stage", tabindex: "0", role: "application" }, ...map.canvases, makeCard(map));
  map.root = make("section", { class: "map" }, makeToolbar(map), makeHelp(map), map.stage, map.legend, map.live);
  parent.append(map.root);
  map.failed = map.canvases.some((canvas) => !canvas.getContext("2d"));
  map.root.classList.toggle("failed", map.failed);
  listen(map);
  open.add(map);
  return map;
}

function listen(map) {
  listenToPointer(map);
  listenToKeys(map);
  for (const event of ["focus", "blur"]) {
    map.stage.addEventListener(event, () => {
      map.byKeys = event === "focus" && map.stage.matches(":focus-visible");
      map.changed("top");
    });
  }
  map.resized = () => map.changed("points");
  map.observer = new ResizeObserver(([entry]) => {
    if (entry.contentRect.width === map.wide) return;
    map.wide = entry.contentRect.width;
    map.resized();
  });
  map.observer.observe(map.root);
  window.addEventListener("resize", map.resized); // also when the window moves to another screen
}

/** Take points. Another map begins anew; the first of an element goes on where one of its key was left. */
function show(map, data) {
  const fresh = map.text === undefined;
  Object.assign(map, { text: data.text, key: data.key });
  const other = takePoints(map, data);
  if (fresh) recall(map);
  else if (other) forget(map);
  map.wide = map.root.clientWidth;
  map.changed("points");
  const desk = deskOf(map.key);
  desk.arrived = map.arrived = () => arrived(map);
  arrived(map);
  if (map.failed || map.acts.length) report(map); // Python forgets what was told by a map that was taken away
}

/** Take from the desk what belongs to these points and is new. */
function arrived(map) {
  const { paint, marks } = deskOf(map.key);
  if (paint && paint.text !== map.paintText) takePaint(map, paint);
  if (marks && marks.text !== map.marksText) takeMarks(map, marks);
}

function recall(map) {
  const before = left.get(map.key);
  if (!before) return;
  const { tool, number, digest, view, acts } = before;
  Object.assign(map, { tool, number });
  if (digest === map.digest) Object.assign(map, { view, acts });
}

function forget(map) {
  hideCard(map);
  Object.assign(map, {
    acts: [], hand: null, hover: null, told: null, twin: null, cursor: null, highlight: null, stars: [], card: null,
    picked: 0, paint: null, paintText: null, marksText: null, layers: null, selected: null, shown: null,
  });
  map.view.mode = "fit";
}

/** Draw at the next frame: "points" is everything, "top" only what lies above the points. */
function changed(map, what) {
  if (!map.stale.size) map.frame = requestAnimationFrame(() => draw(map));
  map.stale.add(what);
}

function draw(map) {
  const { stale } = map;
  map.stale = new Set();
  if (map.failed || !map.paint || !map.wide) return;
  place(map);
  if (stale.has("points")) {
    drawPoints(map);
    updateLegend(map);
  }
  drawTop(map);
  placeCard(map);
  updateToolbar(map);
}

/** Streamlit took the element away. */
function close(map, parent) {
  const { digest, view, tool, number, acts } = map;
  left.set(map.key, { digest, view, tool, number, acts });
  maps.delete(parent);
  open.delete(map);
  const desk = deskOf(map.key);
  if (desk.arrived === map.arrived) desk.arrived = null;
  map.observer.disconnect();
  window.removeEventListener("resize", map.resized);
  cancelAnimationFrame(map.frame);
  clearTimeout(map.timer);
  map.root.remove();
}
