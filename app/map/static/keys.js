/** What keys do while the map has the focus. C and R stay with the page. */
import { hoverOver } from "./hover.js";
import { rectangle, select } from "./lasso.js";
import { nearestTo, nextTowards, placeOf } from "./points.js";
import { dropOutline } from "./pointer.js";
import { clear, pick } from "./report.js";
import { fit, panBy, toStage, zoomBy } from "./view.js";

const JUMP = 60; // CSS pixels: the least step with Shift
const EDGE = 30; // CSS pixels within which the map moves along

/** Keys and what they do, for the help. */
export const HELP = [
  ["Drag, wheel", "move and zoom; pinch on a touch screen"],
  ["Click", "pick a point, with any tool"],
  ["P, L, B", "tools: pan, lasso, box"],
  ["Shift, Alt", "with lasso or box: add to the selection, remove from it"],
  ["V", "select what is in view; with Shift add it"],
  ["Esc", "clear the selection and the pick"],
  ["Arrows", "go to the nearest point in that direction; with Shift further"],
  ["Enter", "pick the point that the arrows have reached"],
  ["+ − 0", "zoom in, zoom out, show all; or double click"],
];

/** Listen on the stage. */
export function listenToKeys(map) {
  map.stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !map.paint) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = TOWARDS[name] ? () => arrow(map, TOWARDS[name], event.shiftKey) : ACTIONS[name];
    if (!action) return;
    map.byKeys = true;
    action(map, event.shiftKey);
    event.preventDefault();
  });
  map.stage.addEventListener("blur", () => hoverOver(map, null));
}

const TOWARDS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const ACTIONS = {
  p: (map) => pickTool(map, "pan"),
  l: (map) => pickTool(map, "lasso"),
  b: (map) => pickTool(map, "box"),
  v: selectView,
  "+": (map) => zoomBy(map, 1.25),
  "=": (map) => zoomBy(map, 1.25),
  "-": (map) => zoomBy(map, 0.8),
  0: fit,
  "?": (map) => map.toggleHelp(),
  Enter: (map) => map.cursor !== null && pick(map, map.cursor),
  Escape: (map) => dropOutline(map) || clear(map),
};

/** Take a tool. */
export function pickTool(map, tool) {
  map.tool = tool;
  map.stage.style.cursor = tool === "pan" ? "grab" : "crosshair";
  map.changed("top");
}

function selectView(map, shift) {
  select(map, "box", shift ? "add" : "new", rectangle([0, 0], [map.wide, map.high]));
}

/** From the picked point, or the one in the middle, to the next. */
function arrow(map, towards, far) {
  const from = map.cursor ?? map.highlight?.point ?? null;
  const usable = from !== null && map.shown?.[from];
  const next = usable ? nextTowards(map, from, towards, far ? JUMP : 0) : nearestTo(map, map.wide / 2, map.high / 2);
  if (next === null) return map.say("no further point in this direction");
  map.cursor = next;
  follow(map, next);
  hoverOver(map, next);
}

/** Move the map so that a point is seen. */
function follow(map, point) {
  const [left, top] = toStage(map, ...placeOf(map, point));
  const beyond = (place, length) => Math.max(EDGE - place, 0) - Math.max(place - length + EDGE, 0);
  const [right, down] = [beyond(left, map.wide), beyond(top, map.high)];
  if (right || down) panBy(map, right, down);
}
