#include "hookctl/event_input.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/util/json_util.h"
#include "hookctl/values.h"
#include "hookd/v1/samples.h"
#include "rapidjson/error/en.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/reader.h"

namespace hookctl {
namespace {

// The handler of RapidJSON's parser that finds the value of the key `type` of the outermost object.
class TypeFinder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, TypeFinder> {
 public:
  // Called for values that are no strings.
  bool Default() { return at_type_ = false, true; }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return Default(); }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    if (at_type_) type_.assign(text, size);
    return Default();
  }
  bool Key(const char* name, rapidjson::SizeType size, bool) {
    at_type_ = level_ == 1 && absl::string_view(name, size) == "type";
    found_ = found_ || at_type_;
    return true;
  }
  bool StartObject() { return ++level_, Default(); }
  bool EndObject(rapidjson::SizeType) { return --level_, true; }
  bool StartArray() { return ++level_, Default(); }
  bool EndArray(rapidjson::SizeType) { return --level_, true; }

  bool found() const { return found_; }
  const std::string& type() const { return type_; }  // empty if it is not a string

 private:
  int level_ = 0;
  bool at_type_ = false;  // the next value is that of the key
  bool found_ = false;
  std::string type_;
};

// Splits a sequence of JSON values. It only finds where each value ends; protobuf parses the text.
class Splitter {
 public:
  explicit Splitter(const std::string& text) : text_(text) {
    if (text.compare(0, 3, "\xEF\xBB\xBF") == 0) Advance(3);  // a byte order mark, from Windows
  }

  // Whether only white space is left.
  bool AtEnd() {
    while (position_ < text_.size() &&
           absl::string_view(" \t\r\n").find(text_[position_]) != absl::string_view::npos) {
      Advance(1);
    }
    return position_ == text_.size();
  }

  // The next byte that is not white space; 0 at the end.
  char Peek() { return AtEnd() ? '\0' : text_[position_]; }

  void Advance(size_t bytes) {
    const auto begin = text_.begin() + static_cast<ptrdiff_t>(position_);
    line_ += static_cast<int>(std::count(begin, begin + static_cast<ptrdiff_t>(bytes), '\n'));
    position_ += bytes;
  }

  // Returns the JSON value that begins here, whose tokens are passed to `handler`.
  absl::StatusOr<std::string> Value(TypeFinder& handler) {
    constexpr unsigned kFlags = rapidjson::kParseStopWhenDoneFlag | rapidjson::kParseIterativeFlag |
                                rapidjson::kParseNumbersAsStringsFlag;
    rapidjson::MemoryStream in(text_.data() + position_, text_.size() - position_);
    rapidjson::Reader reader;
    const rapidjson::ParseResult result = reader.Parse<kFlags>(in, handler);
    if (!result) {
      Advance(std::min(result.Offset(), text_.size() - position_));
      return Error(rapidjson::GetParseError_En(result.Code()));
    }
    std::string value = text_.substr(position_, in.Tell());
    Advance(in.Tell());
    return value;
  }

  absl::Status Error(absl::string_view message) const {
    return absl::InvalidArgumentError(absl::StrCat("line ", line_, ": ", message));
  }

  int line() const { return line_; }

 private:
  const std::string& text_;
  size_t position_ = 0;
  int line_ = 1;
};

absl::Status ParseEvent(Splitter& splitter, std::vector<InputEvent>* events) {
  InputEvent input;
  const char first = splitter.Peek();
  input.line = splitter.line();
  const auto where = [&] { return absl::StrCat("line ", input.line, ": event ", events->size() + 1, ": "); };
  if (first != '{') {
    return absl::InvalidArgumentError(absl::StrCat(where(), "is not a JSON object"));
  }
  TypeFinder finder;
  auto value = splitter.Value(finder);
  if (!value.ok()) return value.status();
  if (finder.found()) {
    input.document = *std::move(value);
    input.type = finder.type();
    events->push_back(std::move(input));
    return absl::OkStatus();
  }
  const auto status = google::protobuf::util::JsonStringToMessage(*value, &input.event);
  if (!status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(where(), std::string(status.message())));
  }
  if (input.event.type_case() == hookd::v1::Event::TYPE_NOT_SET) {
    return absl::InvalidArgumentError(absl::StrCat(where(), "has no type"));
  }
  input.type = EventTypeName(input.event);
  events->push_back(std::move(input));
  return absl::OkStatus();
}

// The rest of an array, after its bracket.
absl::Status ParseArray(Splitter& splitter, std::vector<InputEvent>* events) {
  if (splitter.Peek() == ']') {
    splitter.Advance(1);
    return absl::OkStatus();
  }
  while (true) {
    if (absl::Status status = ParseEvent(splitter, events); !status.ok()) return status;
    const char next = splitter.Peek();
    if (next != ',' && next != ']')
      return splitter.Error("an array of events needs a comma or a bracket here");
    splitter.Advance(1);
    if (next == ']') return absl::OkStatus();
  }
}

}  // namespace

absl::StatusOr<std::vector<InputEvent>> ParseEvents(const std::string& json) {
  std::vector<InputEvent> events;
  Splitter splitter(json);
  while (!splitter.AtEnd()) {
    absl::Status status;
    if (splitter.Peek() == '[') {
      splitter.Advance(1);
      status = ParseArray(splitter, &events);
    } else {
      status = ParseEvent(splitter, &events);
    }
    if (!status.ok()) return status;
  }
  return events;
}

InputEvent SampleEvent(const std::string& type) {
  InputEvent input;
  const auto status = google::protobuf::util::JsonStringToMessage(
      std::string(hookd::v1::SampleEventJson(type)), &input.event);
  (void)status;  // the samples are part of the program, and tests parse every one
  input.type = type;
  return input;
}

}  // namespace hookctl
