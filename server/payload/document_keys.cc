#include "payload/document_keys.h"

#include "absl/container/flat_hash_map.h"
#include "absl/strings/strip.h"

namespace hookd {
namespace {

using google::protobuf::FieldDescriptor;
using Keys = absl::flat_hash_map<const FieldDescriptor*, absl::string_view>;

// Adds the keys of one message.
template <typename Message>
struct AddKey {
  void operator()(absl::string_view key, absl::string_view field) {
    const absl::string_view name = absl::StripSuffix(field, "_");
    const FieldDescriptor* descriptor = Message::descriptor()->FindFieldByName({name.data(), name.size()});
    if (descriptor != nullptr) keys.emplace(descriptor, key);  // a constant has no field
  }
  Keys& keys;
};

// Adds the keys of a message and of the messages in it.
template <typename Message>
class KeyCollector : public KeyLister<AddKey<Message>> {
 public:
  static void Collect(Keys& keys) {
    AddKey<Message> add{keys};
    KeyCollector collector(add, keys);
    Describe(collector, Type<Message>());
  }

  template <typename F>
  void Object(absl::string_view key, F field) {
    KeyLister<AddKey<Message>>::Object(key, field);
    KeyCollector<TypeOfField<Message, F>>::Collect(keys_);
  }

 private:
  KeyCollector(AddKey<Message>& add, Keys& keys) : KeyLister<AddKey<Message>>(add), keys_(keys) {}

  Keys& keys_;
};

Keys CollectKeys() {
  Keys keys;
  const auto* types = v1::Event::descriptor()->FindOneofByName("type");
  for (int i = 0; i < types->field_count(); ++i) {
    WithType(static_cast<v1::Event::TypeCase>(types->field(i)->number()),
             [&](auto type) { KeyCollector<TypeOfField<v1::Event, decltype(type)>>::Collect(keys); });
  }
  return keys;
}

}  // namespace

absl::string_view DocumentKey(const FieldDescriptor& field) {
  static const auto& keys = *new auto(CollectKeys());
  const auto found = keys.find(&field);
  return found == keys.end() ? "" : found->second;
}

}  // namespace hookd
