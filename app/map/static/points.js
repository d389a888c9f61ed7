/** The points: where they lie, in which order they are drawn, which of them is nearest. */
import { toStage } from "./view.js";

const STEPS = 65535; // of a side of the box
const SEED = 5;

/** Take points, or counts in cells where they are too many; true where they are another map's. */
export function takePoints(map, data) {
  const told = JSON.parse(data.text);
  const other = told.digest !== map.digest;
  const [x, y, width, height] = told.box;
  Object.assign(map, {
    digest: told.digest, rows: told.rows, title: told.title, box: { x, y, width, height },
    count: told.grid ? 0 : told.count, total: told.count, grid: told.grid && { size: told.grid, most: told.most },
  });
  if (map.grid) map.grid.counts = columnOf(data.counts);
  else map.xy = columnOf(data.xy);
  map.order = shuffled(map.count);
  return other;
}

/** Place of a point in map coordinates. */
export function placeOf(map, point) {
  const { box, xy } = map;
  return [box.x + (xy[2 * point] * box.width) / STEPS, box.y + (xy[2 * point + 1] * box.height) / STEPS];
}

/** How a point's steps become device pixels: x = steps * kx + ox, y = steps * ky + oy. */
export function stepsToPixels(map) {
  const { box } = map;
  const ratio = window.devicePixelRatio || 1;
  const [ox, oy] = toStage(map, box.x, box.y).map((value) => value * ratio);
  const k = (map.view.scale * ratio) / STEPS;
  return { kx: k * box.width, ky: -k * box.height, ox, oy };
}

/** The shown point nearest to a place on the stage, within `reach` CSS pixels; or null. */
export function nearestTo(map, left, top, reach = Infinity) {
  return best(map, left, top, (right, down) => {
    const distance = right * right + down * down;
    return distance <= reach * reach ? distance : Infinity;
  });
}

/** The nearest shown point in a direction, within 45 degrees, at least `least` CSS pixels away; or null. */
export function nextTowards(map, point, [towardsX, towardsY], least) {
  const [left, top] = toStage(map, ...placeOf(map, point));
  return best(map, left, top, (right, down) => {
    const along = right * towardsX + down * towardsY;
    const across = Math.abs(right * towardsY - down * towardsX);
    return along > least && across <= along ? along * along + 3 * across * across : Infinity;
  });
}

/** The shown point with the least cost of its CSS pixels to the right and down of a place. */
function best(map, left, top, cost) {
  if (!map.shown) return null;
  const ratio = window.devicePixelRatio || 1;
  const { kx, ky, ox, oy } = stepsToPixels(map);
  let [found, least] = [null, Infinity];
  for (let i = 0; i < map.count; i += 1) {
    if (!map.shown[i]) continue;
    const right = (map.xy[2 * i] * kx + ox) / ratio - left;
    const value = cost(right, (map.xy[2 * i + 1] * ky + oy) / ratio - top);
    if (value < least) [found, least] = [i, value];
  }
  return found;
}

/** All point numbers in an order that favors none: of a sorted cohort, the last would cover the rest. */
function shuffled(count) {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  let seed = SEED;
  for (let i = count - 1; i > 0; i -= 1) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((seed / 4294967296) * (i + 1));
    const kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
  return order;
}

/** The numbers of an Arrow table's only column. */
export function columnOf(table) {
  return table.getChildAt(0).toArray();
}
