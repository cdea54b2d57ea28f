// The deliveries of a project.

import { may } from '/console/api/session.js';
import { deliveryTable } from '/console/screens/delivery_table.js';
import { h } from '/console/ui/dom.js';
import { pageHeader } from '/console/ui/page.js';
import { emptyState } from '/console/ui/states.js';
import { words } from '/console/words/en.js';

/** @param {import('/console/ui/router.js').Context} context */
export function deliveriesScreen(context) {
  const { title, text, noPermission } = words.deliveries;
  const list = may('read', context.project)
    ? deliveryTable(context)
    : emptyState({ title: words.errors.noPermission, text: noPermission, icon: 'key' });
  return h('div', { class: 'screen' }, pageHeader({ title, text }), list);
}
