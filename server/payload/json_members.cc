#include "payload/json_members.h"

#include <rapidjson/error/en.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "payload/json_text.h"

namespace hookd {
namespace {

using rapidjson::SizeType;

// The levels whose members are kept.
constexpr int kKeptLevels = 2;
// Most objects have at most this many, so that one allocation suffices.
constexpr size_t kUsualMembers = 11;
// The levels of a document: its own, that of `event`, and those of free-form data.
constexpr int kMaxLevels = 2 + limits::kMaxNesting;

}  // namespace

// The handler of RapidJSON's parser that keeps the members.
class JsonMembers::Handler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Handler> {
 public:
  Handler(absl::string_view json, const rapidjson::MemoryStream& stream, JsonMembers& members,
          RefuseMember refuse)
      : json_(json), stream_(stream), members_(members), refuse_(refuse) {}

  bool Null() { return Scalar(JsonMember::kNull, ""); }
  bool Bool(bool) { return Scalar(JsonMember::kBool, ""); }
  bool RawNumber(const char*, SizeType, bool) { return Scalar(JsonMember::kNumber, ""); }
  bool String(const char* text, SizeType size, bool) { return Scalar(JsonMember::kString, {text, size}); }

  bool Key(const char* text, SizeType size, bool) {
    const size_t begin = Begin();
    end_ = stream_.Tell();
    if (level_ <= kKeptLevels) {
      auto& members = level_ == 1 ? members_.root_.members : members_.root_.members.back().members;
      if (members.empty()) members.reserve(kUsualMembers);
      members.emplace_back().source = json_.substr(begin);
      members.back().key = Unescaped({text, size}, begin);
    }
    return IsText({text, size}, begin);
  }

  bool StartObject() { return Start(JsonMember::kObject); }
  bool StartArray() { return Start(JsonMember::kArray); }
  bool EndObject(SizeType) { return End(); }
  bool EndArray(SizeType) { return End(); }

 private:
  // Where the token begins that was just parsed.
  size_t Begin() const {
    // absl::string_view::find_first_not_of would build a table of all characters each time.
    constexpr auto kIsBetween = [](char c) {
      return c == ' ' || c == ',' || c == ':' || c == '\n' || c == '\r' || c == '\t';
    };
    size_t begin = end_;
    while (begin < json_.size() && kIsBetween(json_[begin])) ++begin;
    return begin;
  }

  // The member whose value is the current one; null if that is in an array or too deep.
  JsonMember* Current() {
    if (level_ == 1) return &members_.root_.members.back();
    if (level_ != 2 || members_.root_.members.back().kind != JsonMember::kObject) return nullptr;
    return &members_.root_.members.back().members.back();
  }

  bool Scalar(JsonMember::Kind kind, absl::string_view text) {
    if (level_ == 0) return Refuse("must be a JSON object");
    const size_t begin = Begin();
    end_ = stream_.Tell();
    if (JsonMember* member = Current(); member != nullptr) {
      member->kind = kind;
      if (kind == JsonMember::kString) member->text = Unescaped(text, begin);
      EndValue(*member, begin);
    }
    return kind != JsonMember::kString || IsText(text, begin);
  }

  bool Start(JsonMember::Kind kind) {
    if (level_ == 0 && kind != JsonMember::kObject) return Refuse("must be a JSON object");
    if (level_ == kMaxLevels) {
      return Refuse(
          absl::StrCat("is nested too deeply: at most ", limits::kMaxNesting, " levels are allowed"));
    }
    const size_t begin = stream_.Tell();
    end_ = begin + 1;
    if (level_ > 0) {
      if (JsonMember* member = Current(); member != nullptr) {
        member->kind = kind;
        member->value = json_.substr(begin);
      }
    }
    ++level_;
    return true;
  }

  bool End() {
    --level_;
    end_ = stream_.Tell() + 1;
    if (level_ == 0) return true;
    if (JsonMember* member = Current(); member != nullptr) {
      EndValue(*member, static_cast<size_t>(member->value.data() - json_.data()));
    }
    return true;
  }

  void EndValue(JsonMember& member, size_t begin) {
    member.value = json_.substr(begin, end_ - begin);
    member.source = {member.source.data(), static_cast<size_t>(json_.data() + end_ - member.source.data())};
  }

  // Whether the string that begins at `begin` has no escapes.
  bool IsPlain(absl::string_view text, size_t begin) const { return text.size() + 2 == end_ - begin; }

  // The same text, but valid as long as the members.
  absl::string_view Unescaped(absl::string_view text, size_t begin) {
    if (IsPlain(text, begin)) return json_.substr(begin + 1, text.size());
    return members_.unescaped_.emplace_back(text);
  }

  // RapidJSON accepts the second half of a surrogate pair without the first.
  bool IsText(absl::string_view text, size_t begin) {
    if (IsPlain(text, begin) || ValidUtf8Length(text) == text.size()) return true;
    return Refuse("has an escape that is no character: half a surrogate pair");
  }

  bool Refuse(absl::string_view description) {
    std::string path;
    if (level_ > 0 && !members_.root_.members.empty()) {
      const JsonMember& member = members_.root_.members.back();
      path = MemberPath("", ReplaceInvalidUtf8(member.key));
      if (level_ > 1 && !member.members.empty()) {
        path = MemberPath(path, ReplaceInvalidUtf8(member.members.back().key));
      }
    }
    refuse_(path, description);
    return false;
  }

  const absl::string_view json_;
  const rapidjson::MemoryStream& stream_;
  JsonMembers& members_;
  const RefuseMember refuse_;
  int level_ = 0;   // how many objects and arrays are open
  size_t end_ = 0;  // the end of the previous token
};

bool JsonMembers::Parse(absl::string_view json, RefuseMember refuse) {
  // RapidJSON treats a NUL as the end of the text.
  const size_t nul = json.find('\0');
  if (nul != absl::string_view::npos) {
    refuse("", absl::StrCat("is not valid JSON at byte ", nul, ": NUL character"));
    return false;
  }
  const size_t valid = ValidUtf8Length(json);
  if (valid != json.size()) {
    refuse("", absl::StrCat("is not valid UTF-8 at byte ", valid));
    return false;
  }
  rapidjson::MemoryStream stream(json.data(), json.size());
  Handler handler(json, stream, *this, refuse);
  const rapidjson::ParseResult result = ReadJsonText(stream, handler);
  if (!result.IsError()) return true;
  if (result.Code() != rapidjson::kParseErrorTermination) {
    refuse("", absl::StrCat("is not valid JSON at byte ", result.Offset(), ": ",
                            absl::StripSuffix(rapidjson::GetParseError_En(result.Code()), ".")));
  }
  return false;
}

std::string MemberPath(absl::string_view object, absl::string_view key) {
  // Enough of a key to recognize it.
  constexpr size_t kMaxKeyBytes = 64;
  const bool plain =
      !key.empty() && key.size() <= kMaxKeyBytes && std::all_of(key.begin(), key.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
      });
  if (plain) return absl::StrCat(object, object.empty() ? "" : ".", key);
  return absl::StrCat(object, "[\"", absl::Utf8SafeCEscape(AbbreviateUtf8(key, kMaxKeyBytes)), "\"]");
}

}  // namespace hookd
