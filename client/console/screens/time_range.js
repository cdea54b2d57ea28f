// A range of times: the last hours or days, or from one time to another.

/**
 * `since` is a key of `LENGTHS`. `from` and `to` are RFC 3339 times; `since` takes precedence over them.
 * @typedef {{since: string, from: string, to: string}} TimeRange
 */

/** The ranges that end now, in milliseconds. @type {Record<string, number>} */
export const LENGTHS = {
  '15m': 900_000,
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
};

/** @param {string} text */
function valid(text) {
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

/**
 * The bounds as RFC 3339 times, from the first to before the second. null is no bound.
 * @param {TimeRange} range
 * @returns {{from: string|null, to: string|null}}
 */
export function timeBounds(range) {
  const length = LENGTHS[range.since];
  if (length) return { from: new Date(Date.now() - length).toISOString(), to: null };
  return { from: valid(range.from), to: valid(range.to) };
}

/**
 * @param {string} field
 * @param {TimeRange} range
 * @returns {string} A filter expression; empty without bounds.
 */
export function timeExpression(field, range) {
  const { from, to } = timeBounds(range);
  return [from && `${field} >= "${from}"`, to && `${field} < "${to}"`].filter(Boolean).join(' AND ');
}
