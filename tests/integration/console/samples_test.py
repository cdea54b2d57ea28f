"""The samples that the console shows are the documented ones."""

import json

from support.console_test_case import ConsoleTestCase, main
from support.programs import SAMPLES

READ_SAMPLES = """
const done = arguments[arguments.length - 1];
import('/console/samples.js').then(({ eventTypes, sampleText }) => done(eventTypes.map((type) => [type, sampleText(type)])));
"""


def in_order(text):
    """JSON with the order of its keys."""
    return json.loads(text, object_pairs_hook=list)


class SamplesTest(ConsoleTestCase):
    def test_has_the_documented_sample_of_each_type(self):
        self.open("webhooks")
        self.browser.find("heading", "Webhooks")
        shown = {
            type.removeprefix("EVENT_TYPE_").lower(): text
            for type, text in self.browser.driver.execute_async_script(READ_SAMPLES)
        }
        documented = {file.stem: file.read_text() for file in (SAMPLES / "documented").glob("*.json")}
        self.assertEqual(set(shown), set(documented))
        for name, text in documented.items():
            with self.subTest(name):
                self.assertEqual(in_order(shown[name]), in_order(text))


if __name__ == "__main__":
    main()
