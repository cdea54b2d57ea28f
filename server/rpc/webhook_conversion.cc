#include "rpc/webhook_conversion.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/limits.h"
#include "delivery/webhooks.h"
#include "http/url.h"
#include "rpc/delivery_conversion.h"
#include "rpc/resource_names.h"

namespace hookd {
namespace {

void ReadUrl(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations) {
  auto url = NormalizeUrl(proto.url());
  if (url.ok()) {
    webhook.url = *std::move(url);
  } else {
    violations.Add("webhook.url", url.status().message());
  }
}

void ReadEventTypes(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations) {
  webhook.event_types.reset();
  if (proto.event_types().empty()) {
    violations.Add("webhook.event_types", "must have at least one type");
  }
  for (int i = 0; i < proto.event_types_size(); ++i) {
    const int type = proto.event_types(i);
    if (type == v1::EVENT_TYPE_UNSPECIFIED || !v1::EventType_IsValid(type)) {
      violations.Add(absl::StrCat("webhook.event_types[", i, "]"),
                     absl::StrCat(type, " is not a type of event: see hookd.v1.EventType"));
      if (violations.full()) return;
    } else {
      webhook.event_types.set(static_cast<size_t>(type));
    }
  }
}

void ReadDisplayName(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations) {
  if (proto.display_name().size() > limits::kMaxDisplayNameBytes) {
    violations.Add("webhook.display_name", absl::StrCat("must be at most ", limits::kMaxDisplayNameBytes,
                                                        " bytes, not ", proto.display_name().size()));
  }
  webhook.display_name = proto.display_name();
}

void ReadTimeout(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations) {
  webhook.timeout = limits::kDefaultTimeout;
  if (!proto.has_timeout()) return;
  // Seconds are looked at before they are converted: a huge number must not wrap.
  const int64_t seconds = proto.timeout().seconds();
  const int32_t nanos = proto.timeout().nanos();
  const absl::Duration timeout = absl::Seconds(seconds) + absl::Nanoseconds(nanos);
  if (seconds < 0 || nanos < 0 || nanos > 999'999'999 || timeout < limits::kMinTimeout ||
      timeout > limits::kMaxTimeout || nanos % 1'000'000 != 0) {
    violations.Add("webhook.timeout",
                   absl::StrCat("must be ", absl::FormatDuration(limits::kMinTimeout), " to ",
                                absl::FormatDuration(limits::kMaxTimeout), ", in whole milliseconds"));
    return;
  }
  webhook.timeout = timeout;
}

}  // namespace

void ToProto(const Webhook& webhook, v1::Webhook& proto) {
  if (!webhook.id.empty()) proto.set_name(WebhookName(webhook.project, webhook.id));
  proto.set_url(webhook.url);
  for (size_t type = 0; type < webhook.event_types.size(); ++type) {
    if (webhook.event_types[type]) proto.add_event_types(static_cast<v1::EventType>(type));
  }
  proto.set_disabled(webhook.disabled);
  proto.set_display_name(webhook.display_name);
  ToProto(webhook.timeout, *proto.mutable_timeout());
  if (webhook.revision == 0) return;
  ToProto(webhook.create_time, *proto.mutable_create_time());
  ToProto(webhook.update_time, *proto.mutable_update_time());
  proto.set_etag(EtagOf(webhook));
}

const std::vector<WebhookField>& WebhookFields() {
  static const auto* fields = new std::vector<WebhookField>{
      {"url", [](const v1::Webhook& proto) { return !proto.url().empty(); }, ReadUrl,
       [](const Webhook& from, Webhook& to) { to.url = from.url; }},
      {"event_types", [](const v1::Webhook& proto) { return !proto.event_types().empty(); }, ReadEventTypes,
       [](const Webhook& from, Webhook& to) { to.event_types = from.event_types; }},
      {"disabled", [](const v1::Webhook& proto) { return proto.disabled(); },
       [](const v1::Webhook& proto, Webhook& webhook, FieldViolations&) {
         webhook.disabled = proto.disabled();
       },
       [](const Webhook& from, Webhook& to) { to.disabled = from.disabled; }},
      {"display_name", [](const v1::Webhook& proto) { return !proto.display_name().empty(); },
       ReadDisplayName, [](const Webhook& from, Webhook& to) { to.display_name = from.display_name; }},
      {"timeout", [](const v1::Webhook& proto) { return proto.has_timeout(); }, ReadTimeout,
       [](const Webhook& from, Webhook& to) { to.timeout = from.timeout; }},
  };
  return *fields;
}

std::vector<WebhookField> FieldsToUpdate(const google::protobuf::FieldMask& mask, const v1::Webhook& proto,
                                         FieldViolations& violations) {
  const std::vector<WebhookField>& all = WebhookFields();
  if (mask.paths_size() == 1 && mask.paths(0) == "*") return all;
  std::vector<WebhookField> fields;
  if (mask.paths().empty()) {
    std::copy_if(all.begin(), all.end(), std::back_inserter(fields),
                 [&](const WebhookField& field) { return field.is_set(proto); });
    return fields;
  }
  for (const std::string& path : mask.paths()) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const WebhookField& field) { return path == field.name; });
    if (found != all.end()) {
      fields.push_back(*found);
      continue;
    }
    violations.Add(
        "update_mask",
        absl::StrCat(
            "has ", path, ", but only these can be updated: ",
            absl::StrJoin(all, ", ", [](std::string* out, const WebhookField& field) { *out += field.name; }),
            "; or * alone for all of them"));
    if (violations.full()) break;
  }
  return fields;
}

}  // namespace hookd
