// Parses JSON text from callers with RapidJSON. Numbers are passed on as text, with every digit.
//
// Thread-safe; no state.
#ifndef HOOKD_PAYLOAD_JSON_TEXT_H_
#define HOOKD_PAYLOAD_JSON_TEXT_H_

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include "absl/strings/string_view.h"

namespace hookd {

// Passes the events of a stream to a RapidJSON handler, which can ask the stream for its position: at the
// bracket of an object or array that begins or ends, and after any other token.
template <typename Handler>
rapidjson::ParseResult ReadJsonText(rapidjson::MemoryStream& stream, Handler& handler) {
  rapidjson::Reader reader;
  return reader.Parse<rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag>(stream,
                                                                                              handler);
}

// Passes the events of `text` to a RapidJSON handler until that returns false or the text is not JSON (RFC
// 8259). Nesting does not use the stack.
template <typename Handler>
rapidjson::ParseResult ReadJsonText(absl::string_view text, Handler& handler) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  return ReadJsonText(stream, handler);
}

}  // namespace hookd

#endif  // HOOKD_PAYLOAD_JSON_TEXT_H_
