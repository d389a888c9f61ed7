/** The calipers in words under the paper, and what a screen reader is told. */
import { make } from "./dom.js";
import { inWords, remove } from "./spans.js";

/** Write the list anew. */
export function updateList(paper) {
  paper.list.replaceChildren(...paper.spans.map((span, number) => entry(paper, span, number)));
  const chosen = paper.spans[paper.selected];
  if (chosen) paper.say(inWords(paper, chosen));
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
      type: "button", text: "×", "aria-label": `Remove ${text}`, on: { click: () => remove(paper, number) },
    }),
  );
}
