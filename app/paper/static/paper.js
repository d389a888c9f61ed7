/**
 * The paper: takes what Python laid out, draws it, and lets people measure on it.
 *
 * One paper is kept for each element that Streamlit gives; what a reader left on it (calipers, zoom, marks) is kept by
 * the paper's key for as long as the browser's page lives, so that a change of page does not lose it.
 */
import { make } from "../../dom.js";
import { listenToKeys } from "./keys.js";
import { updateList } from "./list.js";
import { listenToPointer } from "./pointer.js";
import { nothing, report, reportNow } from "./report.js";
import { drawSheet } from "./sheet.js";
import { dropUnfinished } from "./spans.js";
import { makeHelp, makeToolbar, updateToolbar } from "./toolbar.js";
import { drawTop } from "./top.js";
import { place } from "./view.js";

const papers = new WeakMap(); // by element
const left = new Map(); // by key: what was on a paper that was taken away

/** What Streamlit calls whenever it has rendered: with new data, or with the same. */
export default function render({ parentElement, data, setStateValue }) {
  if (!papers.has(parentElement)) papers.set(parentElement, open(parentElement));
  const paper = papers.get(parentElement);
  paper.send = (touched) => setStateValue("touched", touched);
  if (paper.text !== data.scene || paper.digest !== data.digest) show(paper, data);
  return () => close(paper, parentElement);
}

/** A paper with nothing on it. */
function open(parent) {
  const paper = {
    spans: [], selected: -1, end: "to", tool: null, hand: null, lead: 0, beat: null, marks: false,
    byKeys: false, timer: null,
    view: { mode: "fit", scale: 1, x: 0, y: 0 }, draws: 0, width: 0, buttons: {}, stale: new Set(), failed: false,
    canvases: [make("canvas"), make("canvas")],
    list: make("ul", { class: "readings", "aria-label": "Calipers" }),
    live: make("div", { class: "unseen", "aria-live": "polite" }),
    status: make("span", { class: "status" }),
    panel: make("div", { class: "panel" }),
  };
  paper.stage = make("div", { class: "stage", tabindex: "0", role: "application" }, ...paper.canvases);
  paper.say = (text) => {
    if (paper.live.textContent !== text) paper.live.textContent = text;
  };
  paper.changed = (what, finished = true) => changed(paper, what, finished);
  const help = makeHelp(paper);
  paper.root = make("section", { class: "paper" },
    makeToolbar(paper), help, paper.panel, paper.stage, paper.list, paper.live);
  parent.append(paper.root);
  paper.failed = paper.canvases.some((canvas) => !canvas.getContext("2d"));
  paper.root.classList.toggle("failed", paper.failed);
  listen(paper);
  return paper;
}

function listen(paper) {
  listenToPointer(paper);
  listenToKeys(paper);
  for (const event of ["focus", "blur"]) {
    paper.stage.addEventListener(event, () => {
      paper.focused = event === "focus";
      paper.byKeys = paper.focused && paper.stage.matches(":focus-visible");
      paper.changed("spans", false);
    });
  }
  paper.root.addEventListener("focusout", () => reportNow(paper));
  paper.resized = () => paper.scene && paper.changed("sheet", false);
  paper.observer = new ResizeObserver(([entry]) => {
    if (entry.contentRect.width === paper.width) return;
    paper.width = entry.contentRect.width;
    paper.resized();
  });
  paper.observer.observe(paper.root);
  window.addEventListener("resize", paper.resized); // also when the window moves to another screen
}

/** Take new data. Another recording clears the paper; another layout, theme or overlay keeps what was measured. */
function show(paper, data) {
  const scene = JSON.parse(data.scene);
  const [fresh, other] = [!paper.scene, paper.digest !== data.digest];
  const resized = !fresh && paper.scene.sheet.width !== scene.sheet.width;
  Object.assign(paper, { text: data.scene, key: data.key, digest: data.digest, scene });
  paper.signal = { ...scene.signal, counts: column(data.samples) };
  paper.overlay = scene.overlay && { ...scene.overlay, values: column(data.overlay), starts: column(data.starts) };
  if (fresh) paper.sent = nothing(data.digest);
  if (fresh) recall(paper);
  else if (other) forget(paper);
  if (resized && paper.view.mode === "free") paper.view.mode = "fit";
  paper.lead = Math.min(paper.lead, scene.sheet.cells.length - 1);
  dress(paper);
  paper.width = paper.root.clientWidth;
  dropUnfinished(paper); // its place may lie elsewhere now
  paper.changed("sheet");
  paper.changed("spans");
}

/** Go on where a paper of the same key and recording was left. */
function recall(paper) {
  const before = left.get(paper.key);
  if (!before) return;
  paper.marks = before.marks;
  if (before.digest !== paper.digest) return;
  const { spans, view, lead, beat } = before;
  Object.assign(paper, { spans, view, lead, beat });
}

function forget(paper) {
  Object.assign(paper, { spans: [], selected: -1, beat: null });
  Object.assign(paper.view, { mode: paper.view.mode === "true" ? "true" : "fit", x: 0, y: 0 });
}

/** Colors and words that depend on the sheet. */
function dress(paper) {
  const { sheet, colors } = paper.scene;
  for (const [name, color] of Object.entries(colors)) paper.root.style.setProperty(`--${name}`, color);
  paper.root.classList.toggle("large", sheet.type_mm >= 7);
  const leads = sheet.cells.map((cell) => cell.label).join(", ");
  const name = `ECG paper: ${sheet.title}. ${sheet.footer}. Leads ${leads}. Press question mark for the keys.`;
  paper.stage.setAttribute("aria-label", name);
}

/** Draw at the next frame: "sheet" is both canvases, anything else only what lies above. */
function changed(paper, what, finished) {
  if (!paper.stale.size) paper.frame = requestAnimationFrame(() => draw(paper));
  paper.stale.add(what);
  if (finished) report(paper);
}

function draw(paper) {
  const stale = paper.stale;
  paper.stale = new Set();
  if (paper.failed) return;
  if (stale.has("spans")) updateList(paper); // also where the paper is hidden for now
  if (!paper.width) return;
  place(paper);
  if (stale.has("sheet")) drawSheet(paper);
  drawTop(paper);
  updateToolbar(paper);
}

/** Streamlit took the element away. */
function close(paper, parent) {
  const { digest, spans, view, lead, beat, marks } = paper;
  left.set(paper.key, { digest, spans, view, lead, beat, marks });
  papers.delete(parent);
  paper.observer.disconnect();
  window.removeEventListener("resize", paper.resized);
  cancelAnimationFrame(paper.frame);
  clearTimeout(paper.timer);
  paper.root.remove();
}

/** The numbers of an Arrow table's only column. */
function column(table) {
  return table.getChildAt(0).toArray();
}
