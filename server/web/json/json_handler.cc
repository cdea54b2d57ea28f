#include "web/json/json_handler.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"
#include "web/json/json_hints.h"

namespace hookd {
namespace {

using google::protobuf::Message;

// Whether an unknown name can be part of a path as it is.
bool IsPlainName(absl::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '$';
  });
}

std::string Twice(const JsonField& field) {
  const std::string& other = field.descriptor->json_name();
  if (other == field.name()) return "is given twice";
  return absl::StrCat("is given twice; ", other, " and ", field.name(), " are the same field");
}

size_t WordsFor(const JsonType& type) {
  const auto bits = type.fields.size() + static_cast<size_t>(type.descriptor->oneof_decl_count());
  return (bits + 63) / 64;
}

}  // namespace

bool JsonHandler::Count() {
  // So many violations are not worth their time: each costs as much as a value.
  constexpr int kMaxViolations = 10'000;
  if (++values_ <= kMaxJsonValues) return violations_.count() < kMaxViolations;
  Add(absl::StrCat("is one of more than ", kMaxJsonValues, " values; send fewer in a request"));
  return false;
}

bool JsonHandler::Value(const JsonToken& token) {
  if (!Count()) return false;
  if (skipped_levels_ > 0) {
    if (json_text_.field != nullptr && ValidUtf8Length(token.text) != token.text.size()) {
      Add("must be valid UTF-8, without lone surrogates");
      json_text_.field = nullptr;
    }
    return true;
  }
  if (levels_.empty()) {
    Add(ExpectedAnother("a JSON object", token));
    return false;
  }
  Level& level = levels_.back();
  Advance(level);
  std::string problem;
  if (level.kind == Level::kStruct || level.kind == Level::kList) {
    if (level.entry == nullptr) return true;
    if (!SetFreeForm(token, static_cast<google::protobuf::Value&>(*level.entry), problem)) Add(problem);
    return true;
  }
  const Target target = NextTarget(level);
  if (target.field == nullptr || LeavesUnset(level, target, token) || !ClaimOneof(level)) return true;
  const JsonField& field = *target.field;
  if ((field.repeated && !target.add) || field.map) {
    Add(ExpectedAnother(field, false, token));
  } else if (field.kind == JsonKind::kValue) {
    if (!SetFreeForm(token, ChildOf<google::protobuf::Value>(field, target.add, *target.message), problem)) {
      Add(problem);
    }
  } else if (!SetScalar(field, token, target.add, *target.message, problem)) {
    Add(problem);
  }
  Report(level);
  return true;
}

bool JsonHandler::Begin(const JsonToken& token) {
  if (!Count()) return false;
  if (levels_.size() + static_cast<size_t>(skipped_levels_) == kMaxJsonDepth) {
    Add(absl::StrCat("is nested more than ", kMaxJsonDepth, " levels deep"));
    return false;
  }
  if (skipped_levels_ > 0) {
    ++skipped_levels_;
    return true;
  }
  if (levels_.empty()) {
    if (token.kind != JsonToken::kObject) {
      Add(ExpectedAnother("a JSON object", token));
      return false;
    }
    EnterMessage(message_, JsonType::Of(message_.GetDescriptor()), present_ != nullptr);
    return true;
  }
  Level& level = levels_.back();
  Advance(level);
  if (level.kind == Level::kStruct || level.kind == Level::kList) {
    if (level.entry == nullptr) {
      skipped_levels_ = 1;
    } else {
      EnterFreeForm(static_cast<google::protobuf::Value&>(*level.entry), token);
    }
    return true;
  }
  const Target target = NextTarget(level);
  if (target.field == nullptr || !ClaimOneof(level)) {
    skipped_levels_ = 1;
  } else if (!Enter(target, token)) {
    Add(target.field->kind == JsonKind::kAny && token.kind == JsonToken::kObject
            ? "is a google.protobuf.Any, which cannot be given as JSON"
            : ExpectedAnother(*target.field, target.add, token));
    skipped_levels_ = 1;
  }
  return true;
}

bool JsonHandler::Enter(const Target& target, const JsonToken& token) {
  const JsonField& field = *target.field;
  const bool is_object = token.kind == JsonToken::kObject;
  Level& level = levels_.back();
  if (field.map || (field.repeated && !target.add)) {
    if (is_object != field.map) return false;
    if (!field.map) Report(level);
    levels_.push_back({.kind = field.map ? Level::kMap : Level::kRepeated,
                       .reports = level.reports && field.map,
                       .message = target.message,
                       .field = target.field});
    if (field.map) levels_.back().keys = std::make_unique<absl::flat_hash_set<std::string>>();
    return true;
  }
  if (field.kind == JsonKind::kJsonText) {
    Report(level);
    json_text_ = target;
    json_text_begin_ = stream_.Tell() - 1;  // of the brace
    skipped_levels_ = 1;
    return true;
  }
  const bool takes_object = field.kind == JsonKind::kMessage || field.kind == JsonKind::kStruct;
  const bool takes_array = field.kind == JsonKind::kListValue;
  if (field.kind != JsonKind::kValue && !(is_object ? takes_object : takes_array)) return false;
  Message& child = ChildOf(field, target.add, *target.message);
  const bool is_leaf = field.kind != JsonKind::kMessage || level.kind == Level::kMap;
  if (is_leaf) Report(level);
  if (field.kind == JsonKind::kMessage) {
    EnterMessage(child, *field.type, level.reports && !is_leaf);
  } else if (field.kind == JsonKind::kValue) {
    EnterFreeForm(static_cast<google::protobuf::Value&>(child), token);
  } else {
    levels_.push_back(
        {.kind = is_object ? Level::kStruct : Level::kList, .reports = false, .message = &child});
  }
  return true;
}

void JsonHandler::EnterFreeForm(google::protobuf::Value& value, const JsonToken& token) {
  if (token.kind == JsonToken::kObject) {
    levels_.push_back({.kind = Level::kStruct, .reports = false, .message = value.mutable_struct_value()});
  } else {
    levels_.push_back({.kind = Level::kList, .reports = false, .message = value.mutable_list_value()});
  }
}

void JsonHandler::EnterMessage(Message& message, const JsonType& type, bool reports) {
  levels_.push_back({.kind = Level::kMessage,
                     .reports = reports,
                     .message = &message,
                     .type = &type,
                     .seen = seen_.size()});
  seen_.resize(seen_.size() + WordsFor(type), 0);
}

bool JsonHandler::End() {
  if (skipped_levels_ > 0) {
    --skipped_levels_;
    if (skipped_levels_ == 0 && json_text_.field != nullptr) {
      const absl::string_view text =
          stream_.source().substr(json_text_begin_, stream_.Tell() - json_text_begin_);
      std::string problem;
      if (!SetScalar(*json_text_.field, {JsonToken::kString, text}, false, *json_text_.message, problem)) {
        Add(problem);
      }
      json_text_ = {};
    }
    return true;
  }
  const Level& ended = levels_.back();
  const bool empty =
      ended.kind == Level::kMessage ? HasSeenNone(ended) : ended.kind == Level::kMap && ended.keys->empty();
  const bool is_leaf = ended.reports && empty;
  if (ended.kind == Level::kMessage) seen_.resize(ended.seen);
  levels_.pop_back();
  if (is_leaf && !levels_.empty()) Report(levels_.back());
  return true;
}

bool JsonHandler::Key(const char*, rapidjson::SizeType, bool) {
  const absl::string_view key = stream_.text();
  if (skipped_levels_ > 0) return Value({JsonToken::kString, key});
  Level& level = levels_.back();
  if (level.kind == Level::kMessage) {
    MemberKey(level, key);
  } else if (level.kind == Level::kMap) {
    MapKey(level, key);
  } else {
    StructKey(level, key);
  }
  return true;
}

void JsonHandler::MemberKey(Level& level, absl::string_view name) {
  level.field = level.type->FindAfter(level.index, name);
  if (level.field != nullptr) level.index = level.field->index;
  if (level.field == nullptr) {
    if (violations_.full()) return Add("");
    // The path of the message, from which the name follows.
    const std::string object = Path(root_, 0);
    const FieldPath path(object);
    violations_.Add(IsPlainName(name) ? path.Field(name).ToString()
                                      : path.Key(ReplaceInvalidUtf8(name.substr(0, 256))).ToString(),
                    absl::StrCat("unknown field", DidYouMean(*level.type, name)));
    return;
  }
  if (!TestAndSet(level, level.field->index)) return;
  Add(violations_.full() ? "" : Twice(*level.field));
  level.field = nullptr;
}

void JsonHandler::SetKey(Level& level, absl::string_view key) {
  level.index = 0;
  level.entry = nullptr;
  if (ValidUtf8Length(key) == key.size()) {
    level.key.assign(key.data(), key.size());
  } else {
    level.key = ReplaceInvalidUtf8(key);  // for the path of the violation
  }
}

void JsonHandler::MapKey(Level& level, absl::string_view key) {
  SetKey(level, key);
  if (!level.keys->emplace(key).second) return Add("is given twice");
  level.entry = &ChildOf(*level.field, true, *level.message);
  std::string problem;
  const JsonField& key_field = level.field->type->fields[0];
  if (SetScalar(key_field, {JsonToken::kPlainText, key}, false, *level.entry, problem)) return;
  Add(absl::StrCat("the key ", problem));
  level.entry = nullptr;
}

void JsonHandler::StructKey(Level& level, absl::string_view key) {
  SetKey(level, key);
  if (ValidUtf8Length(key) != key.size()) return Add("the key must be valid UTF-8, without lone surrogates");
  auto& fields = *static_cast<google::protobuf::Struct&>(*level.message).mutable_fields();
  const size_t count = fields.size();
  google::protobuf::Value& value = fields[level.key];
  if (fields.size() == count) return Add("is given twice");
  level.entry = &value;
}

void JsonHandler::Advance(Level& level) {
  if (level.kind != Level::kRepeated && level.kind != Level::kList) return;
  ++level.index;
  if (level.kind == Level::kList) {
    level.entry = static_cast<google::protobuf::ListValue&>(*level.message).add_values();
  }
}

JsonHandler::Target JsonHandler::NextTarget(Level& level) const {
  switch (level.kind) {
    case Level::kMap:
      return {level.entry, level.entry == nullptr ? nullptr : &level.field->type->fields[1], false};
    case Level::kRepeated:
      return {level.message, level.field, true};
    case Level::kMessage:
    case Level::kStruct:
    case Level::kList:
      break;
  }
  return {level.message, level.field, false};
}

bool JsonHandler::LeavesUnset(Level& level, const Target& target, const JsonToken& token) {
  if (token.kind != JsonToken::kNull || target.add) return false;
  if (!target.field->repeated &&
      (target.field->kind == JsonKind::kValue || target.field->kind == JsonKind::kNullValue)) {
    return false;
  }
  if (level.kind == Level::kMap) {
    if (!level.reports) return false;
    level.field->reflection_of(*level.message).RemoveLast(level.message, level.field->descriptor);
    level.entry = nullptr;
  }
  Report(level);
  return true;
}

bool JsonHandler::ClaimOneof(Level& level) {
  if (level.kind != Level::kMessage || level.field->oneof < 0) return true;
  if (!TestAndSet(level, level.field->oneof)) return true;
  if (violations_.full()) return Add(""), false;
  const auto* oneof = level.field->descriptor->containing_oneof();
  const auto* other =
      level.field->reflection_of(*level.message).GetOneofFieldDescriptor(*level.message, oneof);
  Add(other == nullptr
          ? absl::StrCat("cannot be given together with another field of the oneof ", oneof->name())
          : absl::StrCat("cannot be given together with ", other->name()));
  return false;
}

bool JsonHandler::TestAndSet(const Level& level, int bit) {
  uint64_t& word = seen_[level.seen + static_cast<size_t>(bit) / 64];
  const uint64_t mask = uint64_t{1} << (bit % 64);
  const bool was_set = (word & mask) != 0;
  word |= mask;
  return was_set;
}

bool JsonHandler::HasSeenNone(const Level& level) const {
  // Nothing of other levels follows that of the last one.
  return std::all_of(seen_.begin() + static_cast<ptrdiff_t>(level.seen), seen_.end(),
                     [](uint64_t word) { return word == 0; });
}

void JsonHandler::Report(const Level& level) {
  if (!level.reports) return;
  std::string path;
  for (const Level& part : levels_) {
    if (part.kind == Level::kMessage) absl::StrAppend(&path, path.empty() ? "" : ".", part.field->name());
    if (part.kind == Level::kMap) absl::StrAppend(&path, ".`", part.key, "`");
  }
  present_->push_back(std::move(path));
}

void JsonHandler::Add(absl::string_view description) {
  std::string path;
  if (!violations_.full()) path = Path(root_, 0);
  violations_.Add(path.empty() ? "body" : path, description);
}

void JsonHandler::AddTooLarge(size_t offset) {
  const absl::string_view rest = stream_.source().substr(offset);
  const absl::string_view number =
      rest.substr(0, std::min(rest.find_first_not_of("+-.0123456789eE"), rest.size()));
  const JsonToken token = {JsonToken::kNumber, number};
  if (skipped_levels_ > 0 || levels_.empty())
    return Add(ExpectedAnother("a number in the range of a double", token));
  Level& level = levels_.back();
  Advance(level);
  const bool free_form = level.kind == Level::kStruct || level.kind == Level::kList;
  const Target target = free_form ? Target{} : NextTarget(level);
  Add(target.field == nullptr ? ExpectedAnother("a number in the range of a double", token)
                              : ExpectedAnother(*target.field, target.add, token));
}

std::string JsonHandler::Path(const FieldPath& path, size_t depth) const {
  if (depth == levels_.size()) return path.ToString();
  const Level& level = levels_[depth];
  switch (level.kind) {
    case Level::kMessage:
      return level.field == nullptr ? path.ToString() : Path(path.Field(level.field->name()), depth + 1);
    case Level::kMap:
    case Level::kStruct:
      return level.index < 0 ? path.ToString() : Path(path.Key(level.key), depth + 1);
    case Level::kRepeated:
    case Level::kList:
      break;
  }
  return level.index < 0 ? path.ToString() : Path(path.Index(level.index), depth + 1);
}

}  // namespace hookd
