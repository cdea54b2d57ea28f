// Names the field that kept a request from being parsed. Protocol Buffers refuse a proto3 message as a whole,
// without a word, if one of its strings is not UTF-8; a caller has to be told which.
//
// Thread-safe; no state.
#ifndef HOOKD_RPC_INVALID_UTF8_H_
#define HOOKD_RPC_INVALID_UTF8_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace hookd {

// As FieldViolations::Add takes them.
struct InvalidField {
  std::string path;
  std::string description;
};

// Walks `bytes`, which could not be parsed as a message of `type`, up to the first field that is a string and
// not UTF-8, nests past what the parser takes, or is cut off or garbled. Nothing if all is well as far as can
// be told. The path of what is wrong with the message itself, rather than one of its fields, is empty.
std::optional<InvalidField> FindInvalidField(const google::protobuf::Descriptor& type,
                                             absl::string_view bytes);

}  // namespace hookd

#endif  // HOOKD_RPC_INVALID_UTF8_H_
