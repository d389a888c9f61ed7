/** The buttons above the map, and the help they open. */
import { make } from "../../dom.js";
import { HELP, pickTool } from "./keys.js";
import { countInWords } from "./looks.js";
import { savePicture } from "./picture.js";
import { clear } from "./report.js";
import { fit, zoomBy } from "./view.js";

/** Build the toolbar; its buttons are kept in map.buttons by name. */
export function makeToolbar(map) {
  const button = (name, text, title, click) => {
    const pressed = (event) => {
      if (!map.paint) return;
      click(map);
      if (event.detail && name !== "help") map.stage.focus({ preventScroll: true }); // by mouse: go on with keys
    };
    map.buttons[name] = make("button", { type: "button", text, title, "aria-label": title, on: { click: pressed } });
    return map.buttons[name];
  };
  const tool = (name, text, title) => button(name, text, title, () => pickTool(map, name));
  return make("div", { class: "toolbar", role: "group", "aria-label": "Map tools" },
    make("div", { class: "group" },
      tool("pan", "Pan", "Pan: drag moves the map (P)"),
      tool("lasso", "Lasso", "Lasso: draw around points (L); Shift adds, Alt removes"),
      tool("box", "Box", "Box: drag over points (B); Shift adds, Alt removes"),
    ),
    make("div", { class: "group" },
      button("out", "−", "Zoom out (−)", () => zoomBy(map, 0.8)),
      button("in", "+", "Zoom in (+)", () => zoomBy(map, 1.25)),
      button("fit", "Fit", "Fit: show all points (0)", fit),
    ),
    make("div", { class: "group" }, button("clear", "Clear", "Clear the selection and the pick (Esc)", clear)),
    map.status,
    make("div", { class: "group" },
      button("save", "Save picture", "Save picture: what is seen, with the legend, as PNG", savePicture),
      button("help", "?", "Keys (?)", () => map.toggleHelp()),
    ),
  );
}

/** Say what is on and what is possible. */
export function updateToolbar(map) {
  const { buttons } = map;
  for (const name of ["pan", "lasso", "box"]) buttons[name].setAttribute("aria-pressed", String(map.tool === name));
  buttons.fit.setAttribute("aria-pressed", String(map.view.mode === "fit"));
  buttons.clear.disabled = !map.picked && !map.highlight;
  map.status.textContent = countInWords(map);
}

/** The list of keys, hidden at first. */
export function makeHelp(map) {
  const rows = HELP.flatMap(([key, what]) => [make("dt", { text: key }), make("dd", { text: what })]);
  const help = make("dl", { class: "help", hidden: "" }, ...rows);
  map.toggleHelp = () => {
    help.hidden = !help.hidden;
    map.buttons.help.setAttribute("aria-expanded", String(!help.hidden));
  };
  return help;
}
