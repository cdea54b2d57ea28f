// One event: the documented JSON, and where it went.
import { getEvent } from '/console/api/methods.js';
import { may } from '/console/api/session.js';
import { deliveryTable } from '/console/screens/delivery_table.js';
import { eventSummary } from '/console/screens/event_summary.js';
import { eventTypeName } from '/console/screens/event_type_picker.js';
import { linkButton } from '/console/ui/button.js';
import { h } from '/console/ui/dom.js';
import { jsonView } from '/console/ui/json_view.js';
import { card, definitions, notice, pageHeader } from '/console/ui/page.js';
import { href, paths } from '/console/ui/router.js';
import { load } from '/console/ui/states.js';
import { lastPart } from '/console/ui/text.js';
import { absolute, timeElement } from '/console/ui/time.js';
import { words } from '/console/words/en.js';

/** @import { Event } from '/console/api/types.js' */
/** @typedef {import('/console/ui/router.js').Context} Context */

/**
 * @param {Context} context
 * @param {Event} event
 */
function eventView(context, event) {
  const copy = words.event;
  const { project } = context;
  const { name = '', emitTime = '', webhookCount = 0 } = event;
  const { type, user, about } = eventSummary(event);
  const again = () =>
    linkButton(copy.emitAgain, href(paths.emit(project), { event: lastPart(name) }), { icon: 'emit' });
  return [
    webhookCount === 0 && notice([h('strong', null, copy.nobody), ' ', copy.nobodyWhy], { tone: 'warn' }),
    h(
      'div',
      { class: 'event-columns' },
      card(
        {},
        definitions([
          [copy.facts.type, eventTypeName(type)],
          [copy.facts.user, user],
          [copy.facts.about, about],
          [copy.facts.accepted, [absolute(emitTime), h('br'), timeElement(emitTime)]],
          [copy.facts.webhooks, copy.webhooks(webhookCount)],
          [copy.facts.id, h('code', null, lastPart(name))],
        ]),
      ),
      card(
        { title: copy.document, actions: may('emit', project) && again() },
        jsonView(event.document ?? ''),
      ),
    ),
    webhookCount > 0 && [
      h('h2', { class: 'part-title' }, copy.deliveries),
      deliveryTable(context, { event: lastPart(name) }),
    ],
  ];
}

/** @param {Context} context */
export function eventScreen(context) {
  const name = `projects/${context.project}/events/${context.params.event}`;
  const { title } = words.event;
  const header = pageHeader({
    title: [title, ' ', h('span', { class: 'title-id' }, lastPart(name))],
    back: { label: words.events.title, href: href(paths.events(context.project)) },
  });
  const body = load(
    context,
    (signal) => getEvent({ name, view: 'EVENT_VIEW_DOCUMENT' }, { signal }),
    (event) => eventView(context, event),
  );
  return h('div', { class: 'screen' }, header, body);
}
