/**
 * The lower canvas: points as small discs, or counts as a picture.
 *
 * Discs are stamped into an image by hand: a canvas' own arcs take much longer, and WebGL is not there everywhere.
 */
import { onRamp, packed, paletteOf } from "./colors.js";
import { stepsToPixels } from "./points.js";
import { fitScale, toStage } from "./view.js";

const PHASES = 4; // places of a disc's middle within a pixel, in each direction
const [SOLID, OPEN] = [256, 200]; // of 256: opacity of points that stand out, and of all others
const PALE = 0.78; // of the way to the ground: what is not selected
const [SMALL, BIG] = [1.2, 4.5]; // CSS pixels: radius at rest

/** Draw all points anew. */
export function drawPoints(map) {
  const canvas = map.canvases[0];
  const ctx = canvas.getContext("2d", { alpha: false });
  if (map.grid) drawCounts(map, ctx);
  else {
    const target = targetOf(map, ctx, canvas);
    target.pixels.fill(packed(map.paint.palette.ground));
    const colors = paletteOf(map);
    const [full, pale] = [colors, paled(map, colors)].map((those) => Uint32Array.from(those, packed));
    const radius = radiusOf(map) * (window.devicePixelRatio || 1);
    for (const { points, strong, faded } of map.layers) {
      const stamp = stampOf(radius * (strong ? 1.2 : 1), strong ? SOLID : OPEN);
      splat(target, map, points, stamp, faded ? pale : full);
    }
    ctx.putImageData(target.image, 0, 0);
  }
  map.draws += 1; // what the tests count
  map.stage.dataset.draws = String(map.draws);
}

/** Radius of a point in CSS pixels: the more points the smaller, the closer the larger. */
export function radiusOf(map) {
  const rest = Math.min(BIG, Math.max(SMALL, 3.6 * (1000 / Math.max(1, map.count)) ** 0.18));
  const zoom = Math.max(1, map.view.scale / fitScale(map));
  return rest * Math.min(2.5, zoom ** 0.35) * (map.paint.large ? 1.5 : 1);
}

/** Colors most of the way to the ground: through a low opacity, a crowd of points would shine. */
function paled(map, colors) {
  return colors.map((color) => onRamp([color, map.paint.palette.ground], PALE));
}

/** The image of the canvas' size, made anew only when that changes. */
function targetOf(map, ctx, { width, height }) {
  if (map.target?.wide !== width || map.target?.high !== height) {
    const image = ctx.createImageData(width, height);
    map.target = { image, pixels: new Uint32Array(image.data.buffer), wide: width, high: height };
  }
  return map.target;
}

const stamps = new Map();

/** A disc of a radius (device pixels) and opacity (of 256): its coverage for each place within a pixel. */
function stampOf(radius, opacity) {
  const name = `${radius.toFixed(2)} ${opacity}`;
  if (!stamps.has(name)) {
    if (stamps.size > 60) stamps.clear(); // zooming makes many
    const half = Math.ceil(radius + 0.5);
    const masks = Array.from({ length: PHASES * PHASES }, (_, phase) => maskOf(radius, opacity, half, phase));
    stamps.set(name, { half, side: 2 * half + 1, masks });
  }
  return stamps.get(name);
}

function maskOf(radius, opacity, half, phase) {
  const side = 2 * half + 1;
  const [x, y] = [((phase % PHASES) + 0.5) / PHASES, (Math.floor(phase / PHASES) + 0.5) / PHASES];
  return Uint16Array.from({ length: side * side }, (_, at) => {
    const distance = Math.hypot((at % side) - half + 0.5 - x, Math.floor(at / side) - half + 0.5 - y);
    return Math.round(opacity * Math.max(0, Math.min(1, radius + 0.5 - distance)));
  });
}

/** Stamp points of one layer into the image. */
function splat(target, map, points, stamp, colors) {
  const { kx, ky, ox, oy } = stepsToPixels(map);
  const { xy, colors: numbers } = map;
  const { wide, high } = target;
  const { half, masks } = stamp;
  for (let i = 0; i < points.length; i += 1) {
    const point = points[i];
    const x = xy[2 * point] * kx + ox;
    const y = xy[2 * point + 1] * ky + oy;
    if (x < -half || y < -half || x >= wide + half || y >= high + half) continue;
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const phase = ((x - column) * PHASES | 0) + PHASES * ((y - row) * PHASES | 0);
    press(target, column - half, row - half, stamp.side, masks[phase], colors[numbers[point]]);
  }
}

/** Blend one mask of a color into the image, at its upper left corner; what lies outside is cut off. */
function press({ pixels, wide, high }, left, top, side, mask, color) {
  const [fromX, toX] = [left < 0 ? -left : 0, left + side > wide ? wide - left : side];
  const [fromY, toY] = [top < 0 ? -top : 0, top + side > high ? high - top : side];
  const [ends, middle] = [color & 0xff00ff, (color >>> 8) & 0xff];
  for (let y = fromY; y < toY; y += 1) {
    const line = (top + y) * wide + left;
    for (let x = fromX; x < toX; x += 1) {
      const a = mask[y * side + x];
      if (a === 0) continue;
      const at = line + x;
      if (a === 256) pixels[at] = color;
      else {
        const under = pixels[at];
        const b = 256 - a;
        const redBlue = ((Math.imul(ends, a) + Math.imul(under & 0xff00ff, b)) >>> 8) & 0xff00ff;
        const green = (Math.imul(middle, a) + Math.imul((under >>> 8) & 0xff, b)) & 0xff00;
        pixels[at] = 0xff000000 | redBlue | green;
      }
    }
  }
}

/** Counts as a picture: the more in a cell, the further along the ramp; cells without selected ones fade. */
function drawCounts(map, ctx) {
  const { grid, box, view } = map;
  const ratio = window.devicePixelRatio || 1;
  if (grid.paint !== map.paint) Object.assign(grid, { paint: map.paint, picture: pictureOf(map) });
  const [x, y] = toStage(map, box.x, box.y + box.height).map((value) => value * ratio);
  const k = view.scale * ratio;
  ctx.fillStyle = map.paint.palette.ground;
  ctx.fillRect(0, 0, ctx.canvas.width, ctx.canvas.height);
  ctx.imageSmoothingEnabled = k * box.width < grid.size[0]; // a cell larger than a pixel has edges
  ctx.drawImage(grid.picture, x, y, k * box.width, k * box.height);
}

function pictureOf(map) {
  const { grid: { size: [wide, high], counts }, selected, paint } = map;
  const { ground, ramp } = paint.palette;
  const strong = Array.from({ length: 256 }, (_, i) => onRamp(ramp, i / 255));
  const rest = map.picked ? paled(map, strong) : strong;
  const looks = [rest, strong].map((colors) => Uint32Array.from([ground, ...colors.slice(1)], packed));
  const picture = new OffscreenCanvas(wide, high);
  const ctx = picture.getContext("2d");
  const image = ctx.createImageData(wide, high);
  const pixels = new Uint32Array(image.data.buffer);
  counts.forEach((count, at) => {
    const row = high - 1 - Math.floor(at / wide);
    pixels[row * wide + (at % wide)] = looks[selected[at]][count];
  });
  ctx.putImageData(image, 0, 0);
  return picture;
}
