"""Signing in to the console, and what a token shows of it."""

import datetime
import http.server
import os
import tempfile
import threading
import time

from selenium.webdriver.common.keys import Keys
from support import console_test_case
from support.console_test_case import ConsoleTestCase, main
from support.programs import Hookd, sample

ADMIN = "hookd_0123456789abcdef0123456789abcdef0123456789a"


def tokens_file(case):
    """Makes a file with the token of an administrator, for --tokens_file."""
    folder = tempfile.TemporaryDirectory()
    case.addClassCleanup(folder.cleanup)
    path = os.path.join(folder.name, "tokens")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(f"{ADMIN} admin *\n")
    return path


class SignInTest(ConsoleTestCase):
    @classmethod
    def setUpClass(cls):
        cls.FLAGS = (f"--tokens_file={tokens_file(cls)}",)
        super().setUpClass()
        cls.hookd.token = ADMIN

    def setUp(self):
        super().setUp()
        self.add_webhook(displayName="Shop")
        # Nobody is signed in.
        self.browser.open(f"{self.hookd.url}/healthz")
        self.browser.driver.execute_script("sessionStorage.clear(); localStorage.clear()")

    def token(self, *roles, **fields):
        """Makes a token for the test's project, and returns its secret."""
        body = {"projects": [f"projects/{self.project}"], "roles": [f"ROLE_{role}" for role in roles], **fields}
        return self.hookd.call("POST", "tokens", body)["secret"]

    def sign_in(self, secret):
        self.browser.fill("Token", secret)
        self.browser.click("button", "Sign in")

    def test_asks_for_a_token_and_then_shows_the_page_that_was_asked_for(self):
        self.open("webhooks")
        self.sign_in(ADMIN)
        self.browser.row("Shop")
        self.browser.wait_for_route(f"/projects/{self.project}/webhooks")
        # The tab keeps it, and no address has it.
        self.browser.driver.refresh()
        self.browser.row("Shop")
        self.assertNotIn(ADMIN, self.browser.driver.current_url)

    def test_refuses_a_wrong_token(self):
        self.open("webhooks")
        self.sign_in("hookd_wrong")
        self.browser.wait_for_text("does not know this token")
        self.assertNotIn("Shop", self.browser.text())

    def test_a_link_signs_in_and_its_secret_is_erased_at_once(self):
        secret = self.token("READ")
        self.browser.driver.execute_cdp_cmd(
            "Page.addScriptToEvaluateOnNewDocument",
            {"source": "document.addEventListener('DOMContentLoaded', () => { window.addressAtLoad = location.href })"},
        )
        self.browser.open(f"{self.hookd.url}/#token={secret}&project={self.project}")
        self.browser.row("Shop")
        self.assertNotIn(secret, self.browser.driver.execute_script("return window.addressAtLoad"))
        self.assertNotIn(secret, self.browser.driver.current_url)
        self.browser.driver.back()
        self.assertNotIn(secret, self.browser.driver.current_url)

    def stored_token(self):
        return self.browser.driver.execute_script("return sessionStorage.getItem('hookd.token')")

    def follow_link(self, secret, project):
        """Opens a sign-in link in the tab that shows the console."""
        self.browser.driver.execute_script("location.hash = arguments[0]", f"#token={secret}&project={project}")
        self.browser.find("dialog", "Sign in with another token?")
        self.assertNotIn(secret, self.browser.driver.current_url)

    def test_a_link_does_not_replace_a_token_without_a_question(self):
        mine, other = self.token("MANAGE"), self.token("READ")
        self.open("add-webhook")
        self.sign_in(mine)
        self.browser.fill("Name", "Half written")
        self.follow_link(other, self.project)
        # Enter does what is safe.
        self.browser.press(Keys.ENTER)
        self.browser.wait_for_none("dialog")
        self.assertEqual(self.stored_token(), mine)
        self.assertEqual(self.browser.find("field", "Name").get_attribute("value"), "Half written")
        # Also when the link loads the page.
        self.browser.open(f"{self.hookd.url}/#token={other}&project={self.project}")
        self.browser.click("button", "Stay signed in")
        self.browser.row("Shop")
        self.assertEqual(self.stored_token(), mine)
        self.follow_link(other, self.project)
        self.browser.click("button", "Use the token of the link")
        self.browser.wait(lambda: self.stored_token() == other, "the token of the link is in use")
        self.browser.wait_for_none("action", "Add webhook")
        self.browser.row("Shop")

    def test_a_link_with_a_wrong_token_does_not_sign_out(self):
        mine = self.token("READ")
        self.open("webhooks")
        self.sign_in(mine)
        self.browser.row("Shop")
        self.follow_link("hookd_wrong", "another")
        self.browser.click("button", "Use the token of the link")
        self.browser.wait_for_text("You are still signed in")
        self.assertEqual(self.stored_token(), mine)
        self.browser.driver.refresh()
        self.browser.row("Shop")
        self.browser.wait_for_route(f"/projects/{self.project}/webhooks")

    def test_what_was_entered_outlives_the_token(self):
        soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=10)
        self.open("add-webhook")
        self.sign_in(self.token("MANAGE", expireTime=soon.isoformat()))
        self.browser.fill("Name", "Half written")
        time.sleep(max(0, (soon - datetime.datetime.now(datetime.UTC)).total_seconds()))
        # hookd checks each change.
        self.browser.fill("Name", "Nearly finished")
        self.browser.wait_for_text("Sign in again to continue")
        self.sign_in(self.token("MANAGE"))
        self.browser.wait_for_text("did not save")
        self.assertEqual(self.browser.find("field", "Name").get_attribute("value"), "Nearly finished")
        # One who signs out leaves nothing.
        self.browser.click("button", "Account")
        self.browser.click("menuitem", "Sign out")
        self.sign_in(self.token("MANAGE"))
        self.assertEqual(self.browser.find("field", "Name").get_attribute("value"), "")

    def test_a_token_that_may_only_read_sees_nothing_to_change(self):
        self.hookd.emit(self.project, sample("bounced"))
        [delivery] = self.hookd.wait_for_deliveries(self.project, 1, "DELIVERED")
        self.open("webhooks")
        self.sign_in(self.token("READ"))
        self.browser.row("Shop")
        self.assertEqual(self.browser.all("action", "Add webhook"), [])
        self.assertEqual(self.browser.all("switch", None, within=self.browser.row("Shop")), [])
        self.assertEqual(self.browser.all("link", "Operate"), [])
        self.browser.open(f"{self.hookd.url}/#/{delivery['name']}")
        self.browser.wait_for_text("Delivered")
        self.assertEqual(self.browser.all("button", "Redeliver"), [])

    def test_a_token_that_may_only_emit_sees_how_to_emit(self):
        self.browser.open(f"{self.hookd.url}/")
        self.sign_in(self.token("EMIT"))
        self.browser.wait_for_route(f"/projects/{self.project}/emit")
        self.assertEqual(self.browser.all("link", "Webhooks"), [])

    def test_says_what_another_project_needs(self):
        self.browser.open(f"{self.hookd.url}/")
        self.sign_in(self.token("READ"))
        self.browser.row("Shop")
        self.browser.open(f"{self.hookd.url}/#/projects/another/webhooks")
        self.browser.wait_for_text("Your token does not allow this")

    def test_asks_again_once_the_token_is_deleted(self):
        secret = self.token("READ")
        [token] = [token for token in self.hookd.call("GET", "tokens")["tokens"] if self.project in str(token)]
        self.open("webhooks")
        self.sign_in(secret)
        self.browser.row("Shop")
        self.hookd.call("DELETE", token["name"])
        self.wait_until_signed_out()
        self.sign_in(self.token("READ"))
        self.browser.click("link", "Webhooks")
        self.browser.row("Shop")

    def test_asks_again_once_the_token_has_expired(self):
        soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=3)
        secret = self.token("READ", expireTime=soon.isoformat())
        self.open("webhooks")
        self.sign_in(secret)
        self.browser.row("Shop")
        self.wait_until_signed_out()

    def wait_until_signed_out(self):
        """Goes from screen to screen until hookd refuses to show one."""

        def is_refused():
            for link in self.browser.all("link", "Events")[:1] + self.browser.all("link", "Webhooks")[:1]:
                link.click()
            return "Sign in again to continue" in self.browser.text()

        self.browser.wait(is_refused, "the token is refused")

    def test_signs_out(self):
        self.open("webhooks")
        self.sign_in(ADMIN)
        self.browser.row("Shop")
        self.browser.click("button", "Account")
        self.browser.click("menuitem", "Sign out")
        self.browser.find("button", "Sign in")
        self.browser.driver.refresh()
        self.browser.find("button", "Sign in")


class EmbeddingTest(ConsoleTestCase):
    """A page of another origin that shows the console in a frame."""

    def setUp(self):
        super().setUp()
        page = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *arguments):
                pass

            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(f'<iframe src="{page.shown}"></iframe>'.encode())

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.origin = f"http://127.0.0.1:{server.server_port}"

    def tearDown(self):
        self.browser.driver.switch_to.default_content()
        self.browser.problems()  # A frame that is refused is one.

    def open_frame(self, hookd):
        self.shown = f"{hookd.url}/#/projects/{self.project}/webhooks"
        self.browser.open(self.origin)
        self.browser.driver.switch_to.frame(self.browser.driver.find_element("tag name", "iframe"))

    def test_is_refused_by_default(self):
        self.open_frame(self.hookd)
        self.browser.wait_for_text("refused to connect")

    def test_is_allowed_to_the_origins_of_the_flag(self):
        hookd = Hookd(console_test_case.BUILD, f"--console_frame_ancestors={self.origin}")
        self.addCleanup(hookd.close)
        self.open_frame(hookd)
        self.browser.wait_for_text("No webhooks")


if __name__ == "__main__":
    main()
