#include "web/json/json_hints.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"

namespace hookd {
namespace {

// Enough of a value to recognize it.
constexpr size_t kMaxValueBytes = 64;
constexpr size_t kMaxNameBytes = 64;
constexpr int kMaxEnumNames = 16;
constexpr int kMaxExampleDepth = 3;

std::string Example(const JsonField& field, bool element, int depth);

std::string Example(const JsonType& type, int depth) {
  if (type.fields.empty() || depth == kMaxExampleDepth) return "{}";
  const JsonField& first = type.fields[0];
  return absl::StrCat("{\"", first.descriptor->json_name(), "\": ", Example(first, false, depth + 1), "}");
}

std::string ExampleOfOne(const JsonField& field, int depth) {
  switch (field.kind) {
    case JsonKind::kInt32:
    case JsonKind::kInt64:
    case JsonKind::kUint32:
    case JsonKind::kUint64:
      return "123";
    case JsonKind::kFloat:
    case JsonKind::kDouble:
      return "1.5";
    case JsonKind::kBool:
      return "true";
    case JsonKind::kString:
      return "\"text\"";
    case JsonKind::kBytes:
      return "\"aGk=\"";
    case JsonKind::kEnum: {
      const auto* type = field.descriptor->enum_type();
      return absl::StrCat("\"", type->value(type->value_count() > 1 ? 1 : 0)->name(), "\"");
    }
    case JsonKind::kNullValue:
    case JsonKind::kValue:
      return "null";
    case JsonKind::kTimestamp:
      return "\"2026-01-31T12:00:00Z\"";
    case JsonKind::kDuration:
      return "\"1.5s\"";
    case JsonKind::kFieldMask:
      return "\"url,displayName\"";
    case JsonKind::kWrapper:
      return ExampleOfOne(field.type->fields[0], depth);
    case JsonKind::kListValue:
      return "[1]";
    case JsonKind::kStruct:
    case JsonKind::kJsonText:
      return "{\"name\": \"text\"}";
    case JsonKind::kMessage:
      return Example(*field.type, depth);
    case JsonKind::kAny:
      break;
  }
  return "{}";
}

std::string Example(const JsonField& field, bool element, int depth) {
  if (field.map) return absl::StrCat("{\"key\": ", ExampleOfOne(field.type->fields[1], depth), "}");
  const std::string one = ExampleOfOne(field, depth);
  return field.repeated && !element ? absl::StrCat("[", one, "]") : one;
}

std::string EnumNames(const google::protobuf::EnumDescriptor* type) {
  std::vector<absl::string_view> names;
  for (int i = 0; i < type->value_count(); ++i) {
    // Every field that is not set has it; nothing takes it as a value.
    if (!absl::EndsWith(type->value(i)->name(), "_UNSPECIFIED")) names.push_back(type->value(i)->name());
  }
  std::string list = "one of ";
  for (size_t i = 0; i < names.size() && i < kMaxEnumNames; ++i) {
    absl::StrAppend(&list, i == 0 ? "" : ", ", names[i]);
  }
  if (names.size() > kMaxEnumNames) absl::StrAppend(&list, " and ", names.size() - kMaxEnumNames, " more");
  return list;
}

std::string Expected(const JsonField& field) {
  switch (field.kind) {
    case JsonKind::kInt32:
      return "a 32-bit integer";
    case JsonKind::kInt64:
      return "a 64-bit integer";
    case JsonKind::kUint32:
      return "an unsigned 32-bit integer";
    case JsonKind::kUint64:
      return "an unsigned 64-bit integer";
    case JsonKind::kFloat:
      return "a 32-bit floating-point number";
    case JsonKind::kDouble:
      return "a 64-bit floating-point number";
    case JsonKind::kBool:
      return "true or false";
    case JsonKind::kString:
      return "a string";
    case JsonKind::kJsonText:
      return "an object, or a string with its JSON text";
    case JsonKind::kBytes:
      return "a string in base64";
    case JsonKind::kEnum:
      return EnumNames(field.descriptor->enum_type());
    case JsonKind::kNullValue:
      return "null";
    case JsonKind::kTimestamp:
      return "a time such as \"2026-01-31T12:00:00Z\"";
    case JsonKind::kDuration:
      return "a duration in seconds such as \"1.5s\"";
    case JsonKind::kFieldMask:
      return "the names of fields, separated by commas, such as \"url,displayName\"";
    case JsonKind::kWrapper:
      return Expected(field.type->fields[0]);
    case JsonKind::kStruct:
      return "an object";
    case JsonKind::kListValue:
      return "an array";
    case JsonKind::kValue:
      return "a JSON value";
    case JsonKind::kMessage:
    case JsonKind::kAny:
      break;
  }
  return absl::StrCat("an object such as ", ExampleOfOne(field, 0));
}

std::string Text(absl::string_view text) {
  return AbbreviateUtf8(ReplaceInvalidUtf8(text.substr(0, 4 * kMaxValueBytes)), kMaxValueBytes);
}

std::string Name(const JsonToken& token) {
  switch (token.kind) {
    case JsonToken::kNull:
      return "null";
    case JsonToken::kBool:
      return token.truth ? "true" : "false";
    case JsonToken::kNumber:
      return Text(token.text);
    case JsonToken::kString:
    case JsonToken::kPlainText:
      return absl::StrCat("\"", absl::Utf8SafeCEscape(Text(token.text)), "\"");
    case JsonToken::kObject:
      return "an object";
    case JsonToken::kArray:
      break;
  }
  return "an array";
}

// The number of characters to insert, remove or replace to make one from the other (Levenshtein).
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string ExpectedAnother(const JsonField& field, bool element, const JsonToken& got) {
  if (field.map) return ExpectedAnother(absl::StrCat("an object such as ", Example(field, false, 0)), got);
  if (!field.repeated || element) return ExpectedAnother(Expected(field), got);
  return ExpectedAnother(absl::StrCat("an array such as ", Example(field, false, 0)), got);
}

std::string ExpectedAnother(absl::string_view expected, const JsonToken& got) {
  return absl::StrCat("expected ", expected, ", got ", Name(got));
}

std::string DidYouMean(const JsonType& type, absl::string_view name, absl::string_view prefix) {
  if (name.size() > kMaxNameBytes) return "";
  const bool camel = std::any_of(name.begin(), name.end(), absl::ascii_isupper);
  const std::string lower = absl::AsciiStrToLower(name);
  absl::string_view nearest;
  // A name of three letters may differ in one of them.
  size_t least = std::min<size_t>(name.size() / 3, 3) + 1;
  for (const JsonField& field : type.fields) {
    const absl::string_view candidate = camel ? field.descriptor->json_name() : field.name();
    const size_t distance = EditDistance(lower, absl::AsciiStrToLower(candidate));
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest.empty() ? "" : absl::StrCat("; did you mean ", prefix, nearest, "?");
}

}  // namespace hookd
