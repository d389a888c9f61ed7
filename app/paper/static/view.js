/**
 * Which part of the sheet is seen, and how large: fit to width, zoom, pan, true size.
 *
 * A view is {mode, scale, x, y}: CSS pixels per mm, and the mm that lie at the stage's upper left corner.
 */
import { clamp } from "./geometry.js";
import { pixelsPerMm } from "./truesize.js";

const MOST = 60; // CSS pixels per mm: a sample at 500 Hz is then 3 pixels wide
const TALLEST = 0.8; // of the window's height, once zoomed

/** CSS pixels per mm at which the sheet is as wide as the page lets it be. */
export function fitScale(paper) {
  return Math.max(1, paper.width) / paper.scene.sheet.width;
}

/** Follow the view's mode and the room there is; size the stage and both canvases. */
export function place(paper) {
  const { view, stage } = paper;
  const { width, height } = paper.scene.sheet;
  const fit = fitScale(paper);
  if (view.mode === "fit") view.scale = fit;
  if (view.mode === "true") view.scale = pixelsPerMm() ?? fit;
  view.wide = Math.min(paper.width, width * view.scale);
  view.high = Math.min(height * view.scale, Math.max(height * fit, TALLEST * window.innerHeight));
  view.x = clamp(view.x, 0, width - view.wide / view.scale);
  view.y = clamp(view.y, 0, height - view.high / view.scale);
  stage.style.width = `${view.wide}px`;
  stage.style.height = `${view.high}px`;
  paper.canvases.forEach((canvas) => resize(canvas, view));
  stage.style.touchAction = paper.tool || isZoomed(paper) ? "none" : "pan-y";
  stage.dataset.view = [view.scale, view.x, view.y].join(" ");
}

/** Whether some of the sheet is out of sight. */
export function isZoomed(paper) {
  const { view } = paper;
  const { width, height } = paper.scene.sheet;
  return width * view.scale > view.wide + 0.5 || height * view.scale > view.high + 0.5;
}

/** Zoom by a factor; the place under (left, top), CSS pixels on the stage, stays where it is. */
export function zoomBy(paper, factor, left = paper.view.wide / 2, top = paper.view.high / 2) {
  const { view } = paper;
  const least = Math.min(fitScale(paper), view.scale);
  const scale = clamp(view.scale * factor, least, Math.max(MOST, least));
  view.x += left / view.scale - left / scale;
  view.y += top / view.scale - top / scale;
  view.scale = scale;
  view.mode = scale <= fitScale(paper) * 1.001 ? "fit" : "free";
  paper.changed("sheet");
}

/** Move the sheet by CSS pixels. */
export function panBy(paper, right, down) {
  paper.view.x -= right / paper.view.scale;
  paper.view.y -= down / paper.view.scale;
  paper.changed("sheet");
}

/** Show the sheet in a mode: "fit" or "true". */
export function setMode(paper, mode) {
  Object.assign(paper.view, { mode, x: 0, y: 0 });
  paper.changed("sheet");
}

/** The place in mm under (left, top), CSS pixels on the stage. */
export function toSheet(paper, left, top) {
  const { view } = paper;
  return [view.x + left / view.scale, view.y + top / view.scale];
}

function resize(canvas, view) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(view.wide * ratio));
  const height = Math.max(1, Math.round(view.high * ratio));
  canvas.style.width = `${view.wide}px`;
  canvas.style.height = `${view.high}px`;
  if (canvas.width !== width) canvas.width = width; // setting it clears the canvas, so only when it must
  if (canvas.height !== height) canvas.height = height;
}
