// The curl command that repeats an attempt: safe to paste into a shell whatever the values contain.

import { visible } from '/console/ui/text.js';

const encoder = new TextEncoder();

/**
 * Whether a text has characters that a reader cannot see, or that a terminal acts on while a command is pasted, even
 * inside of quotes.
 * @param {string} text
 */
function isUnsafe(text) {
  return /[\t\n]/.test(text) || visible(text) !== text;
}

/**
 * Each byte of the text as an octal escape.
 * @param {string} text
 */
function octal(text) {
  return Array.from(encoder.encode(text), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

/**
 * One word of a shell command. Plain values are in single quotes, which every shell reads literally. Values with unsafe
 * characters are in `$'...'` (bash, zsh, ksh, POSIX 2024). A NUL cannot be in an argument and is left out.
 * @param {string} value
 * @returns {string}
 */
export function shellQuote(value) {
  if (/^[\w@%+=:,./-]+$/.test(value)) return value;
  if (!isUnsafe(value)) return `'${value.replaceAll("'", "'\\''")}'`;
  let quoted = '';
  for (const character of value.replaceAll('\0', '')) {
    if (isUnsafe(character)) quoted += octal(character);
    else if (character === "'" || character === '\\') quoted += `\\${character}`;
    else quoted += character;
  }
  return `$'${quoted}'`;
}

/**
 * A printf command that writes the text, NULs included.
 * @param {string} text
 */
function printfCommand(text) {
  let format = '';
  for (const character of text) {
    if (isUnsafe(character)) format += octal(character);
    else if (character === '\\') format += '\\\\';
    else if (character === '%') format += '%%';
    else format += character;
  }
  return `printf '${format.replaceAll("'", "'\\''")}'`;
}

/**
 * A header as curl's -H takes it: `name;` sends an empty value, `name:` would remove the header.
 * @param {{name: string, value: string}} header
 */
function headerWord(header) {
  return shellQuote(header.value === '' ? `${header.name};` : `${header.name}: ${header.value}`);
}

/** hookd writes this instead of a header's secret value. */
const REDACTED = '[redacted]';

/**
 * The headers whose values hookd keeps secret: they have to be filled in.
 * @param {{name: string, value: string}[]} headers
 * @returns {string[]} Their names.
 */
export function redactedHeaders(headers) {
  return headers.filter((header) => header.value === REDACTED).map((header) => header.name);
}

/**
 * @param {{url: string, headers: {name: string, value: string}[], body: string}} request
 * @returns {string}
 */
export function curlCommand({ url, headers, body }) {
  const parts = ['curl -i -X POST --globoff', `--url ${shellQuote(url)}`];
  for (const header of headers) parts.push(`-H ${headerWord(header)}`);
  const hasNul = body.includes('\0');
  parts.push(hasNul ? '--data-binary @-' : `--data-raw ${shellQuote(body)}`);
  const command = parts.join(' \\\n  ');
  return hasNul ? `${printfCommand(body)} | ${command}` : command;
}
