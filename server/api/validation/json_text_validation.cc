#include "api/validation/json_text_validation.h"

#include <rapidjson/error/en.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "api/validation/free_form_limits.h"
#include "base/limits.h"
#include "payload/json_text.h"

namespace hookd {
namespace {

using rapidjson::SizeType;

// The handler of RapidJSON's parser that checks the limits.
class Checker : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Checker> {
 public:
  Checker(const FieldPath& path, const std::function<bool(absl::string_view name)>& documented,
          FieldViolations& violations)
      : path_(path), documented_(documented), violations_(violations) {}

  // Called for null and Booleans.
  bool Default() { return Enter(); }
  bool RawNumber(const char*, SizeType, bool) { return Enter(); }
  bool String(const char*, SizeType size, bool) {
    if (!Enter()) return false;
    if (size > limits::kMaxStringBytes) Add(TooLongString(size));
    return true;
  }
  bool Key(const char* text, SizeType size, bool) {
    Level& level = levels_.back();
    level.name.assign(text, size);
    if (size > limits::kMaxPropertyNameBytes) Add(TooLongName(size));
    if (levels_.size() == 1 && documented_(level.name)) Add(Overwrites(level.name));
    if (!level.names.insert(level.name).second) Add("is a duplicate: the names in an object must be unique");
    return true;
  }
  bool StartObject() { return Begin({.is_object = true}); }
  bool EndObject(SizeType) { return End(); }
  bool StartArray() { return Begin({.is_object = false}); }
  bool EndArray(SizeType) { return End(); }

 private:
  // An object or list that is being read, and the current position in it.
  struct Level {
    bool is_object;
    std::string name;
    int index = -1;
    absl::flat_hash_set<std::string> names;
  };

  // A value begins. Returns false, to stop the parser, if the text is not an object.
  bool Enter() {
    if (levels_.empty()) {
      Add("must be a JSON object");
      return false;
    }
    if (!levels_.back().is_object) ++levels_.back().index;
    return true;
  }
  bool Begin(Level level) {
    if (!(levels_.empty() && level.is_object) && !Enter()) return false;
    if (levels_.size() == limits::kMaxNesting) {
      Add(TooDeep());
      return false;
    }
    levels_.push_back(std::move(level));
    return true;
  }
  bool End() {
    levels_.pop_back();
    return true;
  }

  void Add(absl::string_view description) {
    violations_.Add(violations_.full() ? "" : PathFrom(path_, 0), description);
  }
  std::string PathFrom(const FieldPath& path, size_t depth) const {
    if (depth == levels_.size()) return path.ToString();
    const Level& level = levels_[depth];
    return PathFrom(level.is_object ? path.Key(level.name) : path.Index(level.index), depth + 1);
  }

  const FieldPath& path_;
  const std::function<bool(absl::string_view name)>& documented_;
  FieldViolations& violations_;
  std::vector<Level> levels_;
};

}  // namespace

void ValidateJsonText(absl::string_view text, const FieldPath& path,
                      const std::function<bool(absl::string_view name)>& documented,
                      FieldViolations& violations) {
  if (text.size() > limits::kMaxPayloadBytes) {
    violations.Add(path.ToString(),
                   absl::StrCat("must be at most ", limits::kMaxPayloadBytes, " bytes, not ", text.size()));
    return;
  }
  // RapidJSON treats a NUL as the end of the text.
  const size_t nul = text.find('\0');
  if (nul != absl::string_view::npos) {
    violations.Add(path.ToString(), absl::StrCat("is not valid JSON at byte ", nul, ": NUL character"));
    return;
  }
  Checker checker(path, documented, violations);
  const rapidjson::ParseResult result = ReadJsonText(text, checker);
  if (!result.IsError() || result.Code() == rapidjson::kParseErrorTermination) return;
  violations.Add(path.ToString(),
                 absl::StrCat("is not valid JSON at byte ", result.Offset(), ": ",
                              absl::StripSuffix(rapidjson::GetParseError_En(result.Code()), ".")));
}

}  // namespace hookd
