// Charts, drawn as SVG.

import {
  axes,
  drawnLines,
  frameOf,
  HEIGHT,
  highest,
  INSET,
  roundUp,
  stackedBars,
} from '/console/ui/chart_drawing.js';
import { h, replace, svg } from '/console/ui/dom.js';
import { absolute, formatCount } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** Between a point and its values. */
const TIP_GAP = 12;

/** @typedef {import('/console/ui/chart_drawing.js').Point} Point */
/** @typedef {import('/console/ui/chart_drawing.js').Series} Series */
/** @typedef {import('/console/ui/chart_drawing.js').Options} Options */
/** @typedef {import('/console/ui/chart_drawing.js').Frame} Frame */

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

/** What a point has, to show next to it. @param {Options} options @param {Point} point */
function tipContent({ series, format = formatCount }, point) {
  return [
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
  ];
}

/**
 * Shows the values of the point under the pointer.
 * @param {Options} options
 * @param {HTMLElement} plot
 * @param {() => Frame | null} frameNow
 * @returns {{tip: HTMLElement, cursor: SVGElement}}
 */
function showValues(options, plot, frameNow) {
  const tip = h('div', { class: 'chart-tip', hidden: true });
  const cursor = svg('line', {
    class: 'chart-cursor',
    y1: INSET.top,
    y2: HEIGHT - INSET.bottom,
    visibility: 'hidden',
  });
  const hide = () => {
    tip.hidden = true;
    cursor.setAttribute('visibility', 'hidden');
  };
  plot.addEventListener('pointerleave', hide);
  plot.addEventListener('pointermove', (event) => {
    const frame = frameNow();
    if (!frame) return;
    const offset = event.clientX - plot.getBoundingClientRect().left;
    const index = Math.floor((offset - INSET.left) / frame.step);
    const point = options.points[index];
    if (!point) return hide();
    const x = frame.x(index);
    cursor.setAttribute('x1', String(x));
    cursor.setAttribute('x2', String(x));
    cursor.setAttribute('visibility', 'visible');
    replace(tip, tipContent(options, point));
    tip.hidden = false;
    const wide = tip.offsetWidth;
    const left = x + TIP_GAP + wide > frame.width ? x - TIP_GAP - wide : x + TIP_GAP;
    tip.style.setProperty('left', `${Math.max(0, left)}px`);
  });
  return { tip, cursor };
}

/**
 * Makes the drawing, which is as wide as the page allows.
 * @param {Options} options
 * @param {boolean} stacked
 */
function plotOf(options, stacked) {
  const top = options.max ?? roundUp(highest(options, stacked));
  const drawing = svg('svg', {
    class: 'chart-drawing',
    role: 'img',
    'aria-label': options.title,
    height: HEIGHT,
  });
  const none = !hasData(options, stacked) && h('p', { class: 'chart-none' }, words.common.noData);
  const plot = h('div', { class: 'chart-plot' }, drawing, none);
  /** @type {Frame | null} */
  let frame = null;
  const { tip, cursor } = showValues(options, plot, () => frame);
  plot.append(tip);
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
  return plot;
}

/** @param {Series[]} series */
function legend(series) {
  const entries = series.map(({ tone, label }) =>
    h('li', null, h('span', { class: `legend-mark tone-${tone}` }), h('span', null, label)),
  );
  return h('ul', { class: 'legend' }, ...entries);
}

/**
 * @param {Options} options
 * @param {boolean} stacked
 * @returns {HTMLElement}
 */
function chart(options, stacked) {
  const plot = plotOf(options, stacked);
  const content = h('div', null, plot);
  let asTable = false;
  const click = () => {
    asTable = !asTable;
    change.textContent = asTable ? words.common.showAsChart : words.common.showAsTable;
    replace(content, asTable ? dataTable(options) : plot);
  };
  const change = h(
    'button',
    { type: 'button', class: 'button button-link', on: { click } },
    words.common.showAsTable,
  );
  return h(
    'figure',
    { class: 'chart' },
    h(
      'figcaption',
      { class: 'chart-caption' },
      h('span', { class: 'chart-title' }, options.title),
      legend(options.series),
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
