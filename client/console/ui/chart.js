// Charts, drawn as SVG.

import { h, replace, svg } from '/console/ui/dom.js';
import { absolute, formatCount } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @typedef {{time: Date, values: Record<string, number>}} Point */
/** @typedef {{key: string, label: string, tone: 'good' | 'bad' | 'muted' | 'info' | 'warn'}} Series */
/**
 * `max` is the highest value that can be; without it, the axis ends above the highest value that is there.
 * @typedef {{points: Point[], series: Series[], title: string, format?: (value: number) => string, max?: number}} Options
 */

const HEIGHT = 180;
const INSET = { top: 8, right: 8, bottom: 22, left: 52 };
const GRID_LINES = 4;

/** Returns the next round number: 1, 2, 2.5, 5 or 10 times a power of ten. @param {number} value */
function roundUp(value) {
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
function frameOf({ points }, width, top) {
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
function axes({ points, format = formatCount }, frame, top) {
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
function stackedBars({ points, series }, frame) {
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
function drawnLines({ points, series }, frame) {
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
function highest({ points, series }, stacked) {
  let most = 0;
  for (const point of points) {
    const values = series.map(({ key }) => point.values[key] || 0);
    most = Math.max(most, stacked ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values, 0));
  }
  return most;
}

/** @param {Options} options @param {boolean} stacked */
function hasData(options, stacked) {
  if (stacked) return highest(options, true) > 0;
  return options.points.some(({ values }) => options.series.some(({ key }) => Number.isFinite(values[key])));
}

/** @param {Options} options */
function dataTable({ points, series, title, format = formatCount }) {
  return h(
    'div',
    { class: 'chart-table', tabindex: 0, role: 'group', 'aria-label': title },
    h(
      'table',
      null,
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          h('th', { scope: 'col' }, words.common.time),
          ...series.map((one) => h('th', { scope: 'col' }, one.label)),
        ),
      ),
      h(
        'tbody',
        null,
        ...points.map((point) =>
          h(
            'tr',
            null,
            h('th', { scope: 'row' }, absolute(point.time.toISOString())),
            ...series.map(({ key }) => h('td', null, valueText(point.values[key], format))),
          ),
        ),
      ),
    ),
  );
}

/** @param {number | undefined} value @param {(value: number) => string} format */
function valueText(value, format) {
  return value === undefined || Number.isNaN(value) ? '–' : format(value);
}

/**
 * @param {Options} options
 * @param {boolean} stacked
 * @returns {HTMLElement}
 */
function chart(options, stacked) {
  const { points, series, title, format = formatCount } = options;
  const top = options.max ?? roundUp(highest(options, stacked));
  const drawing = svg('svg', { class: 'chart-drawing', role: 'img', 'aria-label': title, height: HEIGHT });
  const tip = h('div', { class: 'chart-tip', hidden: true });
  const plot = h(
    'div',
    { class: 'chart-plot' },
    drawing,
    tip,
    !hasData(options, stacked) && h('p', { class: 'chart-none' }, words.common.noData),
  );
  const cursor = svg('line', {
    class: 'chart-cursor',
    y1: INSET.top,
    y2: HEIGHT - INSET.bottom,
    visibility: 'hidden',
  });
  /** @type {Frame | null} */
  let frame = null;

  const draw = () => {
    const width = plot.clientWidth;
    if (width === 0) return;
    frame = frameOf(options, width, top);
    drawing.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
    drawing.setAttribute('width', String(width));
    const marks = stacked ? stackedBars(options, frame) : drawnLines(options, frame);
    replace(drawing, axes(options, frame, top), cursor, marks);
  };
  new ResizeObserver(draw).observe(plot);

  const hide = () => {
    tip.hidden = true;
    cursor.setAttribute('visibility', 'hidden');
  };
  plot.addEventListener('pointerleave', hide);
  plot.addEventListener('pointermove', (event) => {
    if (!frame) return;
    const offset = event.clientX - plot.getBoundingClientRect().left;
    const index = Math.floor((offset - INSET.left) / frame.step);
    const point = points[index];
    if (!point) return hide();
    const x = frame.x(index);
    cursor.setAttribute('x1', String(x));
    cursor.setAttribute('x2', String(x));
    cursor.setAttribute('visibility', 'visible');
    replace(
      tip,
      h('div', { class: 'chart-tip-time' }, absolute(point.time.toISOString())),
      ...series.map((one) =>
        h(
          'div',
          { class: 'chart-tip-row' },
          h('span', { class: `legend-mark tone-${one.tone}` }),
          h('span', null, one.label),
          h('span', { class: 'chart-tip-value' }, valueText(point.values[one.key], format)),
        ),
      ),
    );
    tip.hidden = false;
    const wide = tip.offsetWidth;
    const left = x + 12 + wide > frame.width ? x - 12 - wide : x + 12;
    tip.style.setProperty('left', `${Math.max(0, left)}px`);
  });

  const content = h('div', null, plot);
  let asTable = false;
  const change = h(
    'button',
    {
      type: 'button',
      class: 'button button-link',
      on: {
        click: () => {
          asTable = !asTable;
          change.textContent = asTable ? words.common.showAsChart : words.common.showAsTable;
          replace(content, asTable ? dataTable(options) : plot);
          if (!asTable) draw();
        },
      },
    },
    words.common.showAsTable,
  );
  return h(
    'figure',
    { class: 'chart' },
    h(
      'figcaption',
      { class: 'chart-caption' },
      h('span', { class: 'chart-title' }, title),
      h(
        'ul',
        { class: 'legend' },
        ...series.map((one) =>
          h('li', null, h('span', { class: `legend-mark tone-${one.tone}` }), h('span', null, one.label)),
        ),
      ),
      change,
    ),
    content,
  );
}

/**
 * Draws stacked bars.
 * @param {Options} options
 */
export function bars(options) {
  return chart(options, true);
}

/**
 * Draws a line for each series. A value that is missing or NaN leaves a gap.
 * @param {Options} options
 */
export function lines(options) {
  return chart(options, false);
}

/**
 * Draws small stacked bars without axes.
 * @param {{points: Point[], series: Series[], 'aria-label': string, width?: number, height?: number}} options
 */
export function sparkline({ points, series, width = 96, height = 24, ...attributes }) {
  const top = highest({ points, series, title: '' }, true);
  const step = width / Math.max(1, points.length);
  const marks = points.flatMap((point, index) => {
    let base = 0;
    const x = index * step;
    const wide = Math.max(1, step - 1);
    return series.flatMap(({ key, tone }) => {
      const value = point.values[key] ?? 0;
      if (value <= 0) return [];
      const high = Math.max(1.5, (value / top) * (height - 1));
      base += high;
      return [svg('rect', { class: `tone-fill-${tone}`, x, y: height - base, width: wide, height: high })];
    });
  });
  return svg(
    'svg',
    {
      class: 'sparkline',
      role: 'img',
      'aria-label': attributes['aria-label'],
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
    },
    svg('line', { class: 'chart-line', x1: 0, x2: width, y1: height - 0.5, y2: height - 0.5 }),
    ...marks,
  );
}
