/** The upper canvas: rings, stars and their lines, the outline that is being drawn. */
import { placeOf } from "./points.js";
import { radiusOf } from "./raster.js";
import { toStage } from "./view.js";

const STAR = 15; // CSS pixels from a star's middle to a tip

/** Draw all of it anew. */
export function drawTop(map) {
  const canvas = map.canvases[1];
  const ctx = canvas.getContext("2d");
  const ratio = window.devicePixelRatio || 1;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0); // CSS pixels from here on
  ctx.clearRect(0, 0, map.wide, map.high);
  const size = map.paint.large ? 1.4 : 1;
  map.stars.forEach((star) => drawLines(ctx, map, star));
  const { text } = map.paint.theme;
  if (map.highlight) drawRing(ctx, map, toStage(map, ...map.highlight.at), { color: text, gap: 5, width: 2.5 * size });
  for (const point of [map.twin, map.hover]) {
    if (point === null || point >= map.count) continue;
    drawRing(ctx, map, toStage(map, ...placeOf(map, point)), { color: text, gap: 2.5, width: 1.5 * size });
  }
  map.stars.forEach((star) => drawStar(ctx, map, star, STAR * size));
  if (map.hand?.outline) drawOutline(ctx, map);
}

/** A ring with the ground's color around it, so that it is seen on any points. */
function drawRing(ctx, map, [left, top], { color, gap, width }) {
  ctx.beginPath();
  ctx.arc(left, top, radiusOf(map) + gap, 0, 2 * Math.PI);
  edged(ctx, map, color, width);
}

function drawLines(ctx, map, star) {
  const from = toStage(map, star.x, star.y);
  for (const place of star.lines) {
    const to = toStage(map, ...place);
    ctx.beginPath();
    ctx.moveTo(...from);
    ctx.lineTo(...to);
    edged(ctx, map, map.paint.theme.text, 1.25);
    drawRing(ctx, map, to, { color: map.paint.theme.text, gap: 1, width: 1.5 });
  }
}

function drawStar(ctx, map, star, size) {
  const { theme, palette } = map.paint;
  const [left, top] = toStage(map, star.x, star.y);
  ctx.beginPath();
  for (let i = 0; i < 10; i += 1) {
    const [reach, turn] = [i % 2 ? 0.58 * size : size, (Math.PI * i) / 5];
    ctx.lineTo(left + reach * Math.sin(turn), top - reach * Math.cos(turn));
  }
  ctx.closePath();
  edged(ctx, map, palette.ground, 2);
  ctx.fillStyle = theme.text;
  ctx.fill();
  ctx.font = `700 ${Math.round(0.8 * size)}px system-ui, -apple-system, 'Segoe UI', 'Noto Sans', sans-serif`;
  Object.assign(ctx, { textAlign: "center", textBaseline: "middle", fillStyle: palette.ground });
  ctx.fillText(star.label, left, top + 0.06 * size, 1.1 * size);
}

function drawOutline(ctx, map) {
  const { bar } = map.paint.theme;
  ctx.beginPath();
  map.hand.outline.forEach(([left, top]) => ctx.lineTo(left, top));
  ctx.closePath();
  ctx.globalAlpha = 0.14;
  ctx.fillStyle = bar;
  ctx.fill("evenodd");
  ctx.globalAlpha = 1;
  ctx.setLineDash([6, 4]);
  edged(ctx, map, bar, 1.75);
  ctx.setLineDash([]);
}

/** Stroke the path twice: wide in the ground's color, then in its own. */
function edged(ctx, map, color, width) {
  ctx.lineJoin = "round";
  for (const [style, wide] of [[map.paint.palette.ground, width + 2], [color, width]]) {
    Object.assign(ctx, { strokeStyle: style, lineWidth: wide });
    ctx.stroke();
  }
}
