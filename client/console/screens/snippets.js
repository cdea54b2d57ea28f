// Code that verifies the signature of a request, in six languages: a function of its headers and its body as received.
// tests/integration/console/snippets_test.py runs each on requests that hookd signed.

const go = `// go get github.com/standard-webhooks/standard-webhooks/libraries
import (
	"net/http"
	"os"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Respond with 401 if it returns an error. body: the bytes as received.
func verify(headers http.Header, body []byte) error {
	webhook, err := standardwebhooks.NewWebhook(os.Getenv("WEBHOOK_SECRET"))
	if err != nil {
		return err
	}
	return webhook.Verify(body, headers)
}
`;

const python = `# pip install standardwebhooks
import os

from standardwebhooks import Webhook

webhook = Webhook(os.environ["WEBHOOK_SECRET"])


# Respond with 401 if it raises an exception. body: the bytes as received.
def verify(headers, body):
    return webhook.verify(body, dict(headers))
`;

const node = `// npm install standardwebhooks
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET);

// Respond with 401 if it throws. body: the Buffer as received, before a JSON parser.
export function verify(headers, body) {
  return webhook.verify(body, headers);
}
`;

const java = `// Maven: com.standardwebhooks:standardwebhooks
import com.standardwebhooks.Webhook;
import java.net.http.HttpHeaders;

final class Signatures {
  // Respond with 401 if it throws. body: the text as received.
  static void verify(HttpHeaders headers, String body) throws Exception {
    new Webhook(System.getenv("WEBHOOK_SECRET")).verify(body, headers);
  }
}
`;

const rust = `// cargo add standardwebhooks http
use standardwebhooks::{Webhook, WebhookError};

// Respond with 401 if it returns an error. body: the bytes as received.
fn verify(headers: &http::HeaderMap, body: &[u8]) -> Result<(), WebhookError> {
    let secret = std::env::var("WEBHOOK_SECRET").expect("WEBHOOK_SECRET is set");
    Webhook::new(&secret)?.verify(body, headers)
}
`;

const cpp = `// OpenSSL: link with -lcrypto
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>
#include <ctime>
#include <sstream>
#include <string>

// Respond with 401 if it returns false. id, timestamp and signatures: the headers Webhook-Id,
// Webhook-Timestamp and Webhook-Signature. body: the bytes as received.
bool Verify(const std::string& secret, const std::string& id, const std::string& timestamp,
            const std::string& signatures, const std::string& body) {
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  if (std::llabs(std::time(nullptr) - std::atoll(timestamp.c_str())) > 300) return false;
  const std::string encoded = secret.substr(6);  // after whsec_
  unsigned char key[66] = {};
  if (encoded.size() > 88 || EVP_DecodeBlock(key, bytes(encoded), encoded.size()) < 0) return false;
  const std::string signed_text = id + "." + timestamp + "." + body;
  const int key_size = encoded.find_first_of('=') == std::string::npos
                           ? encoded.size() / 4 * 3
                           : encoded.find_first_of('=') * 3 / 4;
  unsigned char mac[32];
  HMAC(EVP_sha256(), key, key_size, bytes(signed_text), signed_text.size(), mac, nullptr);
  unsigned char expected[45];
  EVP_EncodeBlock(expected, mac, sizeof(mac));
  std::istringstream list(signatures);  // one for each valid secret
  for (std::string each; list >> each;) {
    if (each.size() == 47 && each.compare(0, 3, "v1,") == 0 &&
        CRYPTO_memcmp(each.data() + 3, expected, 44) == 0) {
      return true;
    }
  }
  return false;
}
`;

/** The snippets in the order in which they are offered. */
export const snippets = [
  { id: 'go', label: 'Go', text: go },
  { id: 'python', label: 'Python', text: python },
  { id: 'node', label: 'Node', text: node },
  { id: 'java', label: 'Java', text: java },
  { id: 'rust', label: 'Rust', text: rust },
  { id: 'cpp', label: 'C++', text: cpp },
];
