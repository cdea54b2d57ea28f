#include "openapi/operations.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "openapi/comments.h"
#include "openapi/error_responses.h"

namespace hookd {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

// Ids of these collections are chosen by callers; those of the others are made by hookd.
constexpr char kChosenId[] = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";
constexpr char kGeneratedId[] = "^[0-9a-z]+$";

constexpr int kMaxQueryDepth = 4;  // of nested messages, which may contain themselves

Json PathParameter(const ExpandedPath::Parameter& parameter, JsonMaker& json) {
  const bool generated = parameter.collection == "events" || parameter.collection == "deliveries";
  const std::string description =
      generated ? absl::StrCat("The id of the ", parameter.name, ", which hookd generated.")
                : absl::StrCat("The id of the ", parameter.name,
                               ": 1 to 63 lower-case letters, digits and hyphens, starting and ending with a "
                               "letter or digit.");
  return json.Object("name", parameter.name, "in", "path", "required", true, "description", description,
                     "schema",
                     json.Object("type", "string", "pattern", generated ? kGeneratedId : kChosenId));
}

// Whether the field is one value in a query, or a list of such values.
bool FitsQuery(const FieldDescriptor& field) {
  if (field.message_type() == nullptr) return true;
  const std::string& name = field.message_type()->full_name();
  return name == "google.protobuf.Timestamp" || name == "google.protobuf.Duration" ||
         name == "google.protobuf.FieldMask";
}

// The fields of the message that the path gives, from `prefix` on: `name` of `webhook.name` with `webhook.`.
std::set<std::string> PathFields(const ExpandedPath& path, const std::string& prefix) {
  std::set<std::string> fields;
  for (const std::string& field : path.fields) {
    if (field.compare(0, prefix.size(), prefix) == 0) fields.insert(field.substr(prefix.size()));
  }
  return fields;
}

// The first sentence, without what it lists after a colon.
std::string Summary(const std::string& description) {
  const std::string sentence = FirstSentence(description);
  return sentence.substr(0, sentence.find(": "));
}

}  // namespace

void Operations::Add(const std::string& path, const std::string& verb, Json operation, Json& paths) {
  if (!paths.HasMember(path.c_str())) json_.Add(paths, path, json_.Object());
  json_.Add(paths[path.c_str()], verb, std::move(operation));
}

absl::Status Operations::Add(const MethodDescriptor& method, Json& paths) {
  std::string id = absl::StrCat(method.service()->name(), "_", method.name());
  std::string body_name = method.name() + "Body";
  std::set<std::string> fields_of_paths;  // of all bindings: each has a different one
  for (const HttpBinding& binding : HttpBindings(method)) {
    const absl::StatusOr<ExpandedPath> path = ExpandPath(binding.path);
    if (!path.ok()) return path.status();
    fields_of_paths.merge(PathFields(*path, ""));
  }
  for (const HttpBinding& binding : HttpBindings(method)) {
    const ExpandedPath path = *ExpandPath(binding.path);
    const std::string description = Description(method);
    Json operation = json_.Object("operationId", id, "tags", json_.Array(method.service()->name()), "summary",
                                  Summary(description), "description", description);
    Json parameters = Parameters(method, binding, path);
    if (!parameters.Empty()) json_.Add(operation, "parameters", std::move(parameters));
    if (!binding.body.empty()) {
      json_.Add(operation, "requestBody", RequestBody(method, binding, body_name, fields_of_paths));
    }
    json_.Add(operation, "responses", Responses(method, !binding.body.empty()));
    Add(path.path, absl::AsciiStrToLower(binding.verb), std::move(operation), paths);
    id += "_";  // names are unique
    body_name += "_";
  }
  return absl::OkStatus();
}

Json Operations::Parameters(const MethodDescriptor& method, const HttpBinding& binding,
                            const ExpandedPath& path) {
  Json parameters = json_.Array();
  for (const ExpandedPath::Parameter& parameter : path.parameters)
    json_.Append(parameters, PathParameter(parameter, json_));
  if (binding.body != "*") {
    std::set<std::string> left_out = PathFields(path, "");
    left_out.insert(binding.body);
    AddQueryParameters(*method.input_type(), "", left_out, 0, parameters);
  }
  // What can start at a time can be resumed by those who read server-sent events.
  if (method.server_streaming() && method.input_type()->FindFieldByName("start_time") != nullptr) {
    json_.Append(
        parameters,
        json_.Object("name", "Last-Event-ID", "in", "header", "description",
                     "With server-sent events: the id of the last event that was received. The stream "
                     "resumes after it, instead of at `startTime`.",
                     "schema", json_.Object("type", "string")));
  }
  return parameters;
}

void Operations::AddQueryParameters(const Descriptor& message, const std::string& prefix,
                                    const std::set<std::string>& left_out, int depth, Json& parameters) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (left_out.count(field.name()) > 0 || field.is_map()) continue;
    const std::string name = prefix + field.json_name();
    if (FitsQuery(field)) {
      Json schema = messages_.Field(field, Direction::kInput);
      const std::string description = Description(field);
      schema.EraseMember("description");
      Json parameter =
          json_.Object("name", name, "in", "query", "description", description, "schema", std::move(schema));
      if (IsRequired(description) && prefix.empty()) json_.Add(parameter, "required", true);
      json_.Append(parameters, std::move(parameter));
    } else if (!field.is_repeated() && depth < kMaxQueryDepth) {
      AddQueryParameters(*field.message_type(), name + ".", {}, depth + 1, parameters);
    }
  }
}

Json Operations::RequestBody(const MethodDescriptor& method, const HttpBinding& binding,
                             const std::string& name, const std::set<std::string>& left_out) {
  Json schema;
  std::string description = "The request.";
  if (binding.body == "*") {
    schemas_[name] = messages_.Object(*method.input_type(), Direction::kInput, name, left_out);
    // A webhook that is only tested, or changes to a stored one, need not have all that a new one must have.
    const FieldDescriptor* tested = method.input_type()->FindFieldByName("webhook");
    if (tested != nullptr && method.input_type()->FindFieldByName("update_mask") != nullptr) {
      schemas_[name]["properties"][tested->json_name().c_str()] =
          messages_.Field(*tested, Direction::kUpdate);
    }
    schema = json_.Object("$ref", "#/components/schemas/" + name);
  } else {
    const FieldDescriptor& field = *method.input_type()->FindFieldByName(binding.body);
    const Direction direction = binding.verb == "PATCH" ? Direction::kUpdate : Direction::kInput;
    schema = messages_.Reference(*field.message_type(), direction);
    description = Description(field);
  }
  return json_.Object("description", description, "required", true, "content",
                      json_.Object("application/json", json_.Object("schema", std::move(schema))));
}

Json Operations::StreamContent(const MethodDescriptor& method) {
  const std::string name = ComponentName(method.output_type()->full_name());
  const std::string line = method.name() + "Line";
  schemas_[line] = json_.Object(
      "title", line, "description",
      "A line of the response: a message or, in the last line of a stream that fails, an error.", "oneOf",
      json_.Array(
          json_.Object("type", "object", "properties",
                       json_.Object("result", messages_.Reference(*method.output_type(), Direction::kOutput)),
                       "required", json_.Array("result")),
          json_.Object("type", "object", "properties",
                       json_.Object("error", json_.Object("$ref", "#/components/schemas/Status")), "required",
                       json_.Array("error"))));
  return json_.Object(
      "application/x-ndjson", json_.Object("schema", json_.Object("$ref", "#/components/schemas/" + line)),
      "text/event-stream",
      json_.Object("schema",
                   json_.Object("type", "string", "description",
                                absl::StrCat("Server-sent events: the `data` of each is a `", name,
                                             "`; an event named `error` has a `Status` and is the last."))));
}

Json Operations::Responses(const MethodDescriptor& method, bool with_body) {
  Json content;
  std::string description = "The result.";
  if (method.server_streaming()) {
    content = StreamContent(method);
    description = "The messages of the stream, until it ends.";
  } else {
    Json schema = method.output_type()->full_name() == "google.protobuf.Empty"
                      ? json_.Object("type", "object", "description", "An empty object.")
                      : messages_.Reference(*method.output_type(), Direction::kOutput);
    content = json_.Object("application/json", json_.Object("schema", std::move(schema)));
  }
  Json responses =
      json_.Object("200", json_.Object("description", description, "content", std::move(content)));
  AddErrorResponses(with_body, json_, responses);
  return responses;
}

}  // namespace hookd
