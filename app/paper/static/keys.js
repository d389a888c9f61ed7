/** What keys do while the paper has the focus. C and R stay with the page. */
import { dropUnfinished, inWords, putInMiddle, remove, step, toggleMarch } from "./spans.js";
import { panBy, setMode, zoomBy } from "./view.js";

const PAN = 40; // CSS pixels
const TOOLS = { t: "time", v: "voltage", i: "interval" };

/** Keys and what they do, for the help. */
export const HELP = [
  ["T", "time caliper; drag, or click twice"],
  ["V", "voltage caliper; Alt while dragging leaves the trace"],
  ["I", "interval"],
  ["M", "march the time caliper out along its row"],
  ["← →", "move an end by a sample; with Shift by ten"],
  ["Enter", "change to the caliper's other end"],
  ["Tab", "next caliper"],
  ["Delete", "remove the caliper"],
  ["[ ] or ↑ ↓", "previous or next lead"],
  ["B, Shift B", "next or previous beat (with marks)"],
  ["K", "marks of beats"],
  ["+ − 0", "zoom in, zoom out, fit; or Ctrl and the wheel"],
  ["Shift and arrows", "move the paper, when no caliper is chosen"],
  ["Esc", "leave the tool, then the caliper"],
];

/** Listen on the stage. */
export function listenToKeys(paper) {
  paper.stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    paper.byKeys = true;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const taken = name === "Tab" ? cycle(paper, event.shiftKey) : act(paper, name, event.shiftKey);
    if (taken) event.preventDefault();
  });
}

/** Do what a key says; false where it says nothing. */
function act(paper, name, shift) {
  if (TOOLS[name]) pickTool(paper, TOOLS[name], true);
  else if (name.startsWith("Arrow")) arrow(paper, name.slice(5), shift);
  else if (name === "b") nextBeat(paper, shift ? -1 : 1);
  else if (ACTIONS[name]) ACTIONS[name](paper);
  else return false;
  return true;
}

const ACTIONS = {
  m: toggleMarch,
  k: toggleMarks,
  "[": (paper) => nextLead(paper, -1),
  "]": (paper) => nextLead(paper, 1),
  "+": (paper) => zoomBy(paper, 1.25),
  "=": (paper) => zoomBy(paper, 1.25),
  "-": (paper) => zoomBy(paper, 0.8),
  0: (paper) => setMode(paper, "fit"),
  "?": (paper) => paper.toggleHelp(),
  Delete: (paper) => remove(paper, paper.selected),
  Backspace: (paper) => remove(paper, paper.selected),
  Enter: otherEnd,
  Escape: leave,
};

/** Take a tool, or put it away; with a key alone a span is there at once. */
export function pickTool(paper, tool, byKey) {
  dropUnfinished(paper);
  if (byKey) {
    paper.tool = tool;
    putInMiddle(paper, tool, paper.scene.sheet.cells[paper.lead]);
  } else {
    paper.tool = paper.tool === tool ? null : tool;
  }
  paper.changed("spans");
}

/** Show or hide the beats' marks. */
export function toggleMarks(paper) {
  if (!paper.scene.beats.length) return;
  paper.marks = !paper.marks;
  if (!paper.marks) paper.beat = null;
  paper.changed("sheet");
  paper.changed("spans");
}

function leave(paper) {
  if (!paper.tool) Object.assign(paper, { selected: -1, beat: null });
  dropUnfinished(paper);
  paper.tool = null;
  paper.changed("spans");
}

function arrow(paper, name, shift) {
  const [right, down] = { Left: [-1, 0], Right: [1, 0], Up: [0, -1], Down: [0, 1] }[name];
  if (paper.spans[paper.selected] && right) step(paper, right * (shift ? 10 : 1));
  else if (shift) panBy(paper, -right * PAN, -down * PAN);
  else nextLead(paper, right + down);
}

function nextLead(paper, by) {
  const { cells } = paper.scene.sheet;
  paper.lead = (paper.lead + by + cells.length) % cells.length;
  paper.selected = -1;
  paper.say(`lead ${cells[paper.lead].label}`);
  paper.changed("spans", false);
}

function nextBeat(paper, by) {
  const { beats } = paper.scene;
  if (!paper.marks || !beats.length) return;
  const last = beats.findIndex((beat) => beat.number === paper.beat);
  const next = last < 0 && by < 0 ? beats.length - 1 : (last + by + beats.length) % beats.length;
  paper.beat = beats[next].number;
  paper.say(`beat ${paper.beat + 1} at ${beats[next].r_s.toFixed(2)} s: ${beats[next].kind.replace("_", " ")}`);
  paper.changed("spans");
}

function otherEnd(paper) {
  paper.end = paper.end === "from" ? "to" : "from";
  paper.changed("spans", false);
}

/** The next caliper; past the last the focus leaves the paper as usual. */
function cycle(paper, backwards) {
  const next = backwards && paper.selected < 0 ? paper.spans.length - 1 : paper.selected + (backwards ? -1 : 1);
  const there = next >= 0 && next < paper.spans.length;
  paper.selected = there ? next : -1;
  if (there) paper.say(inWords(paper, paper.spans[next]));
  paper.changed("spans", false);
  return there;
}
