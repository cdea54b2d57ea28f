// The marks and axes of charts.

import { svg } from '/console/ui/dom.js';
import { formatCount } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @typedef {{time: Date, values: Record<string, number>}} Point */
/** @typedef {{key: string, label: string, tone: 'good' | 'bad' | 'muted' | 'info' | 'warn'}} Series */
/**
 * `max` is the highest value that can be; without it, the axis ends above the highest value that is there.
 * @typedef {{points: Point[], series: Series[], title: string, format?: (value: number) => string, max?: number}} Options
 */

export const HEIGHT = 180;
export const INSET = { top: 8, right: 8, bottom: 22, left: 52 };
const GRID_LINES = 4;

/** Returns the next round number: 1, 2, 2.5, 5 or 10 times a power of ten. @param {number} value */
export function roundUp(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const factor of [1, 2, 2.5, 5, 10]) if (value <= factor * power) return factor * power;
  return 10 * power;
}

/** @param {Point[]} points */
function timeFormat(points) {
  const span = points.length > 1 ? points[points.length - 1].time.getTime() - points[0].time.getTime() : 0;
  /** @type {Intl.DateTimeFormatOptions} */
  const short = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  const format = new Intl.DateTimeFormat(
    words.time.language,
    span > 36 * 3600_000 ? { month: 'short', day: 'numeric' } : short,
  );
  return (/** @type {Date} */ time) => format.format(time);
}

/**
 * @typedef {object} Frame
 * @property {number} width
 * @property {(index: number) => number} x the middle of a point
 * @property {number} step
 * @property {(value: number) => number} y
 */

/**
 * @param {Options} options
 * @param {number} width
 * @param {number} top the highest value
 * @returns {Frame}
 */
export function frameOf({ points }, width, top) {
  const step = (width - INSET.left - INSET.right) / Math.max(1, points.length);
  const high = HEIGHT - INSET.top - INSET.bottom;
  return {
    width,
    step,
    x: (index) => INSET.left + step * (index + 0.5),
    y: (value) => INSET.top + high * (1 - value / top),
  };
}

/** @param {Options} options @param {Frame} frame @param {number} top */
export function axes({ points, format = formatCount }, frame, top) {
  const time = timeFormat(points);
  const every = Math.max(1, Math.ceil(points.length / Math.max(2, Math.floor(frame.width / 110))));
  const parts = [];
  const lines = format === formatCount && top < GRID_LINES ? top : GRID_LINES;
  for (let i = 0; i <= lines; i += 1) {
    const value = (top * i) / lines;
    const y = frame.y(value);
    parts.push(
      svg('line', { class: 'chart-line', x1: INSET.left, x2: frame.width - INSET.right, y1: y, y2: y }),
      svg('text', { class: 'chart-text', x: INSET.left - 8, y: y + 4, 'text-anchor': 'end' }, format(value)),
    );
  }
  points.forEach((point, index) => {
    if (index % every !== 0) return;
    parts.push(
      svg(
        'text',
        { class: 'chart-text', x: frame.x(index), y: HEIGHT - 4, 'text-anchor': 'middle' },
        time(point.time),
      ),
    );
  });
  return parts;
}

/** @param {Options} options @param {Frame} frame */
export function stackedBars({ points, series }, frame) {
  const width = Math.max(1, Math.min(24, frame.step * 0.7));
  return points.flatMap((point, index) => {
    let base = 0;
    return series.flatMap(({ key, tone }) => {
      const value = point.values[key] ?? 0;
      if (value <= 0) return [];
      const y = frame.y(base + value);
      // A small value next to large ones still shows.
      const high = Math.max(1, frame.y(base) - y);
      base += value;
      return [
        svg('rect', {
          class: `tone-fill-${tone}`,
          x: frame.x(index) - width / 2,
          y,
          width,
          height: high,
          rx: 1,
        }),
      ];
    });
  });
}

/** @param {Options} options @param {Frame} frame */
export function drawnLines({ points, series }, frame) {
  return series.flatMap(({ key, tone }) => {
    let path = '';
    let isOpen = false;
    /** @type {SVGCircleElement[]} */
    const dots = [];
    points.forEach((point, index) => {
      const value = point.values[key];
      if (value === undefined || Number.isNaN(value)) {
        isOpen = false;
        return;
      }
      const x = frame.x(index);
      const y = frame.y(value);
      path += `${isOpen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
      const nextValue = points[index + 1]?.values[key];
      if (!isOpen && (nextValue === undefined || Number.isNaN(nextValue))) {
        dots.push(svg('circle', { class: `tone-fill-${tone}`, cx: x, cy: y, r: 2 }));
      }
      isOpen = true;
    });
    return [svg('path', { class: `chart-path tone-stroke-${tone}`, d: path }), ...dots];
  });
}

/** @param {Options} options @param {boolean} stacked */
export function highest({ points, series }, stacked) {
  let most = 0;
  for (const point of points) {
    const values = series.map(({ key }) => point.values[key] || 0);
    most = Math.max(most, stacked ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values, 0));
  }
  return most;
}
