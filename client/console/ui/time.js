// Times, durations and numbers as text.

import { h } from '/console/ui/dom.js';
import { words } from '/console/words/en.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const { language } = words.time;
const relativeFormat = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
const numberFormat = new Intl.NumberFormat(language);
const decimalFormat = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const absoluteFormat = new Intl.DateTimeFormat(language, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
});

/**
 * Returns a time with its date and time zone.
 * @param {string} iso
 */
export function absolute(iso) {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : absoluteFormat.format(time);
}

/**
 * Returns how long ago a time was, or in how long it will be.
 * @param {string} iso
 */
export function relative(iso) {
  const distance = new Date(iso).getTime() - Date.now();
  if (Number.isNaN(distance)) return iso;
  const size = Math.abs(distance);
  if (size < 5 * SECOND) return distance > 0 ? words.time.soon : words.time.justNow;
  if (size < MINUTE) return relativeFormat.format(Math.trunc(distance / SECOND), 'second');
  if (size < HOUR) return relativeFormat.format(Math.trunc(distance / MINUTE), 'minute');
  if (size < DAY) return relativeFormat.format(Math.trunc(distance / HOUR), 'hour');
  if (size < 30 * DAY) return relativeFormat.format(Math.trunc(distance / DAY), 'day');
  if (size < 365 * DAY) return relativeFormat.format(Math.trunc(distance / (30 * DAY)), 'month');
  return relativeFormat.format(Math.trunc(distance / (365 * DAY)), 'year');
}

/**
 * Makes a time that says how long ago it was, and stays right.
 * @param {string} iso
 * @returns {HTMLTimeElement}
 */
export function timeElement(iso) {
  return h(
    'time',
    { datetime: iso, title: absolute(iso), class: 'time', dataset: { relative: '' } },
    relative(iso),
  );
}

setInterval(() => {
  if (document.hidden) return;
  for (const element of document.querySelectorAll('time[data-relative]')) {
    const text = relative(/** @type {HTMLTimeElement} */ (element).dateTime);
    if (element.textContent !== text) element.textContent = text;
  }
}, 10 * SECOND);

/**
 * Returns the milliseconds of a duration of the API, such as '1.5s'.
 * @param {string | null | undefined} text
 */
export function parseDuration(text) {
  const seconds = Number.parseFloat(text ?? '');
  return Number.isFinite(seconds) ? seconds * SECOND : 0;
}

/**
 * Returns a duration with at most two units, such as "850 ms", "1.5 s", "2 min 5 s" or "3 d 4 h".
 * @param {number} milliseconds
 * @returns {string}
 */
export function formatDuration(milliseconds) {
  const { units } = words.time;
  if (milliseconds < 0) return `−${formatDuration(-milliseconds)}`;
  if (milliseconds < 10) return `${decimalFormat.format(milliseconds)} ${units.millisecond}`;
  if (milliseconds < SECOND) return `${Math.round(milliseconds)} ${units.millisecond}`;
  if (milliseconds < MINUTE) return `${decimalFormat.format(milliseconds / SECOND)} ${units.second}`;
  const pair = (
    /** @type {number} */ large,
    /** @type {string} */ name,
    /** @type {number} */ small,
    /** @type {string} */ rest,
  ) => {
    const total = Math.round(milliseconds / small);
    const whole = Math.floor((total * small) / large);
    const left = total - (whole * large) / small;
    return left > 0 ? `${whole} ${name} ${left} ${rest}` : `${whole} ${name}`;
  };
  if (milliseconds < HOUR) return pair(MINUTE, units.minute, SECOND, units.second);
  if (milliseconds < DAY) return pair(HOUR, units.hour, MINUTE, units.minute);
  return pair(DAY, units.day, HOUR, units.hour);
}

/**
 * Returns a count with separators. The API's 64-bit integers are strings.
 * @param {number | string | null | undefined} count
 */
export function formatCount(count) {
  return numberFormat.format(Number(count ?? 0));
}

/**
 * Returns a size in units of 1,024 bytes.
 * @param {number | string | null | undefined} bytes
 */
export function formatBytes(bytes) {
  const { byteUnits } = words.time;
  let value = Number(bytes ?? 0);
  let unit = 0;
  while (value >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${decimalFormat.format(value)} ${byteUnits[unit]}`;
}
