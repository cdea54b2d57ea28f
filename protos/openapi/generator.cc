#include "openapi/generator.h"

#include <utility>

#include "absl/status/status.h"
#include "openapi/comments.h"
#include "openapi/documented_payloads.h"
#include "openapi/error_responses.h"
#include "openapi/operations.h"
#include "openapi/payload_schemas.h"

namespace hookd {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::ServiceDescriptor;

constexpr char kDescription[] =
    "hookd accepts events, and delivers them as webhooks. It serves this API over HTTP and over gRPC.\n"
    "\n"
    "* **JSON** is protobuf's mapping to JSON. In requests, the names of the protos (`event_types`) are "
    "accepted as well as those below (`eventTypes`), and so are the other forms that the mapping allows, "
    "such "
    "as enums by number. Unknown fields are rejected. In responses, fields with their default value are "
    "omitted, and a later version may add fields, enum values and event types.\n"
    "* **Descriptions** are the comments of the protos, and use their names.\n"
    "* **Errors** are a `google.rpc.Status` with its details.\n"
    "* **Webhooks**, the requests that receivers get, have the payloads of the section `webhooks`.";

Json Info(const std::string& version, JsonMaker& json) {
  return json.Object("title", "hookd", "version", version, "summary", "A service that delivers webhooks.",
                     "description", kDescription, "license",
                     json.Object("name", "Apache-2.0", "identifier", "Apache-2.0"));
}

Json HealthOperation(JsonMaker& json) {
  const auto health = [&json](const char* status) {
    return json.Object("type", "object", "properties",
                       json.Object("status", json.Object("type", "string", "const", status)), "required",
                       json.Array("status"));
  };
  const auto response = [&json](const char* description, Json schema) {
    return json.Object("description", description, "content",
                       json.Object("application/json", json.Object("schema", std::move(schema))));
  };
  Json responses = json.Object();
  AddErrorResponses(false, json, responses);
  responses.EraseMember("503");
  json.Add(responses, "200", response("hookd serves requests.", health("SERVING")));
  json.Add(responses, "503",
           response("hookd does not serve requests: it is starting or stopping, its store cannot be reached, "
                    "or it has too many requests.",
                    json.Object("anyOf", json.Array(health("NOT_SERVING"),
                                                    json.Object("$ref", "#/components/schemas/Status")))));
  return json.Object("operationId", "Server_Health", "tags", json.Array("Server"), "summary",
                     "Reports whether hookd serves requests", "security", json.Array(json.Object()),
                     "responses", std::move(responses));
}

Json DocumentOperation(JsonMaker& json) {
  Json responses = json.Object(
      "200",
      json.Object("description", "This document.", "content",
                  json.Object("application/json", json.Object("schema", json.Object("type", "object")))));
  AddErrorResponses(false, json, responses);
  return json.Object("operationId", "Server_OpenApi", "tags", json.Array("Server"), "summary",
                     "Returns this document", "security", json.Array(json.Object()), "responses",
                     std::move(responses));
}

Json Tags(const std::vector<const ServiceDescriptor*>& services, JsonMaker& json) {
  Json tags = json.Array();
  for (const ServiceDescriptor* service : services)
    json.Append(tags, json.Object("name", service->name(), "description", Description(*service)));
  json.Append(tags, json.Object("name", "Server", "description", "What the server says of itself."));
  json.Append(tags,
              json.Object("name", "Webhooks", "description", "The requests that hookd sends to receivers."));
  return tags;
}

Json SecuritySchemes(JsonMaker& json) {
  return json.Object(
      "bearer", json.Object("type", "http", "scheme", "bearer", "description",
                            "The secret of a token (`hookd_` and 43 characters), if hookd requires tokens."));
}

}  // namespace

absl::StatusOr<Json> GenerateOpenApi(const std::vector<const FileDescriptor*>& files,
                                     const std::string& version, JsonMaker& json) {
  std::vector<const ServiceDescriptor*> services;
  for (const FileDescriptor* file : files) {
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  Definitions schemas;
  AddErrorSchemas(json, schemas);
  Json paths = json.Object();
  Operations operations(json, schemas);
  for (const ServiceDescriptor* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const absl::Status added = operations.Add(*service->method(i), paths);
      if (!added.ok()) return added;
    }
  }
  const EventTypeFields types = EventTypes(files);
  AddDocumentedRequests(types, json, schemas, paths);
  operations.Add("/healthz", "get", HealthOperation(json), paths);
  operations.Add("/openapi.json", "get", DocumentOperation(json), paths);
  Json webhooks = Webhooks(types, json, schemas);
  Json components = json.Object("schemas", json.Take(schemas), "responses", ErrorResponses(json),
                                "securitySchemes", SecuritySchemes(json));
  return json.Object("openapi", "3.1.0", "info", Info(version, json), "servers",
                     json.Array(json.Object("url", "/")), "security",
                     json.Array(json.Object("bearer", json.Array()), json.Object()), "tags",
                     Tags(services, json), "paths", std::move(paths), "webhooks", std::move(webhooks),
                     "components", std::move(components));
}

}  // namespace hookd
