import { connection, isReachable, tryNow } from '/console/api/connection.js';
import { button } from '/console/ui/button.js';
import { h, replace } from '/console/ui/dom.js';
import { icon } from '/console/ui/icon.js';
import { toast } from '/console/ui/toast.js';
import { words } from '/console/words/en.js';

/** Makes the sentence at the top of the page that hookd does not answer, which is there while it does not. */
export function connectionBanner() {
  const element = h('div', { class: 'connection', role: 'alert' });
  const show = () => {
    replace(
      element,
      !isReachable() && [
        h(
          'div',
          { class: 'connection-banner' },
          icon('warning'),
          h('span', null, words.navigation.connectionLost),
          button(words.navigation.connectionTryNow, tryNow, { kind: 'quiet' }),
        ),
      ],
    );
  };
  connection.addEventListener('change', () => {
    show();
    if (isReachable()) toast(words.navigation.connectionBack, { kind: 'success' });
  });
  show();
  return element;
}
