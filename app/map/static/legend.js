/** What the colors mean, below the map. A name under the pointer makes its points stand out; pressed, for longer. */
import { make } from "../../dom.js";
import { MISSING, OTHER, paletteOf } from "./colors.js";
import { layer } from "./looks.js";

/** [number, text] of every entry that has a color of its own. */
export function entriesOf({ legend }) {
  const names = legend.kind === "names" ? legend.entries.map((text, number) => [number, text]) : [];
  const more = [[OTHER, legend.other], [MISSING, legend.missing]].filter(([, text]) => text);
  return [...names, ...more];
}

/** Write the legend anew where it differs: a button that is replaced while it is pressed loses the click. */
export function updateLegend(map) {
  const { legend, palette } = map.paint;
  const text = JSON.stringify([legend, palette, map.grid?.most, map.pinned]);
  if (text === map.listed) return;
  const kept = map.root.getRootNode().activeElement?.dataset.number;
  map.listed = text;
  map.legend.setAttribute("aria-label", "Colors");
  if (map.grid) {
    const most = map.grid.most.toLocaleString("en");
    return map.legend.replaceChildren(make("strong", { text: "points in a place" }), ramp(map, "1", most));
  }
  const colors = paletteOf(map);
  const entries = entriesOf(map.paint).map(([number, name]) => entry(map, number, name, colors[number]));
  if (legend.kind === "numbers") entries.unshift(ramp(map, ...legend.entries));
  map.legend.replaceChildren(make("strong", { text: legend.title }), ...entries);
  if (kept) map.legend.querySelector(`[data-number="${Number(kept)}"]`)?.focus();
}

function entry(map, number, text, color) {
  const swatch = make("span", { class: "swatch" });
  swatch.style.background = color;
  const stand = (which) => () => emphasize(map, which);
  return make("button", {
    type: "button", class: "entry", "data-number": number, "aria-pressed": String(map.pinned === number),
    title: "Make these points stand out",
    on: {
      pointerenter: stand(number), pointerleave: stand(null), focus: stand(number), blur: stand(null),
      click: () => pin(map, number),
    },
  }, swatch, make("span", { text }));
}

/** From the first color to the last, with words at both ends. */
function ramp(map, low, high) {
  const bar = make("span", { class: "ramp" });
  bar.style.background = `linear-gradient(to right, ${map.paint.palette.ramp.join(", ")})`;
  return make("span", { class: "range" }, make("span", { text: low }), bar, make("span", { text: high }));
}

function pin(map, number) {
  map.pinned = map.pinned === number ? null : number;
  emphasize(map, map.pinned);
  map.changed("points");
}

function emphasize(map, number) {
  const next = number ?? map.pinned;
  if (next === map.emphasis) return;
  map.emphasis = next;
  layer(map);
}
