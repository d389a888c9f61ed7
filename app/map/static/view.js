/**
 * Which part of the map is seen, and how large.
 *
 * A view is {mode, scale, x, y}: CSS pixels per unit of the map; the place in map coordinates in the stage's middle.
 */

const CLOSEST = 100; // times as large as the whole
const MARGIN = 24; // CSS pixels around the whole

/** CSS pixels per unit at which all points are seen. */
export function fitScale(map) {
  const { box } = map;
  return Math.min((map.wide - 2 * MARGIN) / box.width, (map.high - 2 * MARGIN) / box.height);
}

/** Follow the view's mode and the room there is; size the stage and both canvases. */
export function place(map) {
  const { view, box, stage } = map;
  map.high = map.paint.height;
  map.wide = map.root.clientWidth || map.wide;
  if (view.mode === "fit") {
    Object.assign(view, { scale: fitScale(map), x: box.x + box.width / 2, y: box.y + box.height / 2 });
  }
  view.x = clamp(view.x, box.x, box.x + box.width);
  view.y = clamp(view.y, box.y, box.y + box.height);
  stage.style.height = `${map.high}px`;
  map.canvases.forEach((canvas) => resize(canvas, map));
  stage.dataset.view = [view.scale, view.x, view.y].join(" ");
}

/** CSS pixels on the stage of a place in map coordinates. */
export function toStage({ view, wide, high }, x, y) {
  return [wide / 2 + (x - view.x) * view.scale, high / 2 - (y - view.y) * view.scale];
}

/** Map coordinates of CSS pixels on the stage. */
export function toMap({ view, wide, high }, left, top) {
  return [view.x + (left - wide / 2) / view.scale, view.y - (top - high / 2) / view.scale];
}

/** Zoom by a factor; the place under (left, top), CSS pixels on the stage, stays where it is. */
export function zoomBy(map, factor, left = map.wide / 2, top = map.high / 2) {
  const { view } = map;
  const fit = fitScale(map);
  const [x, y] = toMap(map, left, top);
  view.scale = clamp(view.scale * factor, Math.min(fit, view.scale), fit * CLOSEST);
  view.x = x - (left - map.wide / 2) / view.scale;
  view.y = y + (top - map.high / 2) / view.scale;
  view.mode = view.scale <= fit * 1.001 ? "fit" : "free";
  map.changed("points");
}

/** Move the map by CSS pixels. */
export function panBy(map, right, down) {
  const { view } = map;
  view.x -= right / view.scale;
  view.y += down / view.scale;
  view.mode = "free";
  map.changed("points");
}

/** Show all points. */
export function fit(map) {
  map.view.mode = "fit";
  map.changed("points");
}

/** Limit a number to a range. */
export function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}

function resize(canvas, { wide, high }) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [wide, high].map((length) => Math.max(1, Math.round(length * ratio)));
  canvas.style.width = `${wide}px`;
  canvas.style.height = `${high}px`;
  if (canvas.width !== width) canvas.width = width; // setting it clears the canvas, so only when it must
  if (canvas.height !== height) canvas.height = height;
}
