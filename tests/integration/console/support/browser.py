"""Debian's Chromium, and what a person does with it."""

import contextlib
import pathlib
import tempfile

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException, WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from .programs import PATIENCE

FINDING = (pathlib.Path(__file__).parent / "finding.js").read_text()
DESKTOP = (1280, 800)
PHONE = (390, 844)
# From one animation frame to the next: what was asked for is drawn.
FRAMES = """
const done = arguments[arguments.length - 1];
requestAnimationFrame(() => requestAnimationFrame(() => done()));
"""


class Browser:
    """A headless Chromium with its own profile. Elements are found by role and name, and are waited for."""

    def __init__(self):
        self._profile = tempfile.TemporaryDirectory(prefix="console-profile-", ignore_cleanup_errors=True)
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--lang=en-US",
                         "--force-color-profile=srgb", "--hide-scrollbars", f"--user-data-dir={self._profile.name}"):  # fmt: skip
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.resize(*DESKTOP)

    def close(self):
        self.driver.quit()
        self._profile.cleanup()

    # Pages.

    def open(self, url):
        """Loads the page anew, also if only the fragment differs. What the tab has stored remains."""
        self.driver.get("about:blank")
        self.driver.get(url)

    def resize(self, width, height):
        """Makes the page that large, whatever the window needs."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def use_theme(self, theme):
        """Prefers `light` or `dark`, as the settings of the operating system do."""
        features = [{"name": "prefers-color-scheme", "value": theme}, {"name": "prefers-reduced-motion", "value": "reduce"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def route(self):
        """The path of the screen that is shown, such as /projects/p/webhooks."""
        return self.driver.execute_script("return location.hash.slice(1).split('?')[0]")

    def query(self):
        """The filters in the URL."""
        return self.driver.execute_script(
            "return Object.fromEntries(new URLSearchParams(location.hash.split('?')[1] ?? ''))"
        )

    def settle(self):
        """Waits until what the page knows is drawn."""
        self.driver.execute_async_script(FRAMES)

    def screenshot(self, path):
        self.settle()
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(path))

    def problems(self):
        """What the browser complained about since the last call: errors of scripts and violations of the CSP, without
        the failed requests, which a test may cause."""
        return [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["source"] in ("javascript", "security", "violation", "deprecation")
            or (entry["source"] != "network" and entry["level"] == "SEVERE")
        ]

    # Conditions.

    def wait(self, condition, what):
        """Returns the first true value of `condition()`."""

        def met(_):
            with contextlib.suppress(StaleElementReferenceException):
                return condition()

        try:
            return WebDriverWait(self.driver, PATIENCE, poll_frequency=0.03).until(met)
        except TimeoutException:
            raise AssertionError(f"not in {PATIENCE} s: {what}; the page is:\n{self.text()[:3000]}") from None

    def text(self, element=None):
        """The visible text of an element, or of the page."""
        return self.driver.execute_script("return (arguments[0] ?? document.body).innerText", element)

    def wait_for_text(self, text, within=None):
        self.wait(lambda: text in self.text(within), f"the text {text!r}")

    def wait_for_no_text(self, text):
        self.wait(lambda: text not in self.text(), f"the text {text!r} is gone")

    def wait_for_route(self, route):
        self.wait(lambda: self.route() == route, f"the address {route}")

    def wait_for_query(self, **query):
        self.wait(lambda: query.items() <= self.query().items(), f"{query} in the address")

    # Elements.

    def all(self, role, name=None, within=None):
        """The visible elements of that role and name now; exact names first."""
        return self.driver.execute_script(FINDING, role, name, within)

    def find(self, role, name=None, within=None):
        """The first visible element of that role and name; waits for it."""
        return self.wait(lambda: next(iter(self.all(role, name, within)), None), f"the {role} {name!r}")

    def row(self, text):
        """The row of a table that has this text."""
        return self.wait(
            lambda: next((row for row in self.all("row") if text in self.text(row)), None), f"a row with {text!r}"
        )

    def wait_for_none(self, role, name=None, within=None):
        self.wait(lambda: not self.all(role, name, within), f"no {role} {name!r}")

    # What a person does.

    def click(self, role, name=None, within=None):
        def click():
            element = self.find(role, name, within)
            self.scroll_to(element)
            element.click()

        self._until_done(click, f"a click on the {role} {name!r}")

    def scroll_to(self, element):
        """Scrolls an element to where nothing covers it."""
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)

    def fill(self, name, text, within=None):
        """Replaces what a field has."""

        def type_text():
            field = self.find("field", name, within)
            field.send_keys(Keys.CONTROL, "a")
            field.send_keys(Keys.DELETE)
            field.send_keys(text)

        self._until_done(type_text, f"typing into {name!r}")

    def choose(self, name, option, within=None):
        """Chooses an option of a select."""
        self._until_done(
            lambda: Select(self.find("field", name, within)).select_by_visible_text(option), f"choosing {option!r}"
        )

    def check(self, name, on=True, within=None):
        """Checks or unchecks a checkbox or a switch."""

        def click():
            box = self.find("switch", name, within)
            if self.is_on(box) != on:
                self.scroll_to(box)
                try:
                    box.click()
                except WebDriverException:
                    # Its label is drawn instead.
                    box.find_element(By.XPATH, "ancestor::label").click()

        self._until_done(click, f"setting {name!r}")

    def is_on(self, switch):
        return switch.get_attribute("aria-checked") == "true" or switch.is_selected()

    def press(self, *keys):
        """Presses keys, wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def _until_done(self, action, what):
        """Repeats an action that met an element which was just replaced or covered."""
        problem = []

        def attempt(_):
            try:
                action()
                return True
            except WebDriverException as error:
                problem[:] = [error.msg]
                return False

        try:
            WebDriverWait(self.driver, PATIENCE, poll_frequency=0.05).until(attempt)
        except TimeoutException:
            raise AssertionError(f"{what}: {problem[0]}") from None
