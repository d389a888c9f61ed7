/** What is seen, with title and legend, as a PNG that the browser saves. */
import { make } from "../../dom.js";
import { onRamp, paletteOf } from "./colors.js";
import { entriesOf } from "./legend.js";
import { countInWords } from "./looks.js";

const [LINE, ASIDE] = [22, 14]; // CSS pixels

/** Save it. */
export function savePicture(map) {
  const ratio = window.devicePixelRatio || 1;
  const items = itemsOf(map);
  const canvas = document.createElement("canvas");
  const ctx = canvas.getContext("2d");
  setFont(ctx);
  const lines = wrapped(ctx, items, map.wide - 2 * ASIDE);
  const high = map.high + (lines + 3) * LINE + 2 * ASIDE;
  Object.assign(canvas, { width: map.wide * ratio, height: high * ratio });
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  setFont(ctx);
  const { theme, palette } = map.paint;
  ctx.fillStyle = palette.ground;
  ctx.fillRect(0, 0, map.wide, high);
  map.canvases.forEach((from) => ctx.drawImage(from, 0, 2 * LINE + ASIDE, map.wide, map.high));
  ctx.fillStyle = theme.text;
  const words = [map.title, `${countInWords(map)}. Research use only.`];
  words.forEach((text, i) => ctx.fillText(text, ASIDE, ASIDE + 8 + i * LINE, map.wide - 2 * ASIDE));
  items.forEach((item) => drawItem(ctx, map, item, 3 * LINE + ASIDE + map.high));
  canvas.toBlob((blob) => offer(blob));
}

function setFont(ctx) {
  ctx.font = "400 14px system-ui, -apple-system, 'Segoe UI', 'Noto Sans', sans-serif";
}

/** Swatches and words, from the left. */
function itemsOf(map) {
  const { legend, palette } = map.paint;
  const colors = paletteOf(map);
  const named = map.grid ? [] : entriesOf(map.paint).map(([number, text]) => ({ text, colors: [colors[number]] }));
  const ramp = Array.from({ length: 60 }, (_, i) => onRamp(palette.ramp, i / 59));
  if (map.grid) return [{ text: "points in a place: 1" }, { text: map.grid.most.toLocaleString("en"), colors: ramp }];
  const [low, high] = legend.entries;
  const range = legend.kind === "numbers" ? [{ text: low }, { text: high, colors: ramp }] : [];
  return [{ text: legend.title }, ...range, ...named];
}

/** Give every item its place; returns the number of lines. */
function wrapped(ctx, items, room) {
  let [x, line] = [0, 0];
  for (const item of items) {
    item.swatch = !item.colors ? 0 : item.colors.length > 1 ? 120 : 12;
    item.swatch += item.swatch && 6;
    const width = item.swatch + ctx.measureText(item.text).width + 18;
    if (x && x + width > room) [x, line] = [0, line + 1];
    Object.assign(item, { x, line });
    x += width;
  }
  return line + 1;
}

function drawItem(ctx, map, item, top) {
  const [left, y] = [ASIDE + item.x, top + item.line * LINE];
  const step = (item.swatch - 6) / (item.colors?.length ?? 1);
  item.colors?.forEach((color, i) => {
    ctx.fillStyle = color;
    ctx.fillRect(left + i * step, y - 10, step + 0.5, 12);
  });
  ctx.fillStyle = map.paint.theme.text;
  ctx.fillText(item.text, left + item.swatch, y);
}

function offer(blob) {
  const address = URL.createObjectURL(blob);
  make("a", { href: address, download: "map.png" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
