/** True size: the screen's pixels per mm, found once by matching a bank card and kept in this browser. */
import { make } from "../../dom.js";

const CARD = 85.6; // mm, the width of a card by ISO/IEC 7810 ID-1
const USUAL = 96 / 25.4; // CSS pixels per mm that a browser assumes
const NAME = "ecg-paper-device-pixels-per-mm"; // device pixels, so that the browser's own zoom does not matter

/** CSS pixels per mm of this screen, or null before it was calibrated. */
export function pixelsPerMm() {
  const scale = Number(kept());
  return scale > 0 && Number.isFinite(scale) ? scale / (window.devicePixelRatio || 1) : null;
}

/** Whether this screen was calibrated. */
export function isCalibrated() {
  return pixelsPerMm() !== null;
}

/** Ask, in a panel, for a card to be held against the screen; then go on with `calibrated`. */
export function openCalibration(panel, calibrated) {
  const card = make("div", { class: "card", text: "hold a bank card here" });
  const slider = make("input", {
    type: "range", min: "1.5", max: "12", step: "0.01", "aria-label": "Width of the frame",
    on: { input: () => show(Number(slider.value)) },
  });
  const show = (scale) => {
    card.style.width = `${CARD * scale}px`;
    card.style.height = `${0.3 * CARD * scale}px`;
  };
  const close = () => panel.replaceChildren();
  const done = make("button", { type: "button", text: "Matches", on: { click: () => {
    keep(Number(slider.value));
    close();
    calibrated();
  } } });
  const cancel = make("button", { type: "button", text: "Cancel", on: { click: close } });
  const words = make("p", { text: "Move the slider until the frame is as wide as a bank card (85.60 mm)." });
  panel.replaceChildren(words, make("div", { class: "group" }, slider, done, cancel), card);
  slider.value = String(pixelsPerMm() ?? USUAL);
  show(Number(slider.value));
  slider.focus();
}

let unkept = null; // where the browser keeps nothing, for as long as the page lives

function kept() {
  try {
    return window.localStorage.getItem(NAME) ?? unkept;
  } catch {
    return unkept;
  }
}

function keep(scale) {
  unkept = String(scale * (window.devicePixelRatio || 1));
  try {
    window.localStorage.setItem(NAME, unkept);
  } catch {
    // blocked storage: the calibration holds until the page is closed
  }
}
