/** A canvas to draw on in millimetres: x() and y() give device pixels, k is device pixels per mm. */

const FAMILY = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', sans-serif";

/** The brush for a canvas at the paper's present view. */
export function brushOf(paper, canvas) {
  const ratio = window.devicePixelRatio || 1;
  const { view, scene } = paper;
  const k = view.scale * ratio;
  return {
    ctx: canvas.getContext("2d"),
    k,
    ratio,
    wide: canvas.width,
    high: canvas.height,
    x: (mm) => (mm - view.x) * k,
    y: (mm) => (mm - view.y) * k,
    colors: scene.colors,
    sheet: scene.sheet,
  };
}

/** Fill a rectangle given in mm; its edges lie on whole device pixels, so that neighbors leave no seam. */
export function fillBox(brush, x, y, width, height, color, alpha = 1) {
  const { ctx } = brush;
  const [left, right] = [brush.x(x), brush.x(x + width)].map(Math.round);
  const [top, bottom] = [brush.y(y), brush.y(y + height)].map(Math.round);
  ctx.globalAlpha = alpha;
  ctx.fillStyle = color;
  ctx.fillRect(left, top, right - left, bottom - top);
  ctx.globalAlpha = 1;
}

/** Draw a line through points [[x, y], ...] in mm, at least a device pixel wide. */
export function strokeLine(brush, points, color, mm, alpha = 1) {
  const { ctx, k } = brush;
  ctx.globalAlpha = alpha;
  ctx.strokeStyle = color;
  ctx.lineWidth = Math.max(mm * k, brush.ratio);
  ctx.beginPath();
  points.forEach(([x, y], number) => {
    if (number) ctx.lineTo(brush.x(x), brush.y(y));
    else ctx.moveTo(brush.x(x), brush.y(y));
  });
  ctx.stroke();
  ctx.globalAlpha = 1;
}

/** Set the type: size in mm, weight. */
export function setType(brush, mm, weight = 400) {
  brush.ctx.font = `${weight} ${mm * brush.k}px ${FAMILY}`;
}

/** Width in mm of a text in the present type. */
export function widthOf(brush, text) {
  return brush.ctx.measureText(text).width / brush.k;
}

/** Write at x, y (mm, base line); with a halo in the paper's color where a trace may lie beneath. */
export function write(brush, text, x, y, color, { align = "left", halo = 0 } = {}) {
  const { ctx, k } = brush;
  ctx.textAlign = align;
  if (halo) {
    ctx.lineJoin = "round";
    ctx.lineWidth = halo * k;
    ctx.strokeStyle = brush.colors.paper;
    ctx.strokeText(text, brush.x(x), brush.y(y));
  }
  ctx.fillStyle = color;
  ctx.fillText(text, brush.x(x), brush.y(y));
}

/** Set the type as large as `mm`, or smaller so that the text is no wider than `room` mm. Returns the size in mm. */
export function fitType(brush, text, mm, room, weight = 400) {
  setType(brush, mm, weight);
  const size = mm * Math.min(1, room / Math.max(widthOf(brush, text), 0.01));
  setType(brush, size, weight);
  return size;
}
