// The keys of the tables in documents.h. Thread-safe; no state.
#ifndef HOOKD_PAYLOAD_DOCUMENT_KEYS_H_
#define HOOKD_PAYLOAD_DOCUMENT_KEYS_H_

#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "payload/documents.h"

namespace hookd {

// Returns the key that the documented JSON has for a field of an event's messages, such as `trigger-event`.
// Returns an empty text for a field without a key of its own: an event type, the kinds of an Id, and
// free-form properties, whose members are members of the object around them.
absl::string_view DocumentKey(const google::protobuf::FieldDescriptor& field);

// The visitor of a table that calls `list(key, field name)` for each field of a member.
template <typename List>
class KeyLister {
 public:
  explicit KeyLister(List& list) : list_(list) {}

  void Constant(absl::string_view key, absl::string_view) { list_(key, ""); }
  template <typename F>
  void Text(absl::string_view key, F field) {
    list_(key, field.name);
  }
  template <typename F>
  void Integer(absl::string_view key, F field) {
    list_(key, field.name);
  }
  template <typename F>
  void Id(absl::string_view key, F field) {
    list_(key, field.name);
  }
  template <typename F>
  void BounceType(absl::string_view key, F field) {
    list_(key, field.name);
  }
  template <typename F>
  void Object(absl::string_view key, F field) {
    list_(key, field.name);
  }
  template <typename S, typename T>
  void FreeForm(absl::string_view key, S value, T text) {
    list_(key, value.name);
    list_(key, text.name);
  }
  template <typename S, typename T>
  void Properties(S, T) {}

 private:
  List& list_;
};

// Returns the documented keys of the JSON object of a message, in their order.
template <typename Message>
const std::vector<absl::string_view>& KeysOf() {
  static const auto& keys = *new auto([] {
    std::vector<absl::string_view> all;
    auto list = [&all](absl::string_view key, absl::string_view) {
      if (all.empty() || all.back() != key) all.push_back(key);  // a free-form member has two fields
    };
    KeyLister lister(list);
    Describe(lister, Type<Message>());
    return all;
  }());
  return keys;
}

}  // namespace hookd

#endif  // HOOKD_PAYLOAD_DOCUMENT_KEYS_H_
