/** What goes back to Python: what was done and is not handled yet, the point under the pointer, the view. */
import { placeOf } from "./points.js";
import { layer, redo } from "./looks.js";

const MOST = 16; // acts that wait for an answer

/** Do something that Python must know of: mark it here at once, and tell. */
export function act(map, what) {
  map.number += 1;
  map.acts = [...map.acts, { number: map.number, ...what }].slice(-MOST);
  if (what.kind === "pick") map.highlight = { point: what.point, at: placeOf(map, what.point) };
  else {
    if (what.kind === "clear") map.highlight = null;
    redo(map, what);
    layer(map);
  }
  map.changed("top");
  report(map);
}

/** Pick a point, unless it is picked. */
export function pick(map, point) {
  if (map.highlight?.point !== point) act(map, { kind: "pick", point });
}

/** Nothing shall be selected or picked any more. */
export function clear(map) {
  if (map.picked || map.highlight) act(map, { kind: "clear" });
}

/** Tell Python. */
export function report(map) {
  const { x, y, scale } = map.view;
  map.told = map.hover;
  map.send({
    digest: map.digest, acts: map.acts, hover: map.hover, view: { x, y, scale }, canvas_failed: map.failed,
  });
}
