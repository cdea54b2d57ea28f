"""A project with many webhooks and deliveries. HOOKD_CONSOLE_DELIVERIES is how many deliveries. Figures are printed;
with a million deliveries, long tasks are failures."""

import os

from support.console_test_case import ConsoleTestCase, main
from support.large_store import fill

WEBHOOKS = 10_000
DELIVERIES = int(os.environ.get("HOOKD_CONSOLE_DELIVERIES", "100000"))
PROJECT = "large"
# In every page from its beginning: how long the script kept the page from responding.
OBSERVE = """
window.longTasks = [];
new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((entry) => Math.round(entry.duration))))
  .observe({type: 'longtask', buffered: true});
"""
# Scrolls the page, or the part of it that scrolls, as fast as a person flicks it.
SCROLL = """
const done = arguments[arguments.length - 1];
const scrolls = (element) => element.scrollHeight > element.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(element).overflowY);
const area = [...document.querySelectorAll('main, main *')].filter(scrolls)
  .sort((one, other) => other.scrollHeight - one.scrollHeight)[0] ?? document.scrollingElement;
let frames = 0;
const step = () => {
  area.scrollTop += 600;
  frames += 1;
  if (frames < arguments[0]) requestAnimationFrame(step); else done(area.scrollTop);
};
step();
"""
ELEMENTS = "return document.querySelectorAll('*').length"


class ScaleTest(ConsoleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        fill(cls.hookd, PROJECT, WEBHOOKS, DELIVERIES)
        cls.browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": OBSERVE})

    def tearDown(self):
        tasks = self.browser.driver.execute_script("return window.longTasks")
        paint = self.browser.driver.execute_script(
            "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
        )
        print(f"{self._testMethodName}: first paint {paint:.0f} ms, tasks over 50 ms: {sorted(tasks, reverse=True)}")
        if DELIVERIES >= 1_000_000:
            # The goal is 200 ms on a machine that does nothing else.
            self.assertLess(max(tasks, default=0), 1000)
        super().tearDown()

    def scroll(self, frames=60):
        """Scrolls for that many frames. Only what is visible may be drawn."""
        position = self.browser.driver.execute_async_script(SCROLL, frames)
        self.assertGreater(position, 0)
        self.assertLess(self.browser.driver.execute_script(ELEMENTS), 5000)

    def open_list(self, name):
        self.browser.open(f"{self.hookd.url}/#/projects/{PROJECT}/{name}")
        self.browser.wait(lambda: len(self.browser.all("row")) > 5, "rows")

    def test_scrolls_through_the_webhooks(self):
        self.open_list("webhooks")
        self.scroll()
        self.browser.wait(lambda: len(self.browser.all("row")) > 5, "rows further down")

    def test_finds_a_webhook(self):
        self.open_list("webhooks")
        self.browser.fill("Search", "customer 07777")
        self.browser.row("Customer 07777")

    def test_scrolls_through_the_deliveries(self):
        self.open_list("deliveries")
        self.scroll()
        self.browser.wait(lambda: len(self.browser.all("row")) > 5, "rows further down")

    def test_filters_the_deliveries(self):
        self.open_list("deliveries")
        self.browser.click("button", "State")
        self.browser.check("Canceled")
        self.browser.wait_for_text("No delivery matches")
        self.browser.check("Pending")
        self.browser.row("converted")

    def test_shows_one_of_many_webhooks(self):
        self.browser.open(f"{self.hookd.url}/#/projects/{PROJECT}/webhooks/customer-07777")
        self.browser.find("heading", "Customer 07777")


if __name__ == "__main__":
    main()
