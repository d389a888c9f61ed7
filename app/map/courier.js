/**
 * Brings what changes often to the map of the same key, whichever of the two is there first.
 *
 * Streamlit sends all data of a component again when any of it changes, its script too: so this one is short, and the
 * map's points stay where they are. Both find the desk of a key under one symbol of the browser's page.
 */
export default function render({ data }) {
  const desks = (globalThis[Symbol.for("ecg_map")] ??= new Map());
  if (!desks.has(data.key)) desks.set(data.key, {});
  const desk = desks.get(data.key);
  desk[data.part] = data;
  desk.arrived?.();
}
