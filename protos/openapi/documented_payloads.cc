#include "openapi/documented_payloads.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "hookd/v1/samples.h"
#include "openapi/comments.h"
#include "openapi/message_schemas.h"
#include "openapi/payload_schemas.h"

namespace hookd {
namespace {

using google::protobuf::FieldDescriptor;

constexpr char kEmitPath[] = "/v1/projects/{project}/events:emit";
constexpr int kMaxDocuments = 1000;  // as of BatchEmitEventsRequest.requests

std::string ComponentOf(const FieldDescriptor& type, bool open) {
  return type.message_type()->name() + (open ? "Payload" : "PayloadInput");
}

// Adds the schemas of all payloads, and `name` for any of them.
void AddPayloads(const EventTypeFields& types, bool open, const std::string& name, JsonMaker& json,
                 Definitions& schemas) {
  PayloadSchemas payloads(json, schemas,
                          {.reference_prefix = "#/components/schemas/",
                           .suffix = open ? "Payload" : "PayloadInput",
                           .open = open});
  Json choices = json.Array();
  Json mapping = json.Object();
  for (const FieldDescriptor* type : types) {
    const std::string reference = "#/components/schemas/" + ComponentOf(*type, open);
    schemas[ComponentOf(*type, open)] = payloads.Payload(*type);
    json.Append(choices, json.Object("$ref", reference));
    json.Add(mapping, type->name(), reference);
  }
  schemas[name] = json.Object("title", name, "description", "An event as its documented JSON.", "oneOf",
                              std::move(choices), "discriminator",
                              json.Object("propertyName", "type", "mapping", std::move(mapping)));
}

Json HeaderParameter(const char* name, bool required, const char* description, const char* pattern,
                     JsonMaker& json) {
  Json schema = json.Object("type", "string");
  if (pattern != nullptr) json.Add(schema, "pattern", pattern);
  return json.Object("name", name, "in", "header", "required", required, "description", description, "schema",
                     std::move(schema));
}

Json WebhookHeaders(JsonMaker& json) {
  return json.Array(
      HeaderParameter("Webhook-Id", true,
                      "The id of the event, by which receivers detect duplicates: a retry and a redelivery "
                      "have the same.",
                      nullptr, json),
      HeaderParameter("Webhook-Timestamp", true,
                      "When the attempt was made, in seconds since the Unix epoch.", "^[0-9]+$", json),
      HeaderParameter("Webhook-Signature", false,
                      "The signatures of `id.timestamp.body` by the webhook's secrets, separated by spaces: "
                      "`v1,` and an HMAC-SHA256 in base64, or `v1a,` and an Ed25519 signature in base64 "
                      "(Standard Webhooks). Missing only if the webhook has no secret.",
                      "^v1a?,[A-Za-z0-9+/=]+( v1a?,[A-Za-z0-9+/=]+)*$", json),
      HeaderParameter("User-Agent", true, "`hookd/` and its version.", nullptr, json),
      HeaderParameter("traceparent", false, "The W3C trace context of the call that emitted the event.",
                      nullptr, json),
      HeaderParameter("tracestate", false, "The rest of the trace context.", nullptr, json));
}

Json WebhookResponses(JsonMaker& json) {
  return json.Object(
      "2XX", json.Object("description", "The delivery succeeded. hookd ignores the body."), "410",
      json.Object("description", "The delivery failed, and hookd disables the webhook."), "default",
      json.Object("description",
                  "The delivery failed, as without a response within the webhook's timeout (5 seconds by "
                  "default). hookd sends it again only if the webhook has a retry policy. A `Retry-After` "
                  "extends the pause. hookd does not follow redirects."));
}

// The named examples of a request: the documented payloads, several, and one within a request.
Json RequestExamples(const EventTypeFields& types, JsonMaker& json) {
  Json examples = json.Object();
  Json several = json.Array();
  for (const FieldDescriptor* type : types) {
    Json sample = DocumentedSample(*type, json);
    if (several.Size() < 2) json.Append(several, json.Copy(sample));
    json.Add(examples, type->name(),
             json.Object("summary", absl::StrCat("The documented `", type->name(), "`"), "value",
                         std::move(sample)));
  }
  json.Add(examples, "several",
           json.Object("summary", "Several documented payloads", "value", std::move(several)));
  const std::string document = R"({"type":"converted","user":{"id":123}})";
  json.Add(examples, "request",
           json.Object("summary", "A request with a documented payload as text", "value",
                       json.Object("document", document, "requestId", "order-1732")));
  const Json user = json.Object("id", json.Object("number", "123"), "email", "steve@getvero.com");
  json.Add(examples, "protobuf",
           json.Object("summary", "A request with an event as protobuf JSON", "value",
                       json.Object("event", json.Object("converted", json.Object("user", json.Copy(user))))));
  return examples;
}

}  // namespace

Json Webhooks(const EventTypeFields& types, JsonMaker& json, Definitions& schemas) {
  AddPayloads(types, true, "Payload", json, schemas);
  Json webhooks = json.Object();
  for (const FieldDescriptor* type : types) {
    const std::string description = Description(*type->message_type());
    Json content = json.Object(
        "schema", json.Object("$ref", "#/components/schemas/" + ComponentOf(*type, true)), "examples",
        json.Object(type->name(), json.Object("value", DocumentedSample(*type, json))));
    Json operation =
        json.Object("operationId", "receive_" + type->name(), "tags", json.Array("Webhooks"), "summary",
                    FirstSentence(description), "description", description, "security",
                    json.Array(json.Object()), "parameters", WebhookHeaders(json), "requestBody",
                    json.Object("required", true, "description", "The event as its documented JSON.",
                                "content", json.Object("application/json", std::move(content))),
                    "responses", WebhookResponses(json));
    json.Add(webhooks, type->name(), json.Object("post", std::move(operation)));
  }
  return webhooks;
}

void AddDocumentedRequests(const EventTypeFields& types, JsonMaker& json, Definitions& schemas, Json& paths) {
  AddPayloads(types, false, "PayloadInput", json, schemas);
  Json& operation = paths[kEmitPath]["post"];
  Json& content = operation["requestBody"]["content"]["application/json"];
  const char* payload = "#/components/schemas/PayloadInput";
  Json request = json.Copy(content["schema"]);
  content["schema"] = json.Object(
      "oneOf",
      json.Array(std::move(request), json.Object("$ref", payload),
                 json.Object("type", "array", "title", "PayloadInputs", "description",
                             "Several events, which are accepted together or not at all.", "items",
                             json.Object("$ref", payload), "minItems", 1, "maxItems", kMaxDocuments)));
  json.Add(content, "examples", RequestExamples(types, json));
  operation["requestBody"]["description"] =
      json.Text("The request, a documented payload as it is, or an array of documented payloads.");

  // What a request has besides the event is given by the query.
  for (const char* name : {"requestId", "validateOnly"}) {
    Json schema = json.Copy(schemas["EmitEventBody"]["properties"][name]);
    Json description = json.Copy(schema["description"]);
    schema.EraseMember("description");
    json.Append(operation["parameters"],
                json.Object("name", name, "in", "query", "description",
                            absl::StrCat("With documented payloads as the body. ", description.GetString()),
                            "schema", std::move(schema)));
  }
  Json& result = operation["responses"]["200"];
  result["description"] = json.Text("The result. An array is answered like `EventService_BatchEmitEvents`.");
  Json& schema = result["content"]["application/json"]["schema"];
  Json one = json.Copy(schema);
  schema = json.Object(
      "anyOf",
      json.Array(std::move(one), json.Object("$ref", "#/components/schemas/BatchEmitEventsResponse")));
}

Json PayloadSchemaFile(const FieldDescriptor& type, JsonMaker& json) {
  Definitions definitions;
  PayloadSchemas payloads(json, definitions, {.reference_prefix = "#/$defs/"});
  Json file = json.Object("$schema", "https://json-schema.org/draft/2020-12/schema", "$id",
                          absl::StrCat("https://hookd.dev/schemas/v1/", type.name(), ".json"));
  json.AddMembers(file, payloads.Payload(type));
  json.Add(file, "$defs", json.Take(definitions));
  json.Add(file, "examples", json.Array(DocumentedSample(type, json)));
  return file;
}

}  // namespace hookd
