// The responses of an API over HTTP that are not the result of a method: errors, which are google.rpc.Status
// with its details.
//
// Thread-safe; no state.
#ifndef HOOKD_OPENAPI_ERROR_RESPONSES_H_
#define HOOKD_OPENAPI_ERROR_RESPONSES_H_

#include "openapi/json_maker.h"

namespace hookd {

// Adds the schemas of a google.rpc.Status and its details to the components.
void AddErrorSchemas(JsonMaker& json, Definitions& schemas);

// The responses of all codes, for `components.responses`.
Json ErrorResponses(JsonMaker& json);

// Adds references to them to the responses of an operation. `with_body` if its request has a body.
void AddErrorResponses(bool with_body, JsonMaker& json, Json& responses);

}  // namespace hookd

#endif  // HOOKD_OPENAPI_ERROR_RESPONSES_H_
