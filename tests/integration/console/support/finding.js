// Finds what a person would: the visible elements with a role and an accessible name. An open modal dialog hides
// what is behind it. Runs as the body of a function: arguments[0] is the role, arguments[1] the name, or null for any
// name, arguments[2] the element to look in, or null.
const selectors = {
  button: 'button, [role=button], summary',
  link: 'a[href]',
  action: 'button, [role=button], [role=menuitem], a[href]',
  field: 'input, textarea, select',
  switch: '[role=switch], input[type=checkbox]',
  heading: 'h1, h2, h3',
  row: '[role=row], tr',
  dialog: 'dialog[open]',
  tab: '[role=tab]',
  menuitem: '[role=menuitem]',
  status: '[role=status], [role=alert]',
  figure: 'figure, [role=img], [role=figure], svg[aria-label]',
};
const [role, name, within] = arguments;
const tidy = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
const textOf = (element) => tidy(element.innerText ?? element.textContent);
const byIds = (ids) => ids.split(/\s+/).map((id) => document.getElementById(id)).filter(Boolean);
const names = (element) => [
  element.getAttribute('aria-label'),
  ...byIds(element.getAttribute('aria-labelledby') ?? '').map(textOf),
  ...[...(element.labels ?? [])].map(textOf),
  'value' in element && element.tagName !== 'BUTTON' ? element.placeholder : textOf(element),
  element.title,
].map(tidy);
const matches = (text) => text === name || text.startsWith(name + ' ');
const visible = (element) => element.checkVisibility({ checkVisibilityCSS: true }) || element.type === 'checkbox';
const modals = [...document.querySelectorAll('dialog:modal')];
const root = within ?? (role === 'dialog' ? document : (modals.at(-1) ?? document));
return [...root.querySelectorAll(selectors[role])]
  .filter((element) => visible(element) && (name === null || names(element).some(matches)))
  .sort((one, other) => names(other).includes(name) - names(one).includes(name));
