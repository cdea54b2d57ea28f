#include "payload/writers.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/struct.pb.h"

namespace hookd {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

// --- Members of an object: a key and its value; nothing if the field is not set ---

void Type(absl::string_view name, JsonWriter& json) {
  json.Key("type");
  json.String(name);
}

void Text(absl::string_view key, bool is_set, absl::string_view value, JsonWriter& json) {
  if (!is_set) return;
  json.Key(key);
  json.String(value);
}

void Number(absl::string_view key, bool is_set, int64_t value, JsonWriter& json) {
  if (!is_set) return;
  json.Key(key);
  json.Integer(value);
}

void Id(const v1::Id& id, JsonWriter& json) {
  Number("id", id.kind_case() == v1::Id::kNumber, id.number(), json);
  Text("id", id.kind_case() == v1::Id::kText, id.text(), json);
}

void WriteValue(const Value& value, JsonWriter& json);

// Writes properties sorted by name at every level, because a Struct has no order and the same event must give
// the same bytes. Omits the names in `taken`, so that no free-form property replaces a documented key.
void Properties(const Struct& properties, std::initializer_list<absl::string_view> taken, JsonWriter& json) {
  absl::InlinedVector<std::pair<absl::string_view, const Value*>, 16> sorted;
  for (const auto& [name, value] : properties.fields()) sorted.emplace_back(name, &value);
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [name, value] : sorted) {
    if (std::find(taken.begin(), taken.end(), name) != taken.end()) continue;
    json.Key(name);
    WriteValue(*value, json);
  }
}

// Writes the free-form value: a message has either the Struct or the text, or neither.
void FreeForm(absl::string_view key, bool is_set, const Struct& properties, bool is_text,
              absl::string_view text, JsonWriter& json) {
  if (!is_set && !is_text) return;
  json.Key(key);
  if (is_text) return json.Object(text);
  json.BeginObject();
  Properties(properties, {}, json);
  json.EndObject();
}

void WriteValue(const Value& value, JsonWriter& json) {
  switch (value.kind_case()) {
    case Value::kNullValue:
    case Value::KIND_NOT_SET:
      json.Null();
      break;
    case Value::kBoolValue:
      json.Bool(value.bool_value());
      break;
    case Value::kNumberValue:
      json.Double(value.number_value());
      break;
    case Value::kStringValue:
      json.String(value.string_value());
      break;
    case Value::kStructValue:
      json.BeginObject();
      Properties(value.struct_value(), {}, json);
      json.EndObject();
      break;
    case Value::kListValue:
      json.BeginArray();
      for (const Value& element : value.list_value().values()) WriteValue(element, json);
      json.EndArray();
      break;
  }
}

void User(bool is_set, const v1::User& user, JsonWriter& json) {
  if (!is_set) return;
  json.Key("user");
  json.BeginObject();
  Id(user.id(), json);
  Text("email", user.has_email(), user.email(), json);
  json.EndObject();
}

void Campaign(bool is_set, const v1::Campaign& campaign, JsonWriter& json) {
  if (!is_set) return;
  json.Key("campaign");
  json.BeginObject();
  Id(campaign.id(), json);
  Text("type", campaign.has_type(), campaign.type(), json);
  Text("name", campaign.has_name(), campaign.name(), json);
  Text("group", campaign.has_group(), campaign.group(), json);
  Text("channel", campaign.has_channel(), campaign.channel(), json);
  Text("subject", campaign.has_subject(), campaign.subject(), json);
  Text("trigger-event", campaign.has_trigger_event(), campaign.trigger_event(), json);
  Text("permalink", campaign.has_permalink(), campaign.permalink(), json);
  Text("sent_to", campaign.has_sent_to(), campaign.sent_to(), json);
  Text("variation", campaign.has_variation(), campaign.variation(), json);
  Text("locale", campaign.has_locale(), campaign.locale(), json);
  json.EndObject();
}

void MessageId(bool is_set, absl::string_view message_id, JsonWriter& json) {
  Text("message_id", is_set, message_id, json);
}

// --- Event types: their members in the documented order ---

void Write(const v1::Sent& sent, JsonWriter& json) {
  Number("sent_at", sent.has_sent_at(), sent.sent_at(), json);
  Type("sent", json);
  User(sent.has_user(), sent.user(), json);
  Campaign(sent.has_campaign(), sent.campaign(), json);
  MessageId(sent.has_message_id(), sent.message_id(), json);
}

void Write(const v1::Delivered& delivered, JsonWriter& json) {
  Number("delivered_at", delivered.has_delivered_at(), delivered.delivered_at(), json);
  Type("delivered", json);
  User(delivered.has_user(), delivered.user(), json);
  Campaign(delivered.has_campaign(), delivered.campaign(), json);
  MessageId(delivered.has_message_id(), delivered.message_id(), json);
}

void Write(const v1::Opened& opened, JsonWriter& json) {
  Number("opened_at", opened.has_opened_at(), opened.opened_at(), json);
  Text("user_agent", opened.has_user_agent(), opened.user_agent(), json);
  Type("opened", json);
  User(opened.has_user(), opened.user(), json);
  Campaign(opened.has_campaign(), opened.campaign(), json);
  MessageId(opened.has_message_id(), opened.message_id(), json);
}

void Write(const v1::Clicked& clicked, JsonWriter& json) {
  Number("clicked_at", clicked.has_clicked_at(), clicked.clicked_at(), json);
  Text("user_agent", clicked.has_user_agent(), clicked.user_agent(), json);
  Type("clicked", json);
  User(clicked.has_user(), clicked.user(), json);
  Campaign(clicked.has_campaign(), clicked.campaign(), json);
  MessageId(clicked.has_message_id(), clicked.message_id(), json);
}

void Write(const v1::Failed& failed, JsonWriter& json) {
  Type("failed", json);
  Number("bounce_code", failed.has_bounce_code(), failed.bounce_code(), json);
  Text("bounce_message", failed.has_bounce_message(), failed.bounce_message(), json);
  User(failed.has_user(), failed.user(), json);
  Campaign(failed.has_campaign(), failed.campaign(), json);
}

void Write(const v1::Bounced& bounced, JsonWriter& json) {
  Number("bounced_at", bounced.has_bounced_at(), bounced.bounced_at(), json);
  Text("bounce_type", bounced.bounce_type() == v1::BOUNCE_TYPE_HARD, "hard", json);
  Text("bounce_type", bounced.bounce_type() == v1::BOUNCE_TYPE_SOFT, "soft", json);
  Number("bounce_code", bounced.has_bounce_code(), bounced.bounce_code(), json);
  Text("bounce_message", bounced.has_bounce_message(), bounced.bounce_message(), json);
  Type("bounced", json);
  User(bounced.has_user(), bounced.user(), json);
  Campaign(bounced.has_campaign(), bounced.campaign(), json);
  MessageId(bounced.has_message_id(), bounced.message_id(), json);
}

void Write(const v1::Converted& converted, JsonWriter& json) {
  Type("converted", json);
  User(converted.has_user(), converted.user(), json);
  Campaign(converted.has_campaign(), converted.campaign(), json);
  MessageId(converted.has_message_id(), converted.message_id(), json);
}

void Write(const v1::Unsubscribed& unsubscribed, JsonWriter& json) {
  Number("unsubscribed_at", unsubscribed.has_unsubscribed_at(), unsubscribed.unsubscribed_at(), json);
  Type("unsubscribed", json);
  User(unsubscribed.has_user(), unsubscribed.user(), json);
  if (!unsubscribed.has_campaign()) return;
  const v1::UnsubscribedCampaign& campaign = unsubscribed.campaign();
  json.Key("campaign");
  json.BeginObject();
  Text("campaign_title", campaign.has_campaign_title(), campaign.campaign_title(), json);
  Text("series_title", campaign.has_series_title(), campaign.series_title(), json);
  Text("channel", campaign.has_channel(), campaign.channel(), json);
  MessageId(campaign.has_message_id(), campaign.message_id(), json);
  Text("email_subject", campaign.has_email_subject(), campaign.email_subject(), json);
  Text("variation_name", campaign.has_variation_name(), campaign.variation_name(), json);
  Text("template", campaign.has_template_(), campaign.template_(), json);
  json.EndObject();
}

void Write(const v1::Resubscribed& resubscribed, JsonWriter& json) {
  Type("resubscribed", json);
  User(resubscribed.has_user(), resubscribed.user(), json);
}

void Write(const v1::Complained& complained, JsonWriter& json) {
  Number("complained_at", complained.has_complained_at(), complained.complained_at(), json);
  Type("complained", json);
  User(complained.has_user(), complained.user(), json);
  if (complained.has_event()) {
    const v1::TriggerEvent& event = complained.event();
    json.Key("event");
    json.BeginObject();
    FreeForm("data", event.has_data(), event.data(), event.has_data_json(), event.data_json(), json);
    Text("name", event.has_name(), event.name(), json);
    Number("triggered_at", event.has_triggered_at(), event.triggered_at(), json);
    json.EndObject();
  }
  Campaign(complained.has_campaign(), complained.campaign(), json);
  MessageId(complained.has_message_id(), complained.message_id(), json);
}

void Write(const v1::UserCreated& user_created, JsonWriter& json) {
  Type("user_created", json);
  if (!user_created.has_user()) return;
  const v1::UserCreated::Profile& user = user_created.user();
  json.Key("user");
  json.BeginObject();
  if (user.has_properties_json()) {
    json.Members(user.properties_json());
  } else {
    Properties(user.properties(), {"id", "email"}, json);
  }
  Id(user.id(), json);
  Text("email", user.has_email(), user.email(), json);
  json.EndObject();
}

void Write(const v1::UserUpdated& user_updated, JsonWriter& json) {
  Text("action", true, "user_updated", json);
  Type("user_updated", json);
  User(user_updated.has_user(), user_updated.user(), json);
  Text("id", user_updated.has_id(), user_updated.id(), json);
  Text("email", user_updated.has_email(), user_updated.email(), json);
  FreeForm("changes", user_updated.has_changes(), user_updated.changes(), user_updated.has_changes_json(),
           user_updated.changes_json(), json);
}

}  // namespace

void WriteEvent(const v1::Event& event, JsonWriter& json) {
  switch (event.type_case()) {  // no default: the compiler names the type whose writer is missing
    case v1::Event::kSent:
      return Write(event.sent(), json);
    case v1::Event::kDelivered:
      return Write(event.delivered(), json);
    case v1::Event::kOpened:
      return Write(event.opened(), json);
    case v1::Event::kClicked:
      return Write(event.clicked(), json);
    case v1::Event::kFailed:
      return Write(event.failed(), json);
    case v1::Event::kBounced:
      return Write(event.bounced(), json);
    case v1::Event::kConverted:
      return Write(event.converted(), json);
    case v1::Event::kUnsubscribed:
      return Write(event.unsubscribed(), json);
    case v1::Event::kResubscribed:
      return Write(event.resubscribed(), json);
    case v1::Event::kComplained:
      return Write(event.complained(), json);
    case v1::Event::kUserCreated:
      return Write(event.user_created(), json);
    case v1::Event::kUserUpdated:
      return Write(event.user_updated(), json);
    case v1::Event::TYPE_NOT_SET:
      return;
  }
}

}  // namespace hookd
