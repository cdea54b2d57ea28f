"""Getting around in the console: links, the back button, addresses that lead nowhere, lost connections."""

from support.console_test_case import ConsoleTestCase, main
from support.programs import sample


class NavigationTest(ConsoleTestCase):
    def test_opens_each_screen_by_its_link_and_goes_back(self):
        self.add_webhook(displayName="Shop")
        self.open("webhooks")
        for name in ("Deliveries", "Events"):
            self.browser.click("link", name)
            self.browser.wait_for_route(f"/projects/{self.project}/{name.lower()}")
            self.browser.find("heading", name)
        self.browser.driver.back()
        self.browser.wait_for_route(f"/projects/{self.project}/deliveries")
        self.browser.find("heading", "Deliveries")
        self.browser.driver.back()
        self.browser.row("Shop")

    def test_shows_a_webhook_with_its_last_failure(self):
        self.add_webhook(displayName="Shop")
        self.receiver.answer(self.path, 503)
        self.hookd.emit(self.project, sample("bounced"))
        self.hookd.wait_for_deliveries(self.project, 1, "FAILED")
        self.open("webhooks")
        self.browser.click("link", "Shop")
        self.browser.wait_for_route(f"/projects/{self.project}/webhooks/shop")
        self.browser.wait_for_text("503")
        self.browser.click("tab", "Deliveries")
        self.browser.wait_for_query(tab="deliveries")
        self.browser.row("bounced")

    def test_shows_charts_as_tables(self):
        self.add_webhook(displayName="Shop")
        self.hookd.emit(self.project, sample("bounced"))
        self.hookd.wait_for_deliveries(self.project, 1, "DELIVERED")
        self.open("webhooks/shop")
        self.browser.click("button", "Show as table")
        self.browser.find("row")

    def test_searches_webhooks(self):
        self.hookd.add_webhook(self.project, "one", self.receiver.url("/one"), displayName="First shop")
        self.hookd.add_webhook(self.project, "two", self.receiver.url("/two"), displayName="Second shop")
        self.open("webhooks")
        self.browser.row("First shop")
        self.browser.fill("Search", "second")
        self.browser.wait_for_no_text("First shop")
        self.browser.row("Second shop")

    def test_rotates_the_secret_and_shows_the_new_one(self):
        self.add_webhook(displayName="Shop")
        self.open("webhooks")
        self.browser.click("button", "Actions", within=self.browser.row("Shop"))
        self.browser.click("menuitem", "Rotate secret…")
        self.browser.click("button", "Rotate secret", within=self.browser.find("dialog"))
        self.browser.wait_for_text("whsec_")

    def test_goes_straight_to_the_webhooks_if_there_is_one_project(self):
        self.add_webhook()
        for project in self.hookd.call("GET", "projects").get("projects", []):
            if project["name"] != f"projects/{self.project}":
                self.hookd.call("DELETE", project["name"], force="true")
        self.browser.open(f"{self.hookd.url}/")
        self.browser.wait_for_route(f"/projects/{self.project}/webhooks")

    def test_lets_one_choose_a_project_if_there_are_several(self):
        self.add_webhook()
        self.hookd.emit("another-project", sample("bounced"))
        self.browser.open(f"{self.hookd.url}/#/projects")
        self.browser.click("link", self.project)
        self.browser.wait_for_route(f"/projects/{self.project}/webhooks")

    def test_says_that_an_address_leads_nowhere(self):
        self.open("nonsense")
        self.browser.wait_for_text("Not found")

    def test_says_that_a_webhook_does_not_exist(self):
        self.open("webhooks/missing")
        self.browser.wait_for_text("Not found")

    def test_says_that_there_are_no_webhooks_yet(self):
        self.open("webhooks")
        self.browser.wait_for_text("No webhooks")

    def test_works_on_a_phone(self):
        self.browser.resize(390, 844)
        self.add_webhook(displayName="Shop")
        self.open("webhooks")
        self.browser.row("Shop")
        self.browser.click("link", "Deliveries")
        self.browser.wait_for_route(f"/projects/{self.project}/deliveries")


if __name__ == "__main__":
    main()
