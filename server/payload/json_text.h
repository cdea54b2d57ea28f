// Parses JSON text from callers with RapidJSON. Numbers are passed on as text, with every digit.
//
// Thread-safe; no state.
#ifndef HOOKD_PAYLOAD_JSON_TEXT_H_
#define HOOKD_PAYLOAD_JSON_TEXT_H_

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include "absl/strings/string_view.h"

namespace hookd {

// Passes the events of `text` to a RapidJSON handler until that returns false or the text is not JSON (RFC
// 8259). Nesting does not use the stack.
template <typename Handler>
rapidjson::ParseResult ReadJsonText(absl::string_view text, Handler& handler) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  return reader.Parse<rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag>(stream,
                                                                                              handler);
}

}  // namespace hookd

#endif  // HOOKD_PAYLOAD_JSON_TEXT_H_
