#include "openapi/error_responses.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "openapi/message_schemas.h"

namespace hookd {
namespace {

using google::protobuf::Descriptor;

struct Code {
  const char* status;
  const char* name;  // of the component
  const char* description;
  bool of_body = false;  // only where the request has a body
};

constexpr Code kCodes[] = {
    {"400", "InvalidArgument",
     "`INVALID_ARGUMENT`: the request is not valid; a `google.rpc.BadRequest` in the details lists every "
     "violation by field path. `FAILED_PRECONDITION`: the state of the resource does not allow the call. "
     "`OUT_OF_RANGE`. Also a request that is not valid HTTP."},
    {"401", "Unauthenticated", "`UNAUTHENTICATED`: the token is missing, unknown, expired or deleted."},
    {"403", "PermissionDenied",
     "`PERMISSION_DENIED`: the token does not permit the request, or the request comes from a web page of "
     "another site."},
    {"404", "NotFound", "`NOT_FOUND`: the resource, or the path, does not exist."},
    {"405", "MethodNotAllowed", "The path does not have the HTTP method. `Allow` lists those that it has."},
    {"406", "NotAcceptable", "The response has none of the media types in `Accept`."},
    {"408", "RequestTimeout", "The request did not arrive in time."},
    {"409", "Conflict",
     "`ALREADY_EXISTS`: the resource already exists. `ABORTED`: the etag is outdated; read the resource, and "
     "decide again."},
    {"413", "ContentTooLarge", "The body is larger than 16 MiB.", true},
    {"415", "UnsupportedMediaType", "The body is not of type `application/json`.", true},
    {"429", "ResourceExhausted",
     "`RESOURCE_EXHAUSTED`: a limit was reached. With a `google.rpc.RetryInfo`, which is also sent as "
     "`Retry-After`, the condition is temporary."},
    {"431", "HeadersTooLarge", "The request line and the headers are larger than 16 KiB."},
    {"499", "Canceled", "`CANCELLED`: the caller canceled the call."},
    {"500", "Internal", "`INTERNAL`, `UNKNOWN` or `DATA_LOSS`: an error of the server."},
    {"501", "Unimplemented", "`UNIMPLEMENTED`: the server, or its store, does not have the method."},
    {"503", "Unavailable",
     "`UNAVAILABLE`: the store or the server cannot be reached. Retry with the same `requestId`; "
     "`Retry-After` may say when."},
    {"504", "DeadlineExceeded",
     "`DEADLINE_EXCEEDED`: it is unknown whether the call took effect. Retry with the same `requestId`."},
    {"default", "Error", "Any other error."},
};

Json Header(const char* description, Json schema, JsonMaker& json) {
  return json.Object("description", description, "schema", std::move(schema));
}

// The header that comes with the status, if there is one.
Json Headers(const std::string& status, JsonMaker& json) {
  if (status == "401") {
    return json.Object("WWW-Authenticate", Header("How to authenticate (RFC 6750), such as `Bearer`.",
                                                  json.Object("type", "string"), json));
  }
  if (status == "405") {
    return json.Object("Allow", Header("The HTTP methods of the path.", json.Object("type", "string"), json));
  }
  if (status == "429" || status == "503") {
    return json.Object("Retry-After", Header("How many seconds to wait before a retry.",
                                             json.Object("type", "integer", "minimum", 0), json));
  }
  return Json();
}

std::string TypeUrl(const Descriptor& detail) { return "type.googleapis.com/" + detail.full_name(); }

// The detail as a JSON object of an Any: its fields, and `@type`.
Json DetailSchema(const Descriptor& detail, const char* description, JsonMaker& json, Definitions& schemas) {
  MessageSchemas messages(json, schemas);
  Json schema = messages.Object(detail, Direction::kOutput, detail.name(), {});
  schema["description"] = json.Text(description);
  json.Add(schema["properties"], "@type", json.Object("type", "string", "const", TypeUrl(detail)));
  json.Add(schema, "required", json.Array("@type"));
  return schema;
}

}  // namespace

void AddErrorSchemas(JsonMaker& json, Definitions& schemas) {
  const std::pair<const Descriptor*, const char*> details[] = {
      {google::rpc::BadRequest::descriptor(), "Every violation of the request, by field path."},
      {google::rpc::ResourceInfo::descriptor(), "The resource that does not exist, exists or has changed."},
      {google::rpc::RetryInfo::descriptor(), "How long to wait before a retry."},
  };
  Json any_of = json.Array();
  Json known = json.Array();
  for (const auto& [detail, description] : details) {
    schemas[detail->name()] = DetailSchema(*detail, description, json, schemas);
    json.Append(any_of, json.Object("$ref", "#/components/schemas/" + detail->name()));
    json.Append(known, TypeUrl(*detail));
  }
  // Later versions may have others.
  json.Append(any_of, json.Object("type", "object", "title", "AnotherDetail", "properties",
                                  json.Object("@type", json.Object("type", "string", "not",
                                                                   json.Object("enum", std::move(known)))),
                                  "required", json.Array("@type")));
  schemas["Status"] = json.Object(
      "type", "object", "title", "Status", "description", "An error: a `google.rpc.Status`.", "properties",
      json.Object("code",
                  json.Object("type", "integer", "format", "int32", "description",
                              "The code, a `google.rpc.Code`, such as 5 for `NOT_FOUND`."),
                  "message",
                  json.Object("type", "string", "description",
                              "What is wrong, where, and what to do: for people. It may change."),
                  "details",
                  json.Object("type", "array", "description", "What programs can rely on.", "items",
                              json.Object("anyOf", std::move(any_of)))),
      "required", json.Array("code", "message"));
}

Json ErrorResponses(JsonMaker& json) {
  Json responses = json.Object();
  for (const Code& code : kCodes) {
    Json schema = json.Object("$ref", "#/components/schemas/Status");
    Json response = json.Object("description", code.description, "content",
                                json.Object("application/json", json.Object("schema", std::move(schema))));
    Json headers = Headers(code.status, json);
    if (headers.IsObject()) json.Add(response, "headers", std::move(headers));
    json.Add(responses, code.name, std::move(response));
  }
  return responses;
}

void AddErrorResponses(bool with_body, JsonMaker& json, Json& responses) {
  for (const Code& code : kCodes) {
    if (code.of_body && !with_body) continue;
    json.Add(responses, code.status, json.Object("$ref", absl::StrCat("#/components/responses/", code.name)));
  }
}

}  // namespace hookd
