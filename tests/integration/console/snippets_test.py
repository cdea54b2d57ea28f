"""The code that the console offers for verifying signatures accepts what hookd signs, and refuses what is changed.

A language is skipped if its compiler is not installed. Libraries come from the caches of the package managers, or from
their registries.
"""

import base64
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

from support.programs import Hookd

ROOT = pathlib.Path(__file__).resolve().parents[3]
# What receivers verify with, by the secret that signs.
HMAC_KEYS = {
    secret: secret
    for secret in (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_" + base64.b64encode(bytes(range(64))).decode(),
    )
}
ED25519_KEYS = {
    "whsk_" + base64.b64encode(bytes(range(32))).decode(): "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
}

GO_MAIN = """package main

import ("encoding/json"; "net/http"; "os")

func main() {
	var request struct { Headers map[string]string; Body string }
	file, _ := os.Open(os.Args[1])
	if json.NewDecoder(file).Decode(&request) != nil { os.Exit(2) }
	headers := http.Header{}
	for name, value := range request.Headers { headers.Set(name, value) }
	if verify(headers, []byte(request.Body)) != nil { os.Exit(1) }
}
"""

PYTHON_MAIN = """
import json, sys
request = json.load(open(sys.argv[1]))
try:
    assert verify(request["Headers"], request["Body"].encode())["type"] == "bounced"
except Exception:
    sys.exit(1)
"""

NODE_MAIN = """
import { readFileSync } from 'node:fs';
import { verify } from './snippet.mjs';
const request = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const lower = Object.entries(request.Headers).map(([name, value]) => [name.toLowerCase(), value]);
try {
  if (verify(Object.fromEntries(lower), Buffer.from(request.Body)).type !== 'bounced') process.exit(2);
} catch {
  process.exit(1);
}
"""

JAVA_MAIN = """
import java.net.http.HttpHeaders;
import java.nio.file.*;
import java.util.*;

public class Main {
  public static void main(String[] arguments) throws Exception {
    Map<String, List<String>> headers = new HashMap<>();
    Path folder = Path.of(arguments[0]);
    for (String line : Files.readAllLines(folder.resolve("headers"))) {
      int colon = line.indexOf(':');
      headers.put(line.substring(0, colon), List.of(line.substring(colon + 2)));
    }
    try {
      Signatures.verify(HttpHeaders.of(headers, (name, value) -> true), Files.readString(folder.resolve("body")));
    } catch (Exception error) {
      System.exit(1);
    }
  }
}
"""

RUST_MAIN = """
fn main() {
    let folder = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    let mut headers = http::HeaderMap::new();
    for line in std::fs::read_to_string(folder.join("headers")).unwrap().lines() {
        let (name, value) = line.split_once(": ").unwrap();
        headers.insert(http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
    }
    let body = std::fs::read(folder.join("body")).unwrap();
    std::process::exit(if verify(&headers, &body).into_iter().next().is_some() { 0 } else { 1 });
}
"""

CPP_MAIN = """
#include <fstream>
#include <map>

int main(int, char** arguments) {
  const std::string folder = arguments[1];
  std::map<std::string, std::string> headers;
  std::ifstream lines(folder + "/headers");
  for (std::string line; std::getline(lines, line);) {
    headers[line.substr(0, line.find(':'))] = line.substr(line.find(':') + 2);
  }
  std::ostringstream body;
  body << std::ifstream(folder + "/body").rdbuf();
  return Verify(std::getenv("WEBHOOK_SECRET"), headers["Webhook-Id"], headers["Webhook-Timestamp"],
                headers["Webhook-Signature"], body.str()) ? 0 : 1;
}
"""


def run(*command, cwd, **environment):
    subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)


def build_go(snippet, folder):
    (folder / "snippet.go").write_text("package main\n\n" + snippet)
    (folder / "main.go").write_text(GO_MAIN)
    for name in ("go.mod", "go.sum"):
        shutil.copy(ROOT / "client/go" / name, folder)
    run("go", "build", "-mod=mod", "-o", "program", ".", cwd=folder)
    return [folder / "program", "request.json"]


def build_python(snippet, folder):
    (folder / "program.py").write_text(snippet + PYTHON_MAIN)
    run(sys.executable, "-m", "venv", "venv", cwd=folder)
    run("venv/bin/pip", "install", "--quiet", "standardwebhooks", "cryptography", cwd=folder)
    return [folder / "venv/bin/python", folder / "program.py", "request.json"]


def build_node(snippet, folder):
    (folder / "snippet.mjs").write_text(snippet)
    (folder / "program.mjs").write_text(NODE_MAIN)
    run("npm", "install", "--silent", "--no-audit", "--no-fund", "standardwebhooks", cwd=folder)
    return ["node", folder / "program.mjs", "request.json"]


def build_java(snippet, folder):
    (folder / "Signatures.java").write_text(snippet)
    (folder / "Main.java").write_text(JAVA_MAIN)
    repository = pathlib.Path.home() / ".m2/repository"
    if not list(repository.glob("com/standardwebhooks/**/*.jar")):
        run("mvn", "-q", "-B", "compile", cwd=ROOT / "client/java")
    jars = ":".join(str(jar) for jar in repository.glob("com/standardwebhooks/**/*.jar"))
    run("javac", "-cp", jars, "Main.java", "Signatures.java", cwd=folder)
    return ["java", "-cp", f"{folder}:{jars}", "Main", "."]


def build_rust(snippet, folder):
    (folder / "src").mkdir()
    (folder / "src/main.rs").write_text(snippet + RUST_MAIN)
    (folder / "Cargo.toml").write_text(
        '[package]\nname = "program"\nversion = "0.1.0"\nedition = "2021"\n'
        '[dependencies]\nstandardwebhooks = "1.0.1"\nhttp = "1"\ned25519-dalek = "2"\nbase64 = "0.22"\n'
    )
    shutil.copy(ROOT / "client/rust/Cargo.lock", folder)
    try:
        run("cargo", "build", "--quiet", "--offline", cwd=folder)
    except subprocess.CalledProcessError:
        run("cargo", "build", "--quiet", cwd=folder)
    return [folder / "target/debug/program", "."]


def build_cpp(snippet, folder):
    (folder / "program.cc").write_text(snippet + CPP_MAIN)
    run("g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-o", "program", "program.cc", "-lcrypto", cwd=folder)
    return [folder / "program", "."]


LANGUAGES = {
    "go": ("go", build_go),
    "python": ("python3", build_python),
    "node": ("npm", build_node),
    "java": ("javac", build_java),
    "rust": ("cargo", build_rust),
    "cpp": ("g++", build_cpp),
}


def signed_request(hookd, secret):
    """Has hookd test a webhook that is not stored, and returns the request that it sent."""
    received = {}

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.update({"Headers": dict(self.headers), "Body": body})
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        webhook = {"url": f"http://127.0.0.1:{server.server_port}/", "signingSecret": secret}
        test = {"webhook": webhook, "eventType": "EVENT_TYPE_BOUNCED"}
        assert hookd.call("POST", "projects/snippets/webhooks:test", test)["success"], "the test failed"
    return received


def write_request(folder, request):
    (folder / "request.json").write_text(json.dumps(request))
    (folder / "headers").write_text("".join(f"{name}: {value}\n" for name, value in request["Headers"].items()))
    (folder / "body").write_text(request["Body"])


def changed_requests(request, other_signature):
    """Requests that must be refused."""
    headers = request["Headers"]
    yield "another body", {**request, "Body": request["Body"] + " "}
    yield "another id", {**request, "Headers": {**headers, "Webhook-Id": "other"}}
    yield "an old time", {**request, "Headers": {**headers, "Webhook-Timestamp": "1600000000"}}
    yield "no valid signature", {**request, "Headers": {**headers, "Webhook-Signature": other_signature}}


def read_snippets(module, name):
    script = f"import {{ {name} }} from './client/console/screens/{module}'; console.log(JSON.stringify({name}));"
    command = ["node", "--input-type=module", "-e", script]
    node = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return {snippet["id"]: snippet["text"] for snippet in json.loads(node.stdout)}


class SnippetsTest(unittest.TestCase):
    BUILD = None

    @classmethod
    def setUpClass(cls):
        if shutil.which("node") is None:
            raise unittest.SkipTest("node is not installed")
        cls.hookd = Hookd(cls.BUILD)
        cls.addClassCleanup(cls.hookd.close)

    def check(self, snippets, keys):
        self.assertEqual(set(snippets), set(LANGUAGES))
        for language, (tool, build) in LANGUAGES.items():
            if shutil.which(tool) is None:
                print(f"{language}: skipped, because {tool} is not installed", file=sys.stderr)
                continue
            with self.subTest(language), tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                command = build(snippets[language], folder)
                for secret, key in keys.items():
                    self.check_program(command, folder, secret, key)

    def check_program(self, command, folder, secret, key):
        environment = {**os.environ, "WEBHOOK_SECRET": key, "WEBHOOK_PUBLIC_KEY": key}

        def accepts(request):
            write_request(folder, request)
            result = subprocess.run(command, cwd=folder, env=environment)
            self.assertIn(result.returncode, (0, 1))
            return result.returncode == 0

        other_signature = signed_request(self.hookd, secret)["Headers"]["Webhook-Signature"]
        request = signed_request(self.hookd, secret)
        headers = request["Headers"]
        both = {**headers, "Webhook-Signature": f"{other_signature} {headers['Webhook-Signature']}"}
        self.assertTrue(accepts(request), "a signed request was refused")
        self.assertTrue(accepts({**request, "Headers": both}), "a second signature was not tried")
        for name, changed in changed_requests(request, other_signature):
            self.assertFalse(accepts(changed), f"{name} was accepted")

    def test_verifies_hmac(self):
        self.check(read_snippets("snippets.js", "snippets"), HMAC_KEYS)

    def test_verifies_ed25519(self):
        self.check(read_snippets("snippets_ed25519.js", "ed25519Snippets"), ED25519_KEYS)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} BUILD_DIR [unittest's arguments]")
    SnippetsTest.BUILD = sys.argv.pop(1)
    unittest.main(verbosity=2)
