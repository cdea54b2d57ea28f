"""What people outside put into a hookd is shown as text in every screen, and breaks none of them."""

import json
import urllib.parse

from support import corpus
from support.browser import DESKTOP, PHONE
from support.console_test_case import ConsoleTestCase, main
from support.programs import CallError, sample
from support.screens import open_screen, screens

PROJECT = "hostile"
# Whether the page has become something that it must not be.
INSPECT = """
const [mark, invisible] = arguments;
const texts = [];
for (const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walker.nextNode();)
  texts.push(walker.currentNode.data);
texts.push(...[...document.querySelectorAll('[title], [aria-label]')].flatMap((element) =>
  [element.title, element.ariaLabel ?? '']));
const text = [document.title, ...texts].join('|');
const all = [...document.querySelectorAll('*')];
return {
  elements: document.querySelectorAll(`${mark}, iframe, object, embed, base, [style*="expression"]`).length,
  images: [...document.images].filter((image) => !image.src.startsWith(location.origin)).length,
  scripts: [...document.scripts].filter((script) => !script.src.startsWith(location.origin)).length,
  handlers: all.filter((element) => element.getAttributeNames().some((name) => name.startsWith('on'))).length,
  links: [...document.links].filter((link) => !/^https?:$/.test(link.protocol)).length,
  invisible: [...invisible].filter((character) => text.includes(character))
    .map((character) => character.codePointAt(0).toString(16)),
  title: document.title === 'hostile',
};
"""
HARMLESS = {"elements": 0, "images": 0, "scripts": 0, "handlers": 0, "links": 0, "invisible": [], "title": False}
OVERFLOW = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Screens that show nothing of the project's data.
SILENT = {"emit", "add_webhook", "operate_nodes", "operate_settings", "operate_circuits"}


class HostileTest(ConsoleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deliveries = [cls._put(number, text) for number, text in enumerate(corpus.ALL)]

    @classmethod
    def _put(cls, number, text):
        """Puts a text wherever hookd accepts it. Returns the delivery that failed."""
        name = corpus.short(text)
        path = f"/{number}"
        header = name.replace("\0", "").encode().decode("latin-1")  # http.server sends latin-1: these are the bytes of UTF-8.
        cls.receiver.answer(path, 500, text.encode(), {"Content-Type": "text/html", "X-Hostile": header})
        webhook = {"url": cls.receiver.url(path), "displayName": name, "allEventTypes": True}
        cls.hookd.call("POST", f"projects/{PROJECT}/webhooks", webhook, webhookId=f"w{number}")
        cls._try("PATCH", f"projects/{PROJECT}/webhooks/w{number}", {"url": f"{cls.receiver.url(path)}?q={name}"})
        cls._try("PATCH", f"projects/{PROJECT}-{number}", {"displayName": name}, allowMissing="true")
        cls._try("POST", "tokens", {"displayName": name, "projects": ["projects/-"], "roles": ["ROLE_READ"]})
        user = {"id": text[:1000], "email": text, text[:1000]: text}
        event = cls.hookd.emit(PROJECT, {"type": "user_created", "user": user})
        deliveries = cls.hookd.wait_for_deliveries(PROJECT, 1, f'FAILED AND event = "{event}"')
        cls.hookd.emit(PROJECT, sample("bounced", message_id=text[:1000]))
        # One webhook at a time gets events.
        cls.hookd.call("POST", f"projects/{PROJECT}/webhooks/w{number}:disable", {})
        return deliveries[0]

    @classmethod
    def _try(cls, method, path, body, **query):
        """Makes a call that hookd may refuse because of the text."""
        try:
            cls.hookd.call(method, path, body, **query)
        except CallError as error:
            if error.status != 400:
                raise

    def look(self, name, route):
        open_screen(self.browser, self.hookd, route)
        if name not in SILENT:
            self.browser.wait_for_text(corpus.MARK)
        self.inspect(name)

    def inspect(self, what):
        """Asserts that what is shown is harmless and not broken, at both sizes."""
        with self.subTest(what):
            self.assertEqual(self.browser.driver.execute_script(INSPECT, corpus.MARK, corpus.INVISIBLE), HARMLESS)
            for size in (DESKTOP, PHONE):
                self.browser.resize(*size)
                self.browser.settle()
                self.assertLessEqual(self.browser.driver.execute_script(OVERFLOW), 0, f"overflow at {size}")
        self.browser.resize(*DESKTOP)

    def look_at_screens_of(self, number):
        """Looks at the webhook, the delivery and the event that have a text of the corpus."""
        delivery = self.deliveries[number]
        ids = [delivery[field].rsplit("/", 1)[1] for field in ("webhook", "name", "event")]
        for name, route in screens(PROJECT, *ids):
            if any(f"/{one}" in route for one in ids):
                self.look(name, route)

    def test_results_of_tests_are_text(self):
        for number in range(len(corpus.ALL)):
            open_screen(self.browser, self.hookd, f"/projects/{PROJECT}/webhooks/w{number}?tab=test")
            self.browser.click("button", "Send test")
            self.browser.wait_for_text("Failure.")
            self.inspect(f"the test of w{number}")

    def test_deep_json_does_not_become_megabytes_of_indentation(self):
        self.receiver.answer("/deep", 500, b"[" * 2048 + b"]" * 2048, {"Content-Type": "application/json"})
        webhook = {"url": self.receiver.url("/deep"), "eventTypes": ["EVENT_TYPE_BOUNCED"]}
        self.hookd.call("POST", "projects/deep/webhooks", webhook)
        self.hookd.emit("deep", sample("bounced"))
        [delivery] = self.hookd.wait_for_deliveries("deep", 1, "FAILED")
        open_screen(self.browser, self.hookd, f"/{delivery['name']}")
        self.browser.wait_for_text("[")
        longest = "return Math.max(...[...document.querySelectorAll('pre')].map((block) => block.textContent.length))"
        self.assertLess(self.browser.driver.execute_script(longest), 500_000)

    def test_what_is_typed_is_text_in_errors(self):
        open_screen(self.browser, self.hookd, f"/projects/{PROJECT}/emit")
        self.browser.fill("Event", json.dumps({"type": corpus.MARKUP, corpus.BIDI: 1, "user": {"id": corpus.ANSI}}))
        self.browser.click("button", "Emit")
        self.browser.wait_for_text("does not accept")
        self.inspect("the errors of an event")

    def test_filters_of_an_address_are_text(self):
        for screen, field in (("webhooks", "search"), ("deliveries", "webhook"), ("deliveries", "search"), ("events", "search")):
            for text in corpus.ALL:
                query = urllib.parse.urlencode({field: text[:200], "state": text[:200]})
                self.browser.open(f"{self.hookd.url}/#/projects/{PROJECT}/{screen}?{query}")
                self.browser.find("heading")
                self.inspect(f"{screen} filtered by {field}")

    def test_lists_are_text(self):
        for name, route in screens(PROJECT, "-", "-", "-"):
            if "/-" not in route:
                self.look(name, route)

    def test_markup_is_text(self):
        self.look_at_screens_of(corpus.ALL.index(corpus.MARKUP))

    def test_bidirectional_controls_are_visible(self):
        self.look_at_screens_of(corpus.ALL.index(corpus.BIDI))

    def test_escape_sequences_are_visible(self):
        self.look_at_screens_of(corpus.ALL.index(corpus.ANSI))

    def test_nul_bytes_are_visible(self):
        self.look_at_screens_of(corpus.ALL.index(corpus.NULS))

    def test_long_words_do_not_break_the_layout(self):
        self.look_at_screens_of(corpus.ALL.index(corpus.LONG))

    def test_templates_are_text(self):
        self.look_at_screens_of(corpus.ALL.index(corpus.TEMPLATES))

    def test_addresses_are_text(self):
        self.browser.open(f"{self.hookd.url}/#/projects/{PROJECT}/<{corpus.MARK}>/<img src=x onerror=alert(1)>")
        self.browser.wait_for_text("Not found")
        self.assertEqual(self.browser.driver.execute_script(INSPECT, corpus.MARK, corpus.INVISIBLE), HARMLESS)


if __name__ == "__main__":
    main()
