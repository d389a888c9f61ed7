/** Colors by number, as a legend means them. */

export const [OTHER, MISSING] = [254, 255];
const FINEST = 253;

/** The 256 colors of a map, "#rrggbb". */
export function paletteOf(map) {
  const { legend, palette } = map.paint;
  const colors = Array(256).fill(palette.other);
  if (legend.kind === "numbers") for (let i = 0; i <= FINEST; i += 1) colors[i] = onRamp(palette.ramp, i / FINEST);
  else palette.categories.forEach((color, i) => { colors[i] = color; });
  colors[OTHER] = palette.other;
  colors[MISSING] = palette.missing;
  return colors;
}

/** [red, green, blue] of "#rrggbb". */
export function rgbOf(color) {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}

/** A color as it lies in an image's memory. */
export function packed(color) {
  const [red, green, blue] = rgbOf(color);
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** A color between those of a ramp, 0..1. */
export function onRamp(ramp, share) {
  const at = share * (ramp.length - 1);
  const from = Math.min(Math.floor(at), ramp.length - 2);
  const [one, other] = [ramp[from], ramp[from + 1]].map(rgbOf);
  const mixed = one.map((value, i) => Math.round(value + (at - from) * (other[i] - value)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
