// The deliveries of a project.

import { deliveryTable } from '/console/screens/delivery_table.js';
import { h } from '/console/ui/dom.js';
import { pageHeader } from '/console/ui/page.js';
import { words } from '/console/words/en.js';

/** @param {import('/console/ui/router.js').Context} context */
export function deliveriesScreen(context) {
  const { title, text } = words.deliveries;
  return h('div', { class: 'screen' }, pageHeader({ title, text }), deliveryTable(context));
}
