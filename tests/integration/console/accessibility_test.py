"""The console can be used by everybody: axe-core finds nothing serious in any screen, and the keyboard is enough."""

import json
import pathlib
import shutil
import subprocess
import sys

from selenium.webdriver.common.keys import Keys

from support import console_test_case
from support.console_test_case import ConsoleTestCase, main
from support.programs import sample
from support.screens import open_screen, screens

AXE = pathlib.Path(__file__).resolve().parent / "axe"
SKIPPED = 77
RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ['violations']}).then(
  (results) => done(results.violations.map(({id, impact, nodes}) =>
    ({id, impact, nodes: nodes.slice(0, 3).map((node) => node.html.slice(0, 200) + ' ' + node.failureSummary)}))),
  (error) => done(String(error)));
"""


def install_axe(build):
    """Returns the source of axe-core, which npm installs into the build folder."""
    folder = pathlib.Path(build) / "tests/integration/console/axe"
    source = folder / "node_modules/axe-core/axe.min.js"
    lock = folder / "package-lock.json"
    if not source.exists() or lock.read_bytes() != (AXE / lock.name).read_bytes():
        if not shutil.which("npm"):
            sys.stderr.write("skipped: npm is not on this machine\n")
            sys.exit(SKIPPED)
        shutil.copytree(AXE, folder, dirs_exist_ok=True)
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
    return source.read_text()


class AccessibilityTest(ConsoleTestCase):
    @classmethod
    def setUpClass(cls):
        cls.axe = install_axe(console_test_case.BUILD)
        super().setUpClass()
        cls.receiver.answer("/failing", 500, b'{"reason": "out of order"}', {"Content-Type": "application/json"})
        cls.hookd.add_webhook("shop", "failing", cls.receiver.url("/failing"), displayName="Failing shop")
        cls.hookd.add_webhook("shop", "healthy", cls.receiver.url("/healthy"), displayName="Healthy shop")
        cls.hookd.emit("shop", sample("bounced"))
        [cls.delivery] = cls.hookd.wait_for_deliveries("shop", 1, "FAILED")
        cls.hookd.call("POST", "tokens", {"projects": ["projects/shop"], "roles": ["ROLE_READ"]}, tokenId="support")

    def check(self, what):
        """Asserts that axe-core finds nothing serious in what is shown."""
        self.browser.driver.execute_script(self.axe)
        found = self.browser.driver.execute_async_script(RUN)
        self.assertIsInstance(found, list, found)
        serious = [violation for violation in found if violation["impact"] in ("serious", "critical")]
        with self.subTest(what):
            self.assertEqual(serious, [], json.dumps(serious, indent=1))

    def check_screens(self, theme):
        self.browser.use_theme(theme)
        ids = ["failing"] + [self.delivery[field].rsplit("/", 1)[1] for field in ("name", "event")]
        for name, route in screens("shop", *ids):
            open_screen(self.browser, self.hookd, route)
            self.check(f"{name}, {theme}")

    def test_every_screen_is_accessible_in_light(self):
        self.check_screens("light")

    def test_every_screen_is_accessible_in_dark(self):
        self.check_screens("dark")

    def test_menus_and_dialogs_are_accessible(self):
        for theme in ("light", "dark"):
            self.browser.use_theme(theme)
            self.browser.open(f"{self.hookd.url}/#/projects/shop/webhooks")
            for item in ("Redeliver failed…", "Rotate secret…", "Delete…"):
                self.browser.click("button", "Actions", within=self.browser.row("Failing shop"))
                self.check(f"the menu, {theme}")
                self.browser.click("menuitem", item)
                self.browser.find("dialog")
                self.check(f"the dialog {item}, {theme}")
                self.browser.press(Keys.ESCAPE)
                self.browser.wait_for_none("dialog")

    def test_the_form_of_tokens_is_accessible(self):
        self.browser.open(f"{self.hookd.url}/#/operate/tokens")
        self.browser.click("button", "Create token")
        self.browser.find("dialog")
        self.browser.click("button", "More options")
        self.browser.click("button", "Create token")
        self.browser.wait_for_text("at least one role")
        self.check("the form of tokens with errors")

    def test_adds_and_tests_a_webhook_with_the_keyboard_alone(self):
        self.open("webhooks")
        self.browser.find("heading", "Webhooks")
        self.tab_to("Add webhook", Keys.ENTER)
        self.browser.wait_for_route(f"/projects/{self.project}/add-webhook")
        self.browser.find("field", "Name")
        self.tab_to("Name", "Keyboard shop")
        self.tab_to("URL", self.receiver.url(self.path))
        self.tab_to("bounced", Keys.SPACE)
        self.tab_to("Add webhook", Keys.ENTER)
        self.browser.wait_for_text("whsec_")
        self.tab_to("Done", Keys.ENTER)
        self.browser.find("tab", "Test")
        self.tab_to("Overview", Keys.ARROW_RIGHT + Keys.ARROW_RIGHT)
        self.tab_to("Send test", Keys.ENTER)
        self.browser.wait_for_text("Success.")
        self.receiver.wait_for_requests(self.path)

    def tab_to(self, name, keys):
        """Presses Tab until the focus is on an element of that name, and types `keys`."""
        for _ in range(120):
            self.browser.press(Keys.TAB)
            focused = self.browser.driver.switch_to.active_element
            if focused.accessible_name.startswith(name):
                self.assertTrue(self.is_focus_visible(focused), f"one cannot see that {name} has the focus")
                return self.browser.press(keys)
        self.fail(f"Tab does not reach {name}")

    def is_focus_visible(self, element):
        return self.browser.driver.execute_script(
            "const style = getComputedStyle(arguments[0]);"
            "return style.outlineStyle !== 'none' || style.boxShadow !== 'none'",
            element,
        )


if __name__ == "__main__":
    main()
