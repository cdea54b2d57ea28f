#include "api/conversion/project_conversion.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "api/conversion/delivery_conversion.h"
#include "api/conversion/resource_names.h"
#include "api/validation/field_path.h"
#include "base/limits.h"
#include "base/status.h"

namespace hookd {
namespace {

constexpr absl::string_view kLabelPath = "labels.";
constexpr char kLabels[] = "project.labels";

// Every label twice, because a mask may name those that go and those that come; and every field.
constexpr int kMaxPaths = 2 * limits::kMaxLabels + 16;

bool IsLabelText(absl::string_view text) {
  return text.size() <= limits::kMaxLabelBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_';
         });
}

bool IsLabelKey(absl::string_view key) {
  return IsLabelText(key) && !key.empty() && absl::ascii_islower(key.front());
}

std::string TooManyLabels(size_t count) {
  return absl::StrCat("must be at most ", limits::kMaxLabels, " labels, not ", count);
}

// Reads one label of the message.
void ReadLabel(const std::string& key, const std::string& value, Project& project,
               FieldViolations& violations) {
  const auto path = [&key] {
    const FieldPath labels(kLabels);
    return labels.Key(key).ToString();
  };
  if (!IsLabelKey(key)) {
    violations.Add(path(), absl::StrCat("has a key that is not 1 to ", limits::kMaxLabelBytes,
                                        " lower-case letters, digits, - and _, beginning with a letter"));
  }
  if (!IsLabelText(value)) {
    violations.Add(path(), absl::StrCat("must be at most ", limits::kMaxLabelBytes,
                                        " lower-case letters, digits, - and _"));
  }
  project.labels[key] = value;
}

// The key in a path such as `labels.team`, which may be in backticks (AIP-161).
absl::string_view LabelIn(absl::string_view path) {
  absl::ConsumePrefix(&path, kLabelPath);
  if (path.size() >= 2 && path.front() == '`' && path.back() == '`') path = path.substr(1, path.size() - 2);
  return path;
}

std::string NotCurrent(absl::string_view path) {
  return absl::StrCat("has ", path, ", which cannot be updated: leave it out, or send its current value");
}

// Reads the path of a field that cannot be updated. Returns false if there is no such field.
bool ReadFixedPath(absl::string_view path, const v1::Project& proto, ProjectUpdate& update,
                   FieldViolations& violations) {
  const absl::string_view name = path.substr(0, path.find('.'));
  if (name == "create_time") {
    update.create_time = proto.create_time();
    return true;
  }
  if (name == "etag") {
    // Any other value than the current one is a conflict.
    if (proto.etag().empty()) violations.Add("update_mask", NotCurrent(path));
    return true;
  }
  // The name is that of the project which is updated. Callers who send what they read must not fail because
  // an event was accepted since.
  return name == "name" || name == "webhook_count" || name == "pending_delivery_count" ||
         name == "events_24h";
}

void ReadPath(const std::string& path, const v1::Project& proto, ProjectUpdate& update,
              FieldViolations& violations) {
  constexpr char kMutable[] =
      "display_name, labels, a single label such as labels.team, or * alone for all of them";
  const bool is_label = absl::StartsWith(path, kLabelPath);
  if (path == "display_name") {
    update.display_name = true;
  } else if (path == "labels") {
    update.labels = true;
  } else if (is_label && (IsLabelKey(LabelIn(path)) || proto.labels().contains(std::string(LabelIn(path))))) {
    // One that is set to a value is checked with the others.
    update.label_keys.emplace(LabelIn(path));
  } else if (!ReadFixedPath(path, proto, update, violations)) {
    violations.Add("update_mask", absl::StrCat("has ", path, ", but only these can be updated: ", kMutable));
  }
}

void ReadMask(const google::protobuf::FieldMask& mask, const v1::Project& proto, ProjectUpdate& update,
              FieldViolations& violations) {
  if (mask.paths().empty()) {
    update.display_name = !proto.display_name().empty();
    update.labels = !proto.labels().empty();
    return;
  }
  if (mask.paths_size() == 1 && mask.paths(0) == "*") {
    update.display_name = update.labels = true;
    return;
  }
  if (mask.paths_size() > kMaxPaths) {
    return violations.Add("update_mask",
                          absl::StrCat("must have at most ", kMaxPaths, " paths, not ", mask.paths_size()));
  }
  for (const std::string& path : mask.paths()) {
    ReadPath(path, proto, update, violations);
    if (violations.full()) break;
  }
}

}  // namespace

void ToProto(const Projects::Counted& counted, v1::Project& proto) {
  const Project& project = counted.project;
  proto.set_name(ProjectName(project.id));
  proto.set_display_name(project.display_name);
  for (const auto& [key, value] : project.labels) (*proto.mutable_labels())[key] = value;
  if (project.create_time.has_value()) ToProto(*project.create_time, *proto.mutable_create_time());
  if (project.key != 0) proto.set_etag(EtagOf(project));
  proto.set_webhook_count(counted.webhooks);
  proto.set_pending_delivery_count(counted.pending_deliveries);
  proto.set_events_24h(counted.events_24h);
}

ProjectUpdate ReadProjectUpdate(const google::protobuf::FieldMask& mask, const v1::Project& proto,
                                FieldViolations& violations) {
  ProjectUpdate update;
  ReadMask(mask, proto, update, violations);
  if (update.labels) update.label_keys.clear();
  if (update.display_name) {
    if (proto.display_name().size() > limits::kMaxDisplayNameBytes) {
      violations.Add("project.display_name", absl::StrCat("must be at most ", limits::kMaxDisplayNameBytes,
                                                          " bytes, not ", proto.display_name().size()));
    }
    update.values.display_name = proto.display_name();
  }
  if (update.labels && proto.labels_size() > limits::kMaxLabels) {
    violations.Add(kLabels, TooManyLabels(proto.labels().size()));
    return update;
  }
  for (const auto& [key, value] : proto.labels()) {
    if (update.labels || update.label_keys.contains(key)) ReadLabel(key, value, update.values, violations);
    if (violations.full()) break;
  }
  return update;
}

absl::Status Apply(const ProjectUpdate& update, Project& project) {
  if (update.create_time.has_value()) {
    google::protobuf::Timestamp created;
    if (project.create_time.has_value()) ToProto(*project.create_time, created);
    if (created.seconds() != update.create_time->seconds() ||
        created.nanos() != update.create_time->nanos()) {
      return FieldError("update_mask", NotCurrent("create_time"));
    }
  }
  if (update.display_name) project.display_name = update.values.display_name;
  if (update.labels) project.labels = update.values.labels;
  for (const std::string& key : update.label_keys) {
    const auto value = update.values.labels.find(key);
    if (value == update.values.labels.end()) {
      project.labels.erase(key);
    } else {
      project.labels[key] = value->second;
    }
  }
  if (project.labels.size() <= static_cast<size_t>(limits::kMaxLabels)) return absl::OkStatus();
  return FieldError(kLabels, TooManyLabels(project.labels.size()));
}

}  // namespace hookd
