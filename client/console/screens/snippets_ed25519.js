// Like snippets.js, for signatures with Ed25519, which the published Standard Webhooks libraries do not verify.

const go = `import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// Respond with 401 if it returns an error. body: the bytes as received.
func verify(headers http.Header, body []byte) error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Getenv("WEBHOOK_PUBLIC_KEY"), "whpk_"))
	if err != nil || len(key) != ed25519.PublicKeySize {
		return errors.New("WEBHOOK_PUBLIC_KEY is not a public key")
	}
	timestamp := headers.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return errors.New("too old, or from the future")
	}
	signed := append([]byte(headers.Get("Webhook-Id")+"."+timestamp+"."), body...)
	for _, each := range strings.Fields(headers.Get("Webhook-Signature")) { // one for each valid key
		encoded, isEd25519 := strings.CutPrefix(each, "v1a,")
		signature, err := base64.StdEncoding.DecodeString(encoded)
		if isEd25519 && err == nil && ed25519.Verify(key, signed, signature) {
			return nil
		}
	}
	return errors.New("no signature is valid")
}
`;

const python = `# pip install cryptography
import base64
import json
import os
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

key = Ed25519PublicKey.from_public_bytes(base64.b64decode(os.environ["WEBHOOK_PUBLIC_KEY"].removeprefix("whpk_")))


# Respond with 401 if it raises an exception. body: the bytes as received.
def verify(headers, body):
    headers = {name.lower(): value for name, value in headers.items()}
    timestamp = headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > 300:
        raise ValueError("too old, or from the future")
    signed = f"{headers['webhook-id']}.{timestamp}.".encode() + body
    for each in headers["webhook-signature"].split():  # one for each valid key
        try:
            if each.startswith("v1a,"):
                key.verify(base64.b64decode(each.removeprefix("v1a,")), signed)
                return json.loads(body)
        except InvalidSignature:
            pass
    raise ValueError("no signature is valid")
`;

const node = `import { createPublicKey, verify as verifySignature } from 'node:crypto';

const raw = Buffer.from(process.env.WEBHOOK_PUBLIC_KEY.replace('whpk_', ''), 'base64');
const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });

// Respond with 401 if it throws. body: the Buffer as received, before a JSON parser.
export function verify(headers, body) {
  const timestamp = headers['webhook-timestamp'];
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) < 300)) throw new Error('too old, or from the future');
  const signed = Buffer.concat([Buffer.from(\`\${headers['webhook-id']}.\${timestamp}.\`), body]);
  const signatures = headers['webhook-signature'].split(' ').filter((each) => each.startsWith('v1a,'));
  const isValid = signatures.some((each) => verifySignature(null, signed, key, Buffer.from(each.slice(4), 'base64')));
  if (!isValid) throw new Error('no signature is valid');
  return JSON.parse(body.toString());
}
`;

const java = `import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;

final class Signatures {
  // Respond with 401 if it throws. body: the text as received.
  static void verify(HttpHeaders headers, String body) throws Exception {
    String timestamp = headers.firstValue("Webhook-Timestamp").orElse("");
    if (Math.abs(Instant.now().getEpochSecond() - Long.parseLong(timestamp)) > 300) {
      throw new GeneralSecurityException("too old, or from the future");
    }
    byte[] raw = Base64.getDecoder().decode(System.getenv("WEBHOOK_PUBLIC_KEY").replace("whpk_", ""));
    byte[] prefix = HexFormat.of().parseHex("302a300506032b6570032100"); // of an Ed25519 key, RFC 8410
    byte[] encoded = ByteBuffer.allocate(44).put(prefix).put(raw).array();
    Signature verification = Signature.getInstance("Ed25519");
    String signed = headers.firstValue("Webhook-Id").orElse("") + "." + timestamp + "." + body;
    for (String each : headers.firstValue("Webhook-Signature").orElse("").split(" ")) { // one for each valid key
      if (!each.startsWith("v1a,")) continue;
      verification.initVerify(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded)));
      verification.update(signed.getBytes(StandardCharsets.UTF_8));
      if (verification.verify(Base64.getDecoder().decode(each.substring(4)))) return;
    }
    throw new GeneralSecurityException("no signature is valid");
  }
}
`;

const rust = `// cargo add ed25519-dalek base64 http
use base64::{prelude::BASE64_STANDARD, Engine};
use ed25519_dalek::{Signature, VerifyingKey};
use std::time::{SystemTime, UNIX_EPOCH};

// Respond with 401 if it returns None. body: the bytes as received.
fn verify(headers: &http::HeaderMap, body: &[u8]) -> Option<()> {
    let key = std::env::var("WEBHOOK_PUBLIC_KEY").ok()?;
    let key: [u8; 32] = BASE64_STANDARD.decode(key.strip_prefix("whpk_")?).ok()?.try_into().ok()?;
    let header = |name: &str| headers.get(name)?.to_str().ok();
    let (id, timestamp) = (header("webhook-id")?, header("webhook-timestamp")?);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    if now.abs_diff(timestamp.parse().ok()?) > 300 {
        return None; // too old, or from the future
    }
    let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    let key = VerifyingKey::from_bytes(&key).ok()?;
    let is_valid = |each: &str| {
        let signature = BASE64_STANDARD.decode(each.strip_prefix("v1a,")?).ok()?;
        key.verify_strict(&signed, &Signature::from_slice(&signature).ok()?).ok()
    };
    header("webhook-signature")?.split(' ').find_map(is_valid) // one for each valid key
}
`;

const cpp = `// OpenSSL: link with -lcrypto
#include <openssl/evp.h>

#include <cstdlib>
#include <ctime>
#include <memory>
#include <sstream>
#include <string>

// The bytes of base64 text that ends with \`padding\` equals signs.
std::string Decode(const std::string& text, int padding) {
  std::string bytes(text.size(), '\\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return size < padding ? "" : bytes.substr(0, size - padding);
}

// Respond with 401 if it returns false. public_key: whpk_... id, timestamp and signatures: the headers
// Webhook-Id, Webhook-Timestamp and Webhook-Signature. body: the bytes as received.
bool Verify(const std::string& public_key, const std::string& id, const std::string& timestamp,
            const std::string& signatures, const std::string& body) {
  if (std::llabs(std::time(nullptr) - std::atoll(timestamp.c_str())) > 300) return false;
  const auto bytes = [](const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  const std::string raw = Decode(public_key.substr(5), 1);  // after whpk_
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(raw), raw.size()), EVP_PKEY_free);
  const std::string signed_text = id + "." + timestamp + "." + body;
  std::istringstream list(signatures);  // one for each valid key
  for (std::string each; list >> each;) {
    if (each.compare(0, 4, "v1a,") != 0) continue;
    const std::string signature = Decode(each.substr(4), 2);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
        EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(signed_text),
                         signed_text.size()) == 1) {
      return true;
    }
  }
  return false;
}
`;

/** The snippets in the order in which they are offered. */
export const ed25519Snippets = [
  { id: 'go', label: 'Go', text: go },
  { id: 'python', label: 'Python', text: python },
  { id: 'node', label: 'Node', text: node },
  { id: 'java', label: 'Java', text: java },
  { id: 'rust', label: 'Rust', text: rust },
  { id: 'cpp', label: 'C++', text: cpp },
];
