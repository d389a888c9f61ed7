/** The point under the pointer, or that the keys have reached: ringed at once, told after a rest. */
import { ringTwins } from "./map.js";
import { report } from "./report.js";

const REST = 80; // ms

/** Ring a point, here and on maps of the same points; tell Python once the pointer rests there. */
export function hoverOver(map, point) {
  if (point === map.hover) return;
  map.hover = point;
  clearTimeout(map.timer);
  ringTwins(map, point);
  map.changed("top");
  if (point === null || point === map.told) return; // that nothing is there any more is told with the next act
  map.timer = setTimeout(() => report(map), REST);
}
