// The members of a JSON object, and of the objects in it, as slices of its text.
//
// The documented JSON has keys on two levels. Deeper values are parsed, but only kept as text, so the memory
// does not depend on their contents. Not thread-safe.
#ifndef HOOKD_PAYLOAD_JSON_MEMBERS_H_
#define HOOKD_PAYLOAD_JSON_MEMBERS_H_

#include <deque>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace hookd {

// Receives what is wrong with a document: the path of the member, such as `campaign.trigger-event` (empty for
// the whole document), and a sentence without a capital letter and a full stop.
using RefuseMember = absl::FunctionRef<void(absl::string_view path, absl::string_view description)>;

struct JsonMember {
  enum Kind { kNull, kBool, kNumber, kString, kObject, kArray };

  absl::string_view key;     // without escapes
  absl::string_view source;  // the key, colon and value as they were written
  absl::string_view value;   // the value as it was written
  Kind kind = kNull;
  absl::string_view text;           // of a string, without quotes and escapes
  std::vector<JsonMember> members;  // of an object on the first two levels, in their order
  bool read = false;                // for the reader
};

class JsonMembers {
 public:
  // Parses an object (RFC 8259). Returns false, after one call of `refuse`, if `json` is not an object, is
  // not valid UTF-8, has an escape that is not a character (half a surrogate pair), or is nested more deeply
  // than an event with free-form data can be. `json` must outlive the members.
  bool Parse(absl::string_view json, RefuseMember refuse);

  // The object: its `members` are those of the document. Requires: Parse returned true.
  JsonMember& root() { return root_; }

 private:
  class Handler;

  JsonMember root_;
  std::deque<std::string> unescaped_;  // keys and texts that have escapes
};

// Returns the path of a member of the object at `object`: `campaign.type`, `campaign["a b"]`. Requires: `key`
// is valid UTF-8.
std::string MemberPath(absl::string_view object, absl::string_view key);

}  // namespace hookd

#endif  // HOOKD_PAYLOAD_JSON_MEMBERS_H_
