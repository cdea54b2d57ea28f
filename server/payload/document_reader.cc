#include "payload/document_reader.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/utf8.h"
#include "google/protobuf/descriptor.h"
#include "payload/document_keys.h"
#include "payload/documents.h"

namespace hookd {
namespace {

// Passes on what is wrong, and remembers that something is.
class Refusals {
 public:
  explicit Refusals(RefuseMember refuse) : refuse_(refuse) {}

  void Add(absl::string_view path, absl::string_view description) {
    any_ = true;
    refuse_(path, description);
  }
  bool any() const { return any_; }

 private:
  const RefuseMember refuse_;
  bool any_ = false;
};

// A value for an error message, such as `12`, `"text"` or `an object`.
std::string Shown(const JsonMember& member) {
  // Enough of a value to recognize it.
  constexpr size_t kMaxBytes = 64;
  if (member.kind == JsonMember::kObject) return "an object";
  if (member.kind == JsonMember::kArray) return "an array";
  return AbbreviateUtf8(member.value, kMaxBytes);
}

std::string Expected(absl::string_view what, const JsonMember& member) {
  return absl::StrCat("expected ", what, ", got ", Shown(member),
                      member.kind == JsonMember::kNull ? "; omit the key if it has no value" : "");
}

template <typename Message>
void ReadMembers(Message& message, JsonMember& object, absl::string_view path, Refusals& refusals);

// The visitor of a table that reads the members of an object into the fields of a message.
template <typename Message>
class MemberReader {
 public:
  // `path` is that of the object; empty for the document.
  MemberReader(Message& message, JsonMember& object, absl::string_view path, Refusals& refusals)
      : message_(message), object_(object), path_(path), refusals_(refusals) {}

  void Constant(absl::string_view key, absl::string_view value) {
    const JsonMember* member = Find(key);
    if (member == nullptr) return;
    if (member->kind == JsonMember::kString && member->text == value) return;
    Refuse(*member, Expected(absl::StrCat("\"", value, "\""), *member));
  }

  template <typename F>
  void Text(absl::string_view key, F) {
    if (const JsonMember* member = Find(key, JsonMember::kString, "a string"); member != nullptr) {
      *F::Change(message_) = std::string(member->text);
    }
  }

  template <typename F>
  void Integer(absl::string_view key, F) {
    const JsonMember* member = Find(key, JsonMember::kNumber, "an integer");
    if (member == nullptr) return;
    const auto value = ReadInteger<TypeOfField<Message, F>>(*member, "");
    if (value.has_value()) F::Change(message_, *value);
  }

  template <typename F>
  void Id(absl::string_view key, F) {
    const JsonMember* member = Find(key);
    if (member == nullptr) return;
    if (member->kind == JsonMember::kString) {
      F::Change(message_)->set_text(std::string(member->text));
    } else if (member->kind == JsonMember::kNumber) {
      const auto number = ReadInteger<int64_t>(*member, "; other ids are strings");
      if (number.has_value()) F::Change(message_)->set_number(*number);
    } else {
      Refuse(*member, Expected("a number or a string", *member));
    }
  }

  template <typename F>
  void BounceType(absl::string_view key, F) {
    const JsonMember* member = Find(key);
    if (member == nullptr) return;
    if (member->kind == JsonMember::kString && member->text == "hard") {
      F::Change(message_, v1::BOUNCE_TYPE_HARD);
    } else if (member->kind == JsonMember::kString && member->text == "soft") {
      F::Change(message_, v1::BOUNCE_TYPE_SOFT);
    } else {
      Refuse(*member, Expected("\"hard\" or \"soft\"", *member));
    }
  }

  template <typename F>
  void Object(absl::string_view key, F) {
    JsonMember* member = Find(key, JsonMember::kObject, "an object");
    if (member != nullptr) ReadMembers(*F::Change(message_), *member, MemberPath(path_, key), refusals_);
  }

  template <typename S, typename T>
  void FreeForm(absl::string_view key, S, T) {
    const JsonMember* member = Find(key, JsonMember::kObject, "an object");
    if (member != nullptr) *T::Change(message_) = std::string(member->value);
  }

  // The properties are the members that have no documented key.
  template <typename S, typename T>
  void Properties(S, T) {
    std::string text;
    for (JsonMember& member : object_.members) {
      if (IsDocumented(member.key)) continue;
      member.read = true;
      absl::StrAppend(&text, text.empty() ? "{" : ",", member.source);
    }
    if (!text.empty()) *T::Change(message_) = text + "}";
  }

  // Refuses the members that were not read. Call it once, after the table.
  void Finish() {
    for (const JsonMember& member : object_.members) {
      if (member.read) continue;
      if (IsDocumented(member.key)) {
        Refuse(member, "is a duplicate: the names in an object must be unique");
      } else {
        Refuse(member,
               absl::StrCat("is not documented: the keys here are ", absl::StrJoin(KeysOf<Message>(), ", ")));
      }
    }
  }

 private:
  static bool IsDocumented(absl::string_view key) {
    const auto& keys = KeysOf<Message>();
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  }

  // Returns the member with a key, which is then read; null if there is none.
  JsonMember* Find(absl::string_view key) {
    auto& members = object_.members;
    for (size_t i = 0; i < members.size(); ++i) {
      // Keys are usually in the documented order.
      JsonMember& member = members[(next_ + i) % members.size()];
      if (member.key != key) continue;
      next_ = (next_ + i + 1) % members.size();
      member.read = true;
      return &member;
    }
    return nullptr;
  }

  // The same, but refuses a member of another kind.
  JsonMember* Find(absl::string_view key, JsonMember::Kind kind, absl::string_view what) {
    JsonMember* member = Find(key);
    if (member == nullptr || member->kind == kind) return member;
    Refuse(*member, Expected(what, *member));
    return nullptr;
  }

  // `hint` is added to the error of a number that is not in the range.
  template <typename Number>
  std::optional<Number> ReadInteger(const JsonMember& member, absl::string_view hint) {
    Number number = 0;
    if (absl::SimpleAtoi(member.value, &number)) return number;
    if (member.value.find_first_of(".eE") != absl::string_view::npos) {
      Refuse(member, Expected("an integer without a fraction and an exponent", member));
    } else {
      Refuse(member, absl::StrCat("must be ", std::numeric_limits<Number>::min(), " to ",
                                  std::numeric_limits<Number>::max(), ", not ", Shown(member), hint));
    }
    return std::nullopt;
  }

  void Refuse(const JsonMember& member, absl::string_view description) {
    refusals_.Add(MemberPath(path_, member.key), description);
  }

  Message& message_;
  JsonMember& object_;
  const absl::string_view path_;
  Refusals& refusals_;
  size_t next_ = 0;  // where Find begins
};

template <typename Message>
void ReadMembers(Message& message, JsonMember& object, absl::string_view path, Refusals& refusals) {
  MemberReader<Message> members(message, object, path, refusals);
  Describe(members, Type<Message>());
  members.Finish();
}

// The names of the event types, as a list for an error message.
std::string TypeNames() {
  const auto* types = v1::Event::descriptor()->FindOneofByName("type");
  std::vector<absl::string_view> names;
  names.reserve(static_cast<size_t>(types->field_count()));
  for (int i = 0; i < types->field_count(); ++i) names.emplace_back(types->field(i)->name());
  return absl::StrJoin(names, ", ");
}

// The type that a document names.
v1::Event::TypeCase ReadType(const JsonMember& document, Refusals& refusals) {
  const auto member = std::find_if(document.members.begin(), document.members.end(),
                                   [](const JsonMember& each) { return each.key == "type"; });
  if (member == document.members.end()) {
    refusals.Add("type", absl::StrCat("is required: one of ", TypeNames()));
    return v1::Event::TYPE_NOT_SET;
  }
  if (member->kind == JsonMember::kString) {
    const auto* field = v1::Event::descriptor()->FindFieldByName({member->text.data(), member->text.size()});
    if (field != nullptr && field->containing_oneof() != nullptr) {
      return static_cast<v1::Event::TypeCase>(field->number());
    }
  }
  refusals.Add("type", Expected(absl::StrCat("one of ", TypeNames()), *member));
  return v1::Event::TYPE_NOT_SET;
}

}  // namespace

bool ReadDocument(absl::string_view json, v1::Event& event, RefuseMember refuse) {
  event.Clear();
  JsonMembers document;
  if (!document.Parse(json, refuse)) return false;
  Refusals refusals(refuse);
  WithType(ReadType(document.root(), refusals),
           [&](auto type) { ReadMembers(*type.Change(event), document.root(), "", refusals); });
  return !refusals.any();
}

}  // namespace hookd
