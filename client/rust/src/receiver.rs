//! Receives webhooks: verifies each signature, then responds.
//!
//!     WEBHOOK_SECRET=whsec_... cargo run --bin receiver -- 8080
//!
//! With a public key (whpk_...) instead of a secret it verifies Ed25519 signatures (`v1a`), which the published library
//! does not support.

use std::{
    env,
    error::Error,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signature, VerifyingKey};
use standardwebhooks::Webhook;

enum Verifier {
    Hmac(Webhook),
    Ed25519(VerifyingKey),
}

impl Verifier {
    fn new(secret: &str) -> Result<Self, Box<dyn Error>> {
        let Some(key) = secret.strip_prefix("whpk_") else {
            return Ok(Self::Hmac(Webhook::new(secret)?));
        };
        let raw: [u8; 32] = BASE64_STANDARD.decode(key)?.try_into().map_err(|_| "not the length of a public key")?;
        Ok(Self::Ed25519(VerifyingKey::from_bytes(&raw)?))
    }

    fn verify(&self, body: &[u8], headers: &HeaderMap) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Hmac(webhook) => Ok(webhook.verify(body, headers)?),
            Self::Ed25519(key) => verify_ed25519(key, body, headers),
        }
    }
}

fn verify_ed25519(key: &VerifyingKey, body: &[u8], headers: &HeaderMap) -> Result<(), Box<dyn Error>> {
    let header = |name| headers.get(name).ok_or(format!("no {name}"))?.to_str().map_err(|error| error.to_string());
    let (id, timestamp) = (header("webhook-id")?, header("webhook-timestamp")?);
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    // At most five minutes, to prevent replay attacks.
    if now.abs_diff(timestamp.parse()?) > 300 {
        return Err("too old, or from the future".into());
    }
    let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    // There is one signature for each key, separated by spaces.
    let mut signatures = header("webhook-signature")?.split(' ').filter_map(|each| each.strip_prefix("v1a,"));
    let is_valid = |encoded: &str| -> Option<()> {
        let signature = Signature::from_slice(&BASE64_STANDARD.decode(encoded).ok()?).ok()?;
        key.verify_strict(&signed, &signature).ok()
    };
    if signatures.any(|each| is_valid(each).is_some()) { Ok(()) } else { Err("no signature is valid".into()) }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: WEBHOOK_SECRET=whsec_... receiver PORT";
    let port = env::args().nth(1).ok_or(usage)?.parse()?;
    let secret = env::var("WEBHOOK_SECRET").map_err(|_| usage)?;
    let verifier = Arc::new(Verifier::new(&secret)?);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}/", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/", post(receive)).with_state(verifier)).await?;
    Ok(())
}

// The signature covers the bytes as received: verify it before parsing them.
async fn receive(State(verifier): State<Arc<Verifier>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if let Err(error) = verifier.verify(&body, &headers) {
        println!("refused: {error}");
        return StatusCode::UNAUTHORIZED;
    }
    // Respond within 5 seconds, and put longer work into a queue. Use Webhook-Id to detect duplicates.
    let event: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    println!("verified {} {:?}", event["type"].as_str().unwrap_or_default(), headers["webhook-id"]);
    StatusCode::NO_CONTENT
}
