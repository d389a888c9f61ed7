/** What goes back to Python: calipers, interval, beat. Once a drag has ended, not while it lasts. */

const PAUSE = 150; // ms without a further change

/** Tell Python soon. */
export function report(paper) {
  clearTimeout(paper.timer);
  paper.timer = setTimeout(() => send(paper), PAUSE);
}

/** Tell Python at once what it was not told yet: told after a change of page, it would interrupt the new page. */
export function reportNow(paper) {
  if (!paper.timer) return;
  clearTimeout(paper.timer);
  send(paper);
}

/** What Python takes for granted of a recording before it was told anything. */
export function nothing(digest) {
  return JSON.stringify({ digest, calipers: [], interval: null, beat: null, canvas_failed: false });
}

function send(paper) {
  paper.timer = null;
  if (paper.hand) return report(paper); // a drag goes on
  const touched = {
    digest: paper.digest,
    calipers: paper.spans.filter((span) => span.kind !== "interval").map(ends),
    interval: paper.spans.filter((span) => span.kind === "interval").map(ends)[0] ?? null,
    beat: paper.beat,
    canvas_failed: paper.failed,
  };
  const text = JSON.stringify(touched);
  if (text === paper.sent) return;
  paper.sent = text;
  paper.send(touched);
}

function ends({ kind, lead, from, to }) {
  if (kind === "voltage") return { kind, lead, from, to };
  return { kind, lead, from: Math.min(from, to), to: Math.max(from, to) };
}
