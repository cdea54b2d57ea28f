//! One event of each type, as a service would emit them. A field that is not set is omitted from the JSON.

use crate::hookd::{
    BounceType, Bounced, Campaign, Clicked, Complained, Converted, Delivered, Event, Failed, Id, Opened, Resubscribed,
    Sent, TriggerEvent, Unsubscribed, UnsubscribedCampaign, User, UserCreated, UserUpdated, event::Type, id,
    user_created::Profile,
};

const AT: Option<i64> = Some(1435016238);

fn text(text: &str) -> Option<String> {
    Some(text.into())
}

fn user() -> Option<User> {
    let id = Id { kind: Some(id::Kind::Number(123)) }; // or Text, for ids that are strings
    Some(User { id: Some(id), email: text("steve@example.com") })
}

fn campaign() -> Option<Campaign> {
    Some(Campaign {
        id: Some(Id { kind: Some(id::Kind::Number(987)) }),
        name: text("Order confirmation"),
        subject: text("Your order is being processed!"),
        ..Default::default()
    })
}

fn event(r#type: Type) -> Event {
    Event { r#type: Some(r#type), ..Default::default() }
}

pub fn opened() -> Event {
    event(Type::Opened(Opened {
        opened_at: AT,
        user_agent: text("Mozilla/5.0"),
        user: user(),
        campaign: campaign(),
        message_id: text("1234@mail.example.com"),
    }))
}

pub fn samples() -> Vec<Event> {
    let (user, campaign, message_id) = (user(), campaign(), text("1234@mail.example.com"));
    let User { id, email } = user.clone().unwrap_or_default();
    let purchase = TriggerEvent {
        name: text("purchased item"),
        data_json: text(r#"{"price": 12.5}"#),
        triggered_at: AT,
        ..Default::default()
    };
    let welcome = UnsubscribedCampaign { campaign_title: text("Welcome"), ..Default::default() };
    let profile = Profile {
        properties_json: text(r#"{"firstname": "Steve"}"#),
        id,
        email: email.clone(),
        ..Default::default()
    };
    [
        Type::Sent(Sent {
            sent_at: AT,
            user: user.clone(),
            campaign: campaign.clone(),
            message_id: message_id.clone(),
        }),
        Type::Delivered(Delivered {
            delivered_at: AT,
            user: user.clone(),
            campaign: campaign.clone(),
            message_id: message_id.clone(),
        }),
        Type::Clicked(Clicked { clicked_at: AT, user: user.clone(), campaign: campaign.clone(), ..Default::default() }),
        Type::Failed(Failed {
            bounce_code: Some(521),
            user: user.clone(),
            campaign: campaign.clone(),
            ..Default::default()
        }),
        Type::Bounced(Bounced {
            bounced_at: AT,
            bounce_type: Some(BounceType::Hard.into()),
            bounce_code: Some(550),
            bounce_message: text("no such user"),
            user: user.clone(),
            campaign: campaign.clone(),
            message_id: message_id.clone(),
        }),
        Type::Converted(Converted { user: user.clone(), campaign: campaign.clone(), message_id: message_id.clone() }),
        Type::Unsubscribed(Unsubscribed { unsubscribed_at: AT, user: user.clone(), campaign: Some(welcome) }),
        Type::Resubscribed(Resubscribed { user: user.clone() }),
        Type::Complained(Complained {
            complained_at: AT,
            user: user.clone(),
            event: Some(purchase),
            campaign,
            message_id,
        }),
        Type::UserCreated(UserCreated { user: Some(profile) }),
        Type::UserUpdated(UserUpdated {
            user,
            id: text("123"),
            email,
            changes_json: text(r#"{"firstname": "Stephen"}"#),
            ..Default::default()
        }),
    ]
    .map(event)
    .into_iter()
    .chain([opened()])
    .collect()
}
