// The curl command that repeats an attempt: safe to paste into a shell whatever the values contain.

const encoder = new TextEncoder();

/**
 * Characters that a terminal or a reader could take for something else: controls, bidirectional controls, zero-width
 * and line-separating characters. A terminal acts on some of them even inside quotes while a command is pasted.
 */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u;

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
  if (!UNSAFE.test(value)) return `'${value.replaceAll("'", "'\\''")}'`;
  let quoted = '';
  for (const character of value.replaceAll('\0', '')) {
    if (UNSAFE.test(character)) quoted += octal(character);
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
    if (UNSAFE.test(character)) format += octal(character);
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
 * @param {{url: string, headers: {name: string, value: string}[], body: string}} request
 * @returns {{command: string, redacted: string[]}} The command, and the names of the headers whose values hookd keeps
 *     secret: they have to be filled in.
 */
export function curlCommand({ url, headers, body }) {
  const parts = ['curl -i -X POST --globoff', `--url ${shellQuote(url)}`];
  for (const header of headers) parts.push(`-H ${headerWord(header)}`);
  const hasNul = body.includes('\0');
  parts.push(hasNul ? '--data-binary @-' : `--data-raw ${shellQuote(body)}`);
  const command = parts.join(' \\\n  ');
  return {
    command: hasNul ? `${printfCommand(body)} | ${command}` : command,
    redacted: headers.filter((header) => header.value === REDACTED).map((header) => header.name),
  };
}
