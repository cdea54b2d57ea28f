"""All screens of the console, for tests that look at each of them."""


def screens(project, webhook, delivery, event):
    """Returns the screens as pairs of a name for files, and a route. The arguments are ids."""
    base = f"/projects/{project}"
    return [
        ("webhooks", f"{base}/webhooks"),
        ("webhook_overview", f"{base}/webhooks/{webhook}?tab=overview"),
        ("webhook_deliveries", f"{base}/webhooks/{webhook}?tab=deliveries"),
        ("webhook_test", f"{base}/webhooks/{webhook}?tab=test"),
        ("webhook_settings", f"{base}/webhooks/{webhook}?tab=settings"),
        ("add_webhook", f"{base}/add-webhook"),
        ("edit_webhook", f"{base}/webhooks/{webhook}/edit"),
        ("deliveries", f"{base}/deliveries"),
        ("delivery", f"{base}/deliveries/{delivery}"),
        ("events", f"{base}/events"),
        ("event", f"{base}/events/{event}"),
        ("emit", f"{base}/emit"),
        ("projects", "/projects"),
        ("operate", "/operate"),
        ("operate_nodes", "/operate/nodes"),
        ("operate_circuits", "/operate/circuits"),
        ("operate_tokens", "/operate/tokens"),
        ("operate_settings", "/operate/settings"),
    ]


def open_screen(browser, hookd, route):
    """Opens a screen, and waits until it has loaded what it shows."""
    browser.open(f"{hookd.url}/#{route}")
    browser.find("heading")
    browser.wait(
        lambda: browser.driver.execute_script("return !document.querySelector('[aria-busy=true]')"),
        f"{route} has loaded",
    )
