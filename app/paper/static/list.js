/** The calipers in words under the paper, and what a screen reader is told. */
import { make } from "../../dom.js";
import { inWords, remove } from "./spans.js";

/** Write the list anew where it differs: a button that is replaced while it is pressed loses the click. */
export function updateList(paper) {
  const text = JSON.stringify([paper.selected, ...paper.spans.map((span) => inWords(paper, span))]);
  if (text === paper.listed) return;
  paper.listed = text;
  paper.list.replaceChildren(...paper.spans.map((span, number) => entry(paper, span, number)));
  const chosen = paper.spans[paper.selected];
  if (chosen) paper.say(inWords(paper, chosen));
}

function dismiss(paper, number) {
  remove(paper, number);
  paper.stage.focus({ preventScroll: true }); // the button that was pressed is gone
}

function entry(paper, span, number) {
  const text = inWords(paper, span);
  const choose = () => {
    paper.selected = number;
    paper.changed("spans", false);
    paper.stage.focus({ preventScroll: true });
  };
  const pressed = String(number === paper.selected);
  return make("li", {},
    make("button", { type: "button", class: "reading", text, "aria-pressed": pressed, on: { click: choose } }),
    make("button", {
      type: "button", text: "×", "aria-label": `Remove ${text}`, on: { click: () => dismiss(paper, number) },
    }),
  );
}
