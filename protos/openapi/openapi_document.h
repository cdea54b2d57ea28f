// The API as an OpenAPI 3.1 document, compiled into the program. Thread-safe.
#ifndef HOOKD_OPENAPI_OPENAPI_DOCUMENT_H_
#define HOOKD_OPENAPI_OPENAPI_DOCUMENT_H_

#include "absl/strings/string_view.h"

namespace hookd {

// Returns openapi.json. The result is valid for the whole process.
absl::string_view OpenApiDocument();

}  // namespace hookd

#endif  // HOOKD_OPENAPI_OPENAPI_DOCUMENT_H_
