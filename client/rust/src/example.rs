//! Calls hookd: creates a webhook, emits single events and a stream of events, and waits for all deliveries.
//!
//!     cargo run --bin example -- localhost:50051 http://127.0.0.1:8080/

mod events;

use std::{collections::HashSet, env, error::Error, future::Future, time::Duration};

use tonic::{Code, Request, Response, Status, transport::Channel};
use tonic_types::StatusExt;
use uuid::Uuid;

mod hookd {
    tonic::include_proto!("hookd.v1");
}
use hookd::{
    CreateWebhookRequest, DeleteWebhookRequest, DeliveryState, EmitEventRequest, Event, EventType, StreamEventsRequest,
    WatchDeliveriesRequest, Webhook, delivery_service_client::DeliveryServiceClient,
    event_service_client::EventServiceClient, stream_events_response::Result as Answer,
    webhook_service_client::WebhookServiceClient,
};

const PROJECT: &str = "projects/example-rust";
const CALL_DEADLINE: Duration = Duration::from_secs(10); // for unary calls
const WORK_DEADLINE: Duration = Duration::from_secs(60); // for streams
const STREAMED: i64 = 1000;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let [address, url] =
        env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "usage: example ADDRESS URL")?;
    let channel = Channel::from_shared(format!("http://{address}"))?.connect_lazy();

    create_bad_webhook(&channel).await?;
    let webhook = create_webhook(&channel, url).await?;
    let samples = events::samples();
    let count = samples.len() + STREAMED as usize;
    for event in samples {
        emit(&channel, event).await?;
    }
    stream(&channel).await?;
    watch(&channel, &webhook, count).await?;
    let request = DeleteWebhookRequest { name: webhook.name, ..Default::default() };
    WebhookServiceClient::new(channel).delete_webhook(with_deadline(request, CALL_DEADLINE)).await?;
    Ok(())
}

fn with_deadline<T>(message: T, deadline: Duration) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(deadline);
    request
}

/// Retries a call while hookd is UNAVAILABLE, with the policy of protos/hookd/v1/service_config.json, which tonic does not
/// support. Use it only for calls that are safe to retry: those that read, and those with a request id.
async fn retry<T, F: Future<Output = Result<Response<T>, Status>>>(mut call: impl FnMut() -> F) -> Result<T, Status> {
    for pause in [100, 300, 900].map(Duration::from_millis) {
        match call().await {
            Err(status) if status.code() == Code::Unavailable => tokio::time::sleep(pause).await,
            result => return result.map(Response::into_inner),
        }
    }
    call().await.map(Response::into_inner)
}

/// Sends an invalid request, and prints every field violation.
async fn create_bad_webhook(channel: &Channel) -> Outcome<()> {
    let webhook = Webhook { url: "ftp://example.com/".into(), ..Default::default() };
    let request = CreateWebhookRequest { parent: PROJECT.into(), webhook: Some(webhook), ..Default::default() };
    let mut webhooks = WebhookServiceClient::new(channel.clone());
    let Err(status) = webhooks.create_webhook(with_deadline(request, CALL_DEADLINE)).await else {
        return Err("a bad webhook was created".into());
    };
    let Some(bad_request) = status.get_details_bad_request() else {
        return Err(status.into());
    };
    for violation in bad_request.field_violations {
        println!("refused: {}: {}", violation.field, violation.description);
    }
    Ok(())
}

async fn create_webhook(channel: &Channel, url: String) -> Outcome<Webhook> {
    let webhook = Webhook {
        url,
        event_types: (1..).map_while(|number| EventType::try_from(number).ok()).map(i32::from).collect(),
        // The receiver's secret. If it is empty, hookd generates one and returns it in the response.
        signing_secret: env::var("WEBHOOK_SECRET").unwrap_or_default(),
        ..Default::default()
    };
    let request = CreateWebhookRequest {
        parent: PROJECT.into(),
        webhook: Some(webhook),
        request_id: Uuid::new_v4().into(), // makes the call safe to retry
        ..Default::default()
    };
    let created = retry(async || {
        WebhookServiceClient::new(channel.clone()).create_webhook(with_deadline(request.clone(), CALL_DEADLINE)).await
    })
    .await?;
    println!("created {}", created.name);
    Ok(created)
}

async fn emit(channel: &Channel, event: Event) -> Outcome<()> {
    let request = EmitEventRequest {
        parent: PROJECT.into(),
        event: Some(event),
        request_id: Uuid::new_v4().into(),
        ..Default::default()
    };
    let response = retry(async || {
        EventServiceClient::new(channel.clone()).emit_event(with_deadline(request.clone(), CALL_DEADLINE)).await
    })
    .await?;
    println!("emitted {}, to {} webhook", response.event, response.webhook_count);
    Ok(())
}

/// Emits many events in one call. Responses arrive in message order, while messages are still being sent.
async fn stream(channel: &Channel) -> Outcome<()> {
    let messages = tokio_stream::iter((0..STREAMED).map(|number| StreamEventsRequest {
        parent: PROJECT.into(),
        sequence_number: number,
        event: Some(events::opened()),
        request_id: Uuid::new_v4().into(),
        ..Default::default()
    }));
    let request = with_deadline(messages, WORK_DEADLINE);
    let mut answers = EventServiceClient::new(channel.clone()).stream_events(request).await?.into_inner();
    let mut acknowledged = 0;
    while let Some(answer) = answers.message().await? {
        match answer.result {
            Some(Answer::Accepted(_)) if answer.sequence_number == acknowledged => acknowledged += 1,
            other => return Err(format!("instead of acknowledgement {acknowledged}: {other:?}").into()),
        }
    }
    if acknowledged != STREAMED {
        return Err(format!("only {acknowledged} acknowledgements").into());
    }
    println!("streamed {acknowledged} events, all of them acknowledged");
    Ok(())
}

/// Waits until `count` deliveries of the webhook have arrived, including those from before the call.
async fn watch(channel: &Channel, webhook: &Webhook, count: usize) -> Outcome<()> {
    let request = WatchDeliveriesRequest {
        parent: PROJECT.into(),
        filter: format!("webhook = \"{}\"", webhook.name),
        start_time: webhook.create_time,
    };
    let call = retry(async || {
        DeliveryServiceClient::new(channel.clone())
            .watch_deliveries(with_deadline(request.clone(), WORK_DEADLINE))
            .await
    });
    let mut outcomes = call.await?;
    let mut arrived = HashSet::new();
    while arrived.len() < count {
        let outcome = outcomes.message().await?.ok_or("the watch ended")?;
        let delivery = outcome.delivery.unwrap_or_default();
        if delivery.state() != DeliveryState::Delivered {
            return Err(format!("{}: {}", delivery.name, delivery.error).into());
        }
        arrived.insert(delivery.name);
    }
    println!("delivered {} of {count}", arrived.len());
    Ok(())
}
