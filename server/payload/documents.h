// The documented JSON of every event type: its keys in the documented order, and the field of each.
//
// The writer (document_writer.cc) and the reader (document_reader.cc) are both instantiated from these
// tables, so neither has a key that the other lacks. `Describe(members, Type<Message>())` calls one function
// of `members` for each member of the JSON object:
//
//   Constant(key, value)           the text `value`
//   Text(key, field)               a string
//   Integer(key, field)            an integer of the field's type
//   Id(key, field)                 a v1::Id: a number or a string
//   BounceType(key, field)         "hard" or "soft"
//   Object(key, field)             an object, described by the table of the field's message
//   FreeForm(key, value, text)     any object: the field `value` as a Struct, or `text` as JSON text
//   Properties(value, text)        the same, but its members are members of this object
//
// A member is omitted if its field is not set. Thread-safe; no state.
#ifndef HOOKD_PAYLOAD_DOCUMENTS_H_
#define HOOKD_PAYLOAD_DOCUMENTS_H_

#include <type_traits>

#include "absl/strings/string_view.h"
#include "hookd/v1/event.pb.h"

namespace hookd {

template <typename Message>
struct Type {};

// The generated accessors of a field. They are template arguments, so that each use is a direct call.
template <auto has, auto get, auto change>
struct Field {
  absl::string_view name;  // in the proto; a trailing underscore is the generated code's

  template <typename Message>
  static bool Has(const Message& message) {
    return (message.*has)();
  }
  template <typename Message>
  static decltype(auto) Get(const Message& message) {
    return (message.*get)();
  }
  // Sets a scalar, or returns the pointer of a text or a message, which becomes set.
  template <typename Message, typename... Value>
  static auto Change(Message& message, Value... value) {
    return (message.*change)(value...);
  }
};

// The type of a field of `Message`.
template <typename Message, typename Of>
using TypeOfField = std::decay_t<decltype(Of::Get(std::declval<const Message&>()))>;

// NOLINTBEGIN(bugprone-macro-parentheses): types and names cannot stand in parentheses
#define HOOKD_SCALAR(message, field) \
  Field<&v1::message::has_##field, &v1::message::field, &v1::message::set_##field> { #field }
#define HOOKD_FIELD(message, field) \
  Field<&v1::message::has_##field, &v1::message::field, &v1::message::mutable_##field> { #field }
// NOLINTEND(bugprone-macro-parentheses)

// --- Parts of events ---

template <typename Members>
void Describe(Members& members, Type<v1::User>) {
  members.Id("id", HOOKD_FIELD(User, id));
  members.Text("email", HOOKD_FIELD(User, email));
}

template <typename Members>
void Describe(Members& members, Type<v1::Campaign>) {
  members.Id("id", HOOKD_FIELD(Campaign, id));
  members.Text("type", HOOKD_FIELD(Campaign, type));
  members.Text("name", HOOKD_FIELD(Campaign, name));
  members.Text("group", HOOKD_FIELD(Campaign, group));
  members.Text("channel", HOOKD_FIELD(Campaign, channel));
  members.Text("subject", HOOKD_FIELD(Campaign, subject));
  members.Text("trigger-event", HOOKD_FIELD(Campaign, trigger_event));
  members.Text("permalink", HOOKD_FIELD(Campaign, permalink));
  members.Text("sent_to", HOOKD_FIELD(Campaign, sent_to));
  members.Text("variation", HOOKD_FIELD(Campaign, variation));
  members.Text("locale", HOOKD_FIELD(Campaign, locale));
}

template <typename Members>
void Describe(Members& members, Type<v1::UnsubscribedCampaign>) {
  members.Text("campaign_title", HOOKD_FIELD(UnsubscribedCampaign, campaign_title));
  members.Text("series_title", HOOKD_FIELD(UnsubscribedCampaign, series_title));
  members.Text("channel", HOOKD_FIELD(UnsubscribedCampaign, channel));
  members.Text("message_id", HOOKD_FIELD(UnsubscribedCampaign, message_id));
  members.Text("email_subject", HOOKD_FIELD(UnsubscribedCampaign, email_subject));
  members.Text("variation_name", HOOKD_FIELD(UnsubscribedCampaign, variation_name));
  members.Text("template", HOOKD_FIELD(UnsubscribedCampaign, template_));
}

template <typename Members>
void Describe(Members& members, Type<v1::TriggerEvent>) {
  members.FreeForm("data", HOOKD_FIELD(TriggerEvent, data), HOOKD_FIELD(TriggerEvent, data_json));
  members.Text("name", HOOKD_FIELD(TriggerEvent, name));
  members.Integer("triggered_at", HOOKD_SCALAR(TriggerEvent, triggered_at));
}

template <typename Members>
void Describe(Members& members, Type<v1::UserCreated::Profile>) {
  members.Properties(HOOKD_FIELD(UserCreated_Profile, properties),
                     HOOKD_FIELD(UserCreated_Profile, properties_json));
  members.Id("id", HOOKD_FIELD(UserCreated_Profile, id));
  members.Text("email", HOOKD_FIELD(UserCreated_Profile, email));
}

// --- Event types ---

template <typename Members>
void Describe(Members& members, Type<v1::Sent>) {
  members.Integer("sent_at", HOOKD_SCALAR(Sent, sent_at));
  members.Constant("type", "sent");
  members.Object("user", HOOKD_FIELD(Sent, user));
  members.Object("campaign", HOOKD_FIELD(Sent, campaign));
  members.Text("message_id", HOOKD_FIELD(Sent, message_id));
}

template <typename Members>
void Describe(Members& members, Type<v1::Delivered>) {
  members.Integer("delivered_at", HOOKD_SCALAR(Delivered, delivered_at));
  members.Constant("type", "delivered");
  members.Object("user", HOOKD_FIELD(Delivered, user));
  members.Object("campaign", HOOKD_FIELD(Delivered, campaign));
  members.Text("message_id", HOOKD_FIELD(Delivered, message_id));
}

template <typename Members>
void Describe(Members& members, Type<v1::Opened>) {
  members.Integer("opened_at", HOOKD_SCALAR(Opened, opened_at));
  members.Text("user_agent", HOOKD_FIELD(Opened, user_agent));
  members.Constant("type", "opened");
  members.Object("user", HOOKD_FIELD(Opened, user));
  members.Object("campaign", HOOKD_FIELD(Opened, campaign));
  members.Text("message_id", HOOKD_FIELD(Opened, message_id));
}

template <typename Members>
void Describe(Members& members, Type<v1::Clicked>) {
  members.Integer("clicked_at", HOOKD_SCALAR(Clicked, clicked_at));
  members.Text("user_agent", HOOKD_FIELD(Clicked, user_agent));
  members.Constant("type", "clicked");
  members.Object("user", HOOKD_FIELD(Clicked, user));
  members.Object("campaign", HOOKD_FIELD(Clicked, campaign));
  members.Text("message_id", HOOKD_FIELD(Clicked, message_id));
}

template <typename Members>
void Describe(Members& members, Type<v1::Failed>) {
  members.Constant("type", "failed");
  members.Integer("bounce_code", HOOKD_SCALAR(Failed, bounce_code));
  members.Text("bounce_message", HOOKD_FIELD(Failed, bounce_message));
  members.Object("user", HOOKD_FIELD(Failed, user));
  members.Object("campaign", HOOKD_FIELD(Failed, campaign));
}

template <typename Members>
void Describe(Members& members, Type<v1::Bounced>) {
  members.Integer("bounced_at", HOOKD_SCALAR(Bounced, bounced_at));
  members.BounceType("bounce_type", HOOKD_SCALAR(Bounced, bounce_type));
  members.Integer("bounce_code", HOOKD_SCALAR(Bounced, bounce_code));
  members.Text("bounce_message", HOOKD_FIELD(Bounced, bounce_message));
  members.Constant("type", "bounced");
  members.Object("user", HOOKD_FIELD(Bounced, user));
  members.Object("campaign", HOOKD_FIELD(Bounced, campaign));
  members.Text("message_id", HOOKD_FIELD(Bounced, message_id));
}

template <typename Members>
void Describe(Members& members, Type<v1::Converted>) {
  members.Constant("type", "converted");
  members.Object("user", HOOKD_FIELD(Converted, user));
  members.Object("campaign", HOOKD_FIELD(Converted, campaign));
  members.Text("message_id", HOOKD_FIELD(Converted, message_id));
}

template <typename Members>
void Describe(Members& members, Type<v1::Unsubscribed>) {
  members.Integer("unsubscribed_at", HOOKD_SCALAR(Unsubscribed, unsubscribed_at));
  members.Constant("type", "unsubscribed");
  members.Object("user", HOOKD_FIELD(Unsubscribed, user));
  members.Object("campaign", HOOKD_FIELD(Unsubscribed, campaign));
}

template <typename Members>
void Describe(Members& members, Type<v1::Resubscribed>) {
  members.Constant("type", "resubscribed");
  members.Object("user", HOOKD_FIELD(Resubscribed, user));
}

template <typename Members>
void Describe(Members& members, Type<v1::Complained>) {
  members.Integer("complained_at", HOOKD_SCALAR(Complained, complained_at));
  members.Constant("type", "complained");
  members.Object("user", HOOKD_FIELD(Complained, user));
  members.Object("event", HOOKD_FIELD(Complained, event));
  members.Object("campaign", HOOKD_FIELD(Complained, campaign));
  members.Text("message_id", HOOKD_FIELD(Complained, message_id));
}

template <typename Members>
void Describe(Members& members, Type<v1::UserCreated>) {
  members.Constant("type", "user_created");
  members.Object("user", HOOKD_FIELD(UserCreated, user));
}

template <typename Members>
void Describe(Members& members, Type<v1::UserUpdated>) {
  members.Constant("action", "user_updated");
  members.Constant("type", "user_updated");
  members.Object("user", HOOKD_FIELD(UserUpdated, user));
  members.Text("id", HOOKD_FIELD(UserUpdated, id));
  members.Text("email", HOOKD_FIELD(UserUpdated, email));
  members.FreeForm("changes", HOOKD_FIELD(UserUpdated, changes), HOOKD_FIELD(UserUpdated, changes_json));
}

// Calls `function` with the Field of the event type; not at all if `type` is none.
template <typename Function>
void WithType(v1::Event::TypeCase type, Function function) {
  switch (type) {  // no default: the compiler names the type that is missing
    case v1::Event::kSent:
      return function(HOOKD_FIELD(Event, sent));
    case v1::Event::kDelivered:
      return function(HOOKD_FIELD(Event, delivered));
    case v1::Event::kOpened:
      return function(HOOKD_FIELD(Event, opened));
    case v1::Event::kClicked:
      return function(HOOKD_FIELD(Event, clicked));
    case v1::Event::kFailed:
      return function(HOOKD_FIELD(Event, failed));
    case v1::Event::kBounced:
      return function(HOOKD_FIELD(Event, bounced));
    case v1::Event::kConverted:
      return function(HOOKD_FIELD(Event, converted));
    case v1::Event::kUnsubscribed:
      return function(HOOKD_FIELD(Event, unsubscribed));
    case v1::Event::kResubscribed:
      return function(HOOKD_FIELD(Event, resubscribed));
    case v1::Event::kComplained:
      return function(HOOKD_FIELD(Event, complained));
    case v1::Event::kUserCreated:
      return function(HOOKD_FIELD(Event, user_created));
    case v1::Event::kUserUpdated:
      return function(HOOKD_FIELD(Event, user_updated));
    case v1::Event::TYPE_NOT_SET:
      return;
  }
}

#undef HOOKD_SCALAR
#undef HOOKD_FIELD

}  // namespace hookd

#endif  // HOOKD_PAYLOAD_DOCUMENTS_H_
