// The parts of an OpenAPI document that have the documented payloads: the webhooks that receivers get, and
// events:emit, which takes a payload as it is.
//
// Thread-safe; no state.
#ifndef HOOKD_OPENAPI_DOCUMENTED_PAYLOADS_H_
#define HOOKD_OPENAPI_DOCUMENTED_PAYLOADS_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "openapi/json_maker.h"

namespace hookd {

using EventTypeFields = std::vector<const google::protobuf::FieldDescriptor*>;

// The `webhooks` of the document, by event type. Adds the schemas of payloads to `schemas`.
Json Webhooks(const EventTypeFields& types, JsonMaker& json, Definitions& schemas);

// Adds documented payloads to EventService_EmitEvent in `paths`: the request, its examples and the response.
void AddDocumentedRequests(const EventTypeFields& types, JsonMaker& json, Definitions& schemas, Json& paths);

// The JSON Schema of a type's payload as a document of its own.
Json PayloadSchemaFile(const google::protobuf::FieldDescriptor& type, JsonMaker& json);

}  // namespace hookd

#endif  // HOOKD_OPENAPI_DOCUMENTED_PAYLOADS_H_
