/** How points look: colors, what is selected and shown, what lies among them; and in which layers they are drawn. */
import { MISSING } from "./colors.js";
import { columnOf } from "./points.js";
import { applied } from "./lasso.js";

/** Take what a courier brought, where it is of these points. What Python does not know yet is done to it again. */
export function takePaint(map, data) {
  const paint = JSON.parse(data.text);
  if (paint.digest !== map.digest) return;
  const before = map.paint;
  Object.assign(map, { paintText: data.text, paint });
  map.given = columnOf(data.selected);
  if (!map.grid) {
    map.colors = columnOf(data.colors);
    map.shown = unpacked(columnOf(data.shown), map.count);
  }
  reselect(map);
  if (JSON.stringify(before?.legend) !== JSON.stringify(paint.legend)) map.emphasis = map.pinned = null;
  if (before && before.picked !== paint.picked) map.say(countInWords(map));
  dress(map);
  layer(map);
}

/** What Python says is selected, and what it does not know yet. */
function reselect(map) {
  map.selected = unpacked(map.given, map.grid ? map.grid.counts.length : map.count);
  map.picked = map.paint.picked;
  map.acts.forEach((act) => redo(map, act));
}

/** Take marks: the picked point, stars, the card; and how far Python has handled what was done. */
export function takeMarks(map, data) {
  const marks = JSON.parse(data.text);
  if (marks.digest !== map.digest) return;
  const { stars, card, done } = marks;
  const waiting = map.acts.filter((act) => act.number > done);
  const handled = waiting.length < map.acts.length;
  Object.assign(map, { marksText: data.text, stars, card, acts: waiting, number: Math.max(map.number, done) });
  if (handled && map.paint) {
    reselect(map);
    layer(map);
  }
  const [point, ...at] = marks.highlight ?? [];
  const known = !waiting.some(({ kind }) => kind === "pick" || kind === "clear");
  if (known) map.highlight = marks.highlight && { point, at };
  if (card && map.byKeys && card.point === map.cursor) map.say(card.lines.join(", "));
  map.changed("top");
}

/** Mark at once what Python will answer. */
export function redo(map, act) {
  if (act.kind === "clear") map.selected?.fill(0);
  else if (act.kind !== "pick" && !map.grid) map.selected = applied(map, act);
  else return;
  if (!map.grid || act.kind === "clear") map.picked = map.selected.reduce((sum, one) => sum + one, 0);
}

/** Sort the points into layers, from below upwards: the others, those that stand out; the missing first. */
export function layer(map) {
  if (!map.paint) return;
  map.changed("points");
  if (map.grid) return;
  const { selected, shown, colors, order, emphasis } = map;
  const faded = map.picked > 0 || emphasis !== null;
  const level = (point) => {
    const strong = emphasis === null ? selected[point] : colors[point] === emphasis;
    return (strong ? 2 : 0) + (colors[point] === MISSING ? 0 : 1);
  };
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < map.count; i += 1) if (shown[i]) counts[level(i)] += 1;
  const points = counts.map((count) => new Uint32Array(count));
  const ends = [0, 0, 0, 0];
  for (const point of order) {
    if (!shown[point]) continue;
    const at = level(point);
    points[at][ends[at]] = point;
    ends[at] += 1;
  }
  map.layers = points.map((those, at) => ({ points: those, strong: at > 1, faded: faded && at < 2 }));
}

/** How many are selected, in words. */
export function countInWords(map) {
  const hidden = map.total - map.paint.seen;
  const [picked, all, rest] = [map.picked, map.total, hidden].map((count) => count.toLocaleString("en"));
  return `${map.picked ? `${picked} of ${all} selected` : `${all} points`}${hidden ? `, ${rest} hidden` : ""}`;
}

/** Colors and words that depend on the looks. */
function dress(map) {
  const { paint } = map;
  for (const [name, color] of Object.entries(paint.theme)) map.root.style.setProperty(`--${name}`, color);
  map.root.style.setProperty("--ground", paint.palette.ground);
  map.root.classList.toggle("large", paint.large);
  const words = `${map.title}. Colored by ${paint.legend.title}. ${countInWords(map)}.`;
  map.stage.setAttribute("aria-label", `${words} Press question mark for the keys.`);
}

/** Eight flags a byte, the first in the lowest bit, as one number each. */
function unpacked(bytes, count) {
  const flags = new Uint8Array(count);
  for (let i = 0; i < count; i += 1) flags[i] = (bytes[i >> 3] >> (i & 7)) & 1;
  return flags;
}
