#include "api/handlers/webhook_update.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "api/validation/webhook_credentials.h"
#include "base/limits.h"
#include "google/protobuf/util/field_mask_util.h"
#include "google/protobuf/util/message_differencer.h"

namespace hookd {
namespace {

constexpr absl::string_view kHeaderPath = "headers.";

const WebhookField* FindField(absl::string_view name) {
  for (const WebhookField& field : WebhookFields()) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

// The header in a path such as `headers.X-Api-Key`, whose key may be in backticks (AIP-161).
absl::string_view HeaderIn(absl::string_view path) {
  path.remove_prefix(kHeaderPath.size());
  if (path.size() >= 2 && path.front() == '`' && path.back() == '`') path = path.substr(1, path.size() - 2);
  return path;
}

// Whether the path is that of a part of a field that can be updated separately.
bool IsPart(absl::string_view path) {
  if (absl::StartsWith(path, kHeaderPath)) return !HeaderIn(path).empty();
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  if (names.size() != 2) return false;
  for (const char* whole : {"rate_limit", "retry_policy", "basic_auth", "client_certificate"}) {
    if (names[0] != whole) continue;
    const auto* field = v1::Webhook::descriptor()->FindFieldByName(names[0]);
    return field->message_type()->FindFieldByName(names[1]) != nullptr;
  }
  return false;
}

// Whether the field has the same value in both messages or is unset in both.
bool IsSame(const std::string& name, const v1::Webhook& a, const v1::Webhook& b) {
  google::protobuf::util::MessageDifferencer differencer;
  const auto* field = v1::Webhook::descriptor()->FindFieldByName(name);
  return differencer.CompareWithFields(a, b, {field}, {field});
}

// Whether the path is that of a field that cannot be updated and `proto` has its current value.
bool IsUnchanged(absl::string_view path, const v1::Webhook& proto, const Webhook& stored) {
  const std::string name(path.substr(0, path.find('.')));
  if (v1::Webhook::descriptor()->FindFieldByName(name) == nullptr) return false;
  // Callers who send what they read must not fail because an attempt has ended since.
  if (name == "health") return true;
  // Signing fields are compared specially, because ToProto does not show the secret.
  FieldViolations changed;
  if (name == "signing_secret" || name == "signing_algorithm") {
    CheckSigningIsKept(proto, stored, changed);
    return changed.empty();
  }
  v1::Webhook now;
  ToProto(stored, now);
  return IsSame(name, proto, now);
}

std::string NamesOfFields() {
  return absl::StrJoin(WebhookFields(), ", ",
                       [](std::string* out, const WebhookField& field) { *out += field.name; });
}

}  // namespace

bool CheckUpdateSize(const v1::UpdateWebhookRequest& request, FieldViolations& violations) {
  // Twice the headers, because a mask may name those that go and those that come; and every field.
  constexpr int kMaxPaths = 2 * limits::kMaxHeaders + 64;
  if (request.webhook().headers_size() > limits::kMaxHeaders) {
    violations.Add("webhook.headers", absl::StrCat("must be at most ", limits::kMaxHeaders, " headers, not ",
                                                   request.webhook().headers_size()));
  }
  if (request.update_mask().paths_size() > kMaxPaths) {
    violations.Add("update_mask", absl::StrCat("must have at most ", kMaxPaths, " paths, not ",
                                               request.update_mask().paths_size()));
  }
  return request.webhook().headers_size() <= limits::kMaxHeaders &&
         request.update_mask().paths_size() <= kMaxPaths;
}

WebhookUpdate ReadUpdate(const google::protobuf::FieldMask& mask, const v1::Webhook& proto,
                         const Webhook* stored, FieldViolations& violations) {
  const std::vector<WebhookField>& all = WebhookFields();
  WebhookUpdate update;
  if (mask.paths_size() == 1 && mask.paths(0) == "*") {
    update.fields = all;
    return update;
  }
  if (mask.paths().empty()) {
    std::copy_if(all.begin(), all.end(), std::back_inserter(update.fields),
                 [&](const WebhookField& field) { return field.is_set(proto); });
    return update;
  }
  std::set<std::string> wholes, in_part;
  for (const std::string& path : mask.paths()) {
    const std::string name = path.substr(0, path.find('.'));
    if (FindField(path) != nullptr) {
      wholes.insert(path);
    } else if (IsPart(path)) {
      in_part.insert(name);
      update.parts.add_paths(path);
    } else if (FindField(name) == nullptr && (stored == nullptr || IsUnchanged(path, proto, *stored))) {
      // If the webhook does not exist, the caller gets NOT_FOUND instead of an error about an unchanged
      // field.
      if (stored == nullptr && v1::Webhook::descriptor()->FindFieldByName(name) == nullptr) {
        violations.Add("update_mask", absl::StrCat("has ", path, ", which is not a field of a webhook"));
      }
    } else if (FindField(name) == nullptr && v1::Webhook::descriptor()->FindFieldByName(name) != nullptr) {
      violations.Add("update_mask", absl::StrCat("has ", path,
                                                 ", which cannot be updated: leave it out, or send its "
                                                 "current value"));
    } else {
      violations.Add(
          "update_mask",
          absl::StrCat("has ", path, ", but only these can be updated: ", NamesOfFields(),
                       "; parts of rate_limit, retry_policy, basic_auth and client_certificate, "
                       "such as rate_limit.burst; one of the headers, such as headers.X-Api-Key; or * "
                       "alone for all of them"));
    }
    if (violations.full()) break;
  }
  // In the order of the message, each field once. A field that is listed completely needs none of its parts.
  for (const WebhookField& field : all) {
    if (wholes.count(field.name) + in_part.count(field.name) > 0) update.fields.push_back(field);
  }
  const auto is_whole = [&](const std::string& path) {
    return wholes.count(path.substr(0, path.find('.'))) > 0;
  };
  auto& parts = *update.parts.mutable_paths();
  parts.erase(std::remove_if(parts.begin(), parts.end(), is_whole), parts.end());
  return update;
}

v1::Webhook FillParts(const google::protobuf::FieldMask& parts, v1::Webhook proto, const Webhook& webhook) {
  if (parts.paths().empty()) return proto;
  v1::Webhook now;
  ToProto(webhook, now);
  for (const auto& [name, value] : webhook.headers) (*now.mutable_headers())[name] = value;
  if (webhook.basic_auth.has_value()) {
    now.mutable_basic_auth()->set_password(webhook.basic_auth->password);
  }
  if (webhook.client_certificate.has_value()) {
    now.mutable_client_certificate()->set_private_key(webhook.client_certificate->private_key);
  }
  v1::Webhook filled = proto;
  google::protobuf::FieldMask wholes, fields;
  for (const std::string& path : parts.paths()) {
    wholes.add_paths(path.substr(0, path.find('.')));
    if (!absl::StartsWith(path, kHeaderPath)) fields.add_paths(path);
  }
  google::protobuf::util::FieldMaskUtil::MergeOptions replace;
  replace.set_replace_message_fields(true);
  replace.set_replace_repeated_fields(true);
  google::protobuf::util::FieldMaskUtil::MergeMessageTo(now, wholes, replace, &filled);
  google::protobuf::util::FieldMaskUtil::MergeMessageTo(proto, fields, replace, &filled);
  for (const std::string& path : parts.paths()) {
    if (!absl::StartsWith(path, kHeaderPath)) continue;
    const absl::string_view header = HeaderIn(path);
    const auto named = [header](const auto& entry) { return absl::EqualsIgnoreCase(entry.first, header); };
    auto& headers = *filled.mutable_headers();
    const auto given = std::find_if(proto.headers().begin(), proto.headers().end(), named);
    const auto kept = std::find_if(headers.begin(), headers.end(), named);
    // An empty value keeps the current one.
    if (given != proto.headers().end() && given->second.empty() && kept != headers.end()) continue;
    if (kept != headers.end()) headers.erase(kept);
    if (given != proto.headers().end()) headers[given->first] = given->second;
  }
  return filled;
}

}  // namespace hookd
