/** The buttons above the paper, and the help they open. */
import { make } from "../../dom.js";
import { HELP, pickTool, toggleMarks } from "./keys.js";
import { toggleMarch } from "./spans.js";
import { isCalibrated, openCalibration } from "./truesize.js";
import { fitScale, setMode, zoomBy } from "./view.js";

/** Build the toolbar; its buttons are kept in paper.buttons by name. */
export function makeToolbar(paper) {
  const tool = (name) => (event) => {
    pickTool(paper, name, event.detail === 0 && paper.tool !== name); // detail 0: pressed by a key
    paper.stage.focus({ preventScroll: true });
  };
  const button = (name, text, title, click) => {
    const pressed = (event) => {
      click(event);
      const opens = name === "true" || name === "help";
      if (event.detail && !opens) paper.stage.focus({ preventScroll: true }); // by mouse: keys go on with the paper
    };
    paper.buttons[name] = make("button", { type: "button", text, title, on: { click: pressed } });
    return paper.buttons[name];
  };
  return make("div", { class: "toolbar", role: "group", "aria-label": "Paper tools" },
    group(
      button("time", "Time", "Time caliper (T)", tool("time")),
      button("voltage", "Voltage", "Voltage caliper (V)", tool("voltage")),
      button("march", "March out", "Repeat the time caliper along its row (M)", () => toggleMarch(paper)),
      button("interval", "Interval", "Mark an interval (I)", tool("interval")),
    ),
    group(button("marks", "Marks", "P, QRS, T, R peaks and classes of the beats (K)", () => toggleMarks(paper))),
    group(
      named(button("out", "−", "Zoom out (−)", () => zoomBy(paper, 0.8)), "Zoom out"),
      named(button("in", "+", "Zoom in (+)", () => zoomBy(paper, 1.25)), "Zoom in"),
      button("fit", "Fit", "Fit to the width (0)", () => setMode(paper, "fit")),
      button("true", "True size", "As large as on real paper", () => trueSize(paper)),
    ),
    paper.status,
    group(named(button("help", "?", "Keys (?)", paper.toggleHelp), "Keys")),
  );
}

/** Say what is on and what is possible. */
export function updateToolbar(paper) {
  const { buttons, view } = paper;
  const time = paper.spans.filter((span) => span.kind === "time");
  const pressed = {
    time: paper.tool === "time", voltage: paper.tool === "voltage", interval: paper.tool === "interval",
    march: time.some((span) => span.march), marks: paper.marks, fit: view.mode === "fit", true: view.mode === "true",
  };
  for (const [name, on] of Object.entries(pressed)) buttons[name].setAttribute("aria-pressed", String(on));
  buttons.march.disabled = !time.length;
  buttons.marks.disabled = !paper.scene.beats.length;
  const speed = paper.scene.sheet.mm_per_s;
  const zoom = `${Math.round((100 * view.scale) / fitScale(paper))} %`;
  const words = { fit: "", true: `true size: ${speed} mm = 1 s`, free: zoom };
  paper.status.textContent = words[view.mode];
}

/** The list of keys, hidden at first. */
export function makeHelp(paper) {
  const rows = HELP.flatMap(([key, what]) => [make("dt", { text: key }), make("dd", { text: what })]);
  const help = make("dl", { class: "help", hidden: "" }, ...rows);
  paper.toggleHelp = () => {
    help.hidden = !help.hidden;
    paper.buttons.help.setAttribute("aria-expanded", String(!help.hidden));
  };
  return help;
}

function trueSize(paper) {
  if (isCalibrated() && paper.view.mode !== "true") setMode(paper, "true");
  else openCalibration(paper.panel, () => setMode(paper, "true"));
}

function group(...buttons) {
  return make("div", { class: "group" }, ...buttons);
}

function named(button, name) {
  button.setAttribute("aria-label", name);
  return button;
}
