#include "web/request_reader.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "api/status.h"
#include "base/limits.h"
#include "base/status.h"
#include "base/status_macros.h"
#include "google/protobuf/field_mask.pb.h"
#include "hookd/v1/event_service.pb.h"
#include "web/documents.h"
#include "web/json/json_reader.h"
#include "web/json/query_parameters.h"

namespace hookd {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;

// The value of a field by its path; empty if it is not a string or not set.
std::string FindText(const Message& request, absl::string_view field_path) {
  const Message* message = &request;
  const std::vector<std::string> names = absl::StrSplit(field_path, '.');
  for (const std::string& name : names) {
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(name);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      return message->GetReflection()->GetString(*message, field);
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return "";
    message = &message->GetReflection()->GetMessage(*message, field);
  }
  return "";
}

// Takes the body as documented events, if it is. Returns the field that has them, or nothing if it is not.
absl::StatusOr<absl::string_view> ReadDocuments(absl::string_view body, Message& request) {
  if (auto* emit = google::protobuf::DynamicCastToGenerated<v1::EmitEventRequest>(&request)) {
    const DocumentBody found = FindDocuments(body, 1);
    if (found.kind != DocumentBody::Kind::kDocument) return "";
    emit->set_document(std::string(found.documents.front()));
    return "document";
  }
  auto* batch = google::protobuf::DynamicCastToGenerated<v1::BatchEmitEventsRequest>(&request);
  if (batch == nullptr) return "";
  const DocumentBody found = FindDocuments(body, limits::kMaxBatchSize);
  if (found.kind != DocumentBody::Kind::kList) return "";
  HOOKD_RETURN_IF_ERROR(found.status);
  for (const absl::string_view document : found.documents) {
    batch->add_requests()->set_document(std::string(document));
  }
  return "requests";
}

// Reads the body. Unless `present` is null, adds the paths of what it has.
absl::Status ReadBody(const RequestParts& parts, Message& request, std::vector<std::string>* present,
                      bool* has_documents) {
  if (parts.route.body_field == nullptr) {
    HOOKD_ASSIGN_OR_RETURN(const absl::string_view documents, ReadDocuments(parts.body, request));
    if (!documents.empty()) {
      if (has_documents != nullptr) *has_documents = true;
      if (present != nullptr) present->emplace_back(documents);
      return absl::OkStatus();
    }
    return ReadJson(parts.body, "", request, present);
  }
  Message* const field = request.GetReflection()->MutableMessage(&request, parts.route.body_field);
  return ReadJson(parts.body, parts.route.body, *field, present);
}

absl::Status ReadPath(const std::vector<PathVariable>& variables, Message& request) {
  for (const PathVariable& variable : variables) {
    const std::string in_body = FindText(request, variable.field_path);
    if (!in_body.empty() && in_body != variable.value) {
      return FieldError(variable.field_path, absl::StrCat("is ", in_body, " in the body but ", variable.value,
                                                          " in the path; leave it out of the body"));
    }
    HOOKD_RETURN_IF_ERROR(SetFieldFromText(variable.field_path, variable.value, request));
  }
  return absl::OkStatus();
}

bool MayFillMask(const Route& route) { return route.http_method == "PATCH" && route.body_field != nullptr; }

// Sets an update mask that is empty to what the body has.
void FillMask(const RequestParts& parts, std::vector<std::string> present, Message& request) {
  if (!MayFillMask(parts.route)) return;
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("update_mask");
  if (field == nullptr || field->message_type() != FieldMask::descriptor()) return;
  auto* mask = google::protobuf::DynamicCastToGenerated<FieldMask>(
      request.GetReflection()->MutableMessage(&request, field));
  if (mask == nullptr || !mask->paths().empty()) return;
  for (std::string& path : present) mask->add_paths(std::move(path));
}

absl::Status Read(const RequestParts& parts, Message& request, bool* has_documents) {
  std::vector<std::string> present;
  // What the body has is noted only if it matters, because that takes a third of the time to read it.
  const bool matters =
      MayFillMask(parts.route) || (!parts.query.empty() && parts.route.body_field == nullptr);
  const bool has_body = !parts.route.body.empty();
  if (has_body) HOOKD_RETURN_IF_ERROR(ReadBody(parts, request, matters ? &present : nullptr, has_documents));
  HOOKD_RETURN_IF_ERROR(ReadPath(parts.variables, request));
  if (!parts.query.empty()) {
    std::vector<std::string> bound;
    if (parts.route.body_field != nullptr) {
      bound.push_back(parts.route.body);
    } else {
      bound = present;
    }
    for (const PathVariable& variable : parts.variables) bound.emplace_back(variable.field_path);
    HOOKD_RETURN_IF_ERROR(ReadQueryParameters(parts.query, bound, request));
  }
  FillMask(parts, std::move(present), request);
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadRequest(const RequestParts& parts, Message& request, bool* has_documents) {
  return WithDetails(Read(parts, request, has_documents));
}

}  // namespace hookd
