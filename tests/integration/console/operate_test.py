"""Operate in the browser: the server, projects, nodes, circuits, tokens and settings."""

from selenium.webdriver.common.action_chains import ActionChains
from support.console_test_case import ConsoleTestCase, main
from support.programs import CallError, sample


class OperateTest(ConsoleTestCase):
    FLAGS = ("--max_waiting_deliveries=12345",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Its circuit opens once attempts have failed for ten seconds, while other tests run.
        policy = {"maxAttempts": 1000, "minBackoff": "0.1s", "maxBackoff": "1s"}
        cls.hookd.add_webhook("refusing", "shop", "http://127.0.0.1:9/", displayName="Refusing", retryPolicy=policy)
        for _ in range(20):
            cls.hookd.emit("refusing", sample("bounced"))

    def open_section(self, section=""):
        self.browser.open(f"{self.hookd.url}/#/operate{section and '/'}{section}")

    def test_shows_the_load_and_the_store_of_the_process(self):
        self.open_section()
        for text in ("Serving", "Has room", "Pending", "Attempts in flight", "SQLite", "128"):
            self.browser.wait_for_text(text)

    def test_follows_what_happens(self):
        self.receiver.answer(self.path, 500)
        self.add_webhook()
        self.open_section()
        row = self.browser.row(self.project)
        self.assertNotIn("2", self.browser.text(row).split("\n"))
        self.hookd.add_webhook(self.project, "second", self.receiver.url(self.path))
        self.browser.wait(
            lambda: "2" in self.browser.text(self.browser.row(self.project)).split("\n"), "two webhooks without a reload"
        )

    def test_names_and_labels_a_project(self):
        self.add_webhook()
        self.open_section()
        self.browser.click("button", f"Actions for {self.project}")
        self.browser.click("menuitem", "Edit name and labels…")
        self.browser.fill("Display name", "Acme shop")
        self.browser.fill("Labels", "Team=billing")
        self.browser.click("button", "Save")
        self.browser.wait_for_text("lower-case")  # What is wrong with the label.
        self.browser.fill("Labels", "team=billing\ntrial")
        self.browser.click("button", "Save")
        self.assertIn("team: billing", self.browser.text(self.browser.row("Acme shop")))
        project = self.hookd.call("GET", f"projects/{self.project}")
        self.assertEqual((project["displayName"], project["labels"]), ("Acme shop", {"team": "billing", "trial": ""}))

    def test_deletes_a_project_once_its_id_is_typed(self):
        self.add_webhook()
        self.open_section()
        self.browser.click("button", f"Actions for {self.project}")
        self.browser.click("menuitem", "Delete…")
        delete = self.browser.find("button", "Delete project")
        self.assertFalse(delete.is_enabled())
        self.browser.fill("Type", self.project)
        self.browser.click("button", "Delete project")
        self.browser.wait_for_text(f"Project {self.project} deleted")
        self.browser.wait(lambda: not self.is_project(), "the project is deleted")

    def is_project(self):
        try:
            return self.hookd.call("GET", f"projects/{self.project}")
        except CallError as error:
            return error.status != 404

    def test_lists_the_processes(self):
        self.open_section("nodes")
        self.assertIn("128", self.browser.text(self.browser.row("only")))

    def test_lists_the_webhooks_whose_circuit_is_open(self):
        self.open_section("circuits")
        row = self.browser.row("Refusing")  # Without a reload.
        self.assertIn("connect", self.browser.text(row))
        self.browser.click("link", "Refusing")
        self.browser.wait_for_route("/projects/refusing/webhooks/shop")

    def test_offers_a_link_that_signs_in_for_a_token_that_expires_soon(self):
        self.open_section("tokens")
        self.browser.click("button", "Create token")
        self.browser.fill("Name", "Visitor")
        self.browser.check("Read")
        self.browser.fill("Projects", self.project)
        self.browser.choose("Expires", "In an hour")
        self.browser.click("button", "Create token")
        self.browser.find("button", "Copy a link that signs in")
        self.browser.click("button", "Done")
        [token] = self.hookd.call("GET", "tokens")["tokens"]
        self.hookd.call("DELETE", token["name"])

    def test_creates_a_token_whose_secret_is_shown_once_and_deletes_it(self):
        self.open_section("tokens")
        self.browser.click("button", "Create token")
        self.browser.click("button", "Create token")
        self.browser.wait_for_text("role")  # What is missing.
        self.browser.fill("Name", "Support")
        self.browser.check("Read")
        self.browser.fill("Projects", self.project)
        self.browser.click("button", "Create token")
        self.browser.wait_for_text("hookd_")
        # The history of a browser keeps links: there is none for a token that is valid for a year.
        self.assertEqual(self.browser.all("button", "Copy a link that signs in"), [])
        # A click outside does not lose the secret.
        ActionChains(self.browser.driver).move_by_offset(5, 5).click().perform()
        self.browser.settle()
        self.browser.wait_for_text("hookd_")
        self.browser.click("button", "Done")
        self.browser.wait_for_no_text("hookd_")
        row = self.browser.row("Support")
        self.assertIn("Read", self.browser.text(row))
        self.assertIn(self.project, self.browser.text(row))

        self.browser.click("button", "Actions for Support")
        self.browser.click("menuitem", "Delete…")
        self.browser.click("button", "Delete", within=self.browser.find("dialog"))
        self.browser.wait_for_no_text("Support")
        self.assertEqual(self.hookd.call("GET", "tokens"), {})

    def test_shows_the_settings_in_effect(self):
        self.open_section("settings")
        self.browser.wait_for_text("max_waiting_deliveries")
        self.browser.wait_for_text("12345")
        self.browser.check("Only changed settings")
        self.browser.wait_for_no_text("drain_timeout\n25s")
        self.browser.fill("Search settings", "waiting")
        self.browser.wait_for_no_text("data_dir")
        self.browser.wait_for_query(search="waiting", customized="true")


if __name__ == "__main__":
    main()
