"""The curl command of an attempt sends what hookd sent, whatever that is, and does nothing else in a shell."""

import shutil
import subprocess
import unittest

from support.console_test_case import ConsoleTestCase, main
from support import corpus

MAKE_COMMAND = """
const [request, done] = arguments;
import('/console/screens/curl.js').then(({ curlCommand }) => done(curlCommand(request)));
"""

SHELLS = [shell for shell in ("bash", "zsh", "ksh") if shutil.which(shell)]
BODIES = (
    *corpus.ALL,
    "it's \"quoted\" \\ $(touch hostile) `touch hostile` !x %s %%",
    "@file",
    "lines\n\tand\r\n'tabs'\x00\x01%d\\n",
    "\u2028\U0001f469\u200d\U0001f467 \x85\x9b31m",
    "",
)


@unittest.skipUnless(SHELLS and shutil.which("curl"), "needs curl and bash, zsh or ksh")
class CurlTest(ConsoleTestCase):
    def setUp(self):
        super().setUp()
        self.open("webhooks")
        self.browser.find("heading", "Webhooks")

    def run_command(self, shell, **request):
        command = self.browser.driver.execute_async_script(MAKE_COMMAND, request)
        self.assertFalse(set(command) & set(corpus.INVISIBLE), "a character that a terminal may act on")
        subprocess.run([shell, "-c", command], check=True, capture_output=True, timeout=30)
        return self.receiver.requests(self.path)[-1]

    def test_sends_each_body_unchanged(self):
        for shell in SHELLS:
            for body in BODIES:
                with self.subTest(shell=shell, body=body[:40]):
                    _, got = self.run_command(shell, url=self.receiver.url(self.path), headers=[], body=body)
                    self.assertEqual(got, body.encode())

    def test_sends_each_header(self):
        values = {"X-Quotes": "it's \"$(id)\" `id` \\", "X-Empty": "", "X-Key": "[redacted]", "X-Tab": "a\tb"}
        headers = [{"name": name, "value": value} for name, value in values.items()]
        for shell in SHELLS:
            with self.subTest(shell):
                got, _ = self.run_command(shell, url=self.receiver.url(self.path), headers=headers, body="{}")
                self.assertEqual({name: got.get(name) for name in values}, values)

    def test_calls_an_url_with_the_characters_of_globs_and_shells(self):
        for shell in SHELLS:
            url = self.receiver.url(f"{self.path}?a[1-3]={{b,c}}'$(id)")
            self.run_command(shell, url=url, headers=[], body="{}")
        self.assertEqual(len(self.receiver.requests(self.path)), len(SHELLS))


if __name__ == "__main__":
    main()
