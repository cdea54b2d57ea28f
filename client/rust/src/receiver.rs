//! Receives webhooks: verifies each signature, then answers.
//!
//!     WEBHOOK_SECRET=whsec_... cargo run --bin receiver -- 8080

use std::{env, error::Error, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use standardwebhooks::Webhook;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: WEBHOOK_SECRET=whsec_... receiver PORT";
    let port = env::args().nth(1).ok_or(usage)?.parse()?;
    let secret = env::var("WEBHOOK_SECRET").map_err(|_| usage)?;
    let verifier = Arc::new(Webhook::new(&secret)?);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on http://{}/", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/", post(receive)).with_state(verifier)).await?;
    Ok(())
}

// The signature is of the bytes as they came: verify before anything parses them.
async fn receive(State(verifier): State<Arc<Webhook>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if let Err(error) = verifier.verify(&body, &headers) {
        println!("refused: {error}");
        return StatusCode::UNAUTHORIZED;
    }
    // Answer within 5 seconds: what takes longer belongs into a queue. Webhook-Id tells what was there before.
    let event: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    println!("verified {} {:?}", event["type"].as_str().unwrap_or_default(), headers["webhook-id"]);
    StatusCode::NO_CONTENT
}
