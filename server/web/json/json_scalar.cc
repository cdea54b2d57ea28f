#include "web/json/json_scalar.h"

#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/utf8.h"
#include "web/json/json_hints.h"
#include "web/json/json_number.h"
#include "web/json/json_text_forms.h"

namespace hookd {
namespace {

using google::protobuf::Message;

constexpr absl::string_view kNotUtf8 = "must be valid UTF-8, without lone surrogates";

bool IsString(const JsonToken& token) {
  return token.kind == JsonToken::kString || token.kind == JsonToken::kPlainText;
}

bool IsUtf8(absl::string_view text) { return ValidUtf8Length(text) == text.size(); }

template <typename Integer>
std::optional<Integer> InRange(const JsonToken& token) {
  if (token.kind != JsonToken::kNumber && !IsString(token)) return std::nullopt;
  if constexpr (std::is_signed_v<Integer>) {
    const std::optional<int64_t> value = ReadInt64(token.text);
    if (!value.has_value() || *value < std::numeric_limits<Integer>::min() ||
        *value > std::numeric_limits<Integer>::max()) {
      return std::nullopt;
    }
    return static_cast<Integer>(*value);
  } else {
    const std::optional<uint64_t> value = ReadUint64(token.text);
    if (!value.has_value() || *value > std::numeric_limits<Integer>::max()) return std::nullopt;
    return static_cast<Integer>(*value);
  }
}

std::optional<double> ToDouble(const JsonToken& token) {
  if (IsString(token)) {
    if (token.text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (token.text == "Infinity") return std::numeric_limits<double>::infinity();
    if (token.text == "-Infinity") return -std::numeric_limits<double>::infinity();
  } else if (token.kind != JsonToken::kNumber) {
    return std::nullopt;
  }
  return ReadDouble(token.text);
}

std::optional<float> ToFloat(const JsonToken& token) {
  const std::optional<double> value = ToDouble(token);
  constexpr double kMax = std::numeric_limits<float>::max();
  // Infinity is in range, and so is NaN.
  if (!value.has_value() || (std::abs(*value) > kMax && *value - *value == 0)) return std::nullopt;
  return static_cast<float>(*value);
}

std::optional<bool> ToBool(const JsonToken& token) {
  if (token.kind == JsonToken::kBool) return token.truth;
  if (token.kind != JsonToken::kPlainText) return std::nullopt;
  if (token.text == "true") return true;
  if (token.text == "false") return false;
  return std::nullopt;
}

std::optional<int> ToEnum(const JsonField& field, const JsonToken& token) {
  const auto* type = field.descriptor->enum_type();
  if (IsString(token)) {
    const auto* value = type->FindValueByName(std::string(token.text.substr(0, 1024)));
    if (value != nullptr) return value->number();
    if (token.kind == JsonToken::kString) return std::nullopt;
  }
  const std::optional<int32_t> number = InRange<int32_t>(token);
  if (!number.has_value() || type->FindValueByNumber(*number) == nullptr) return std::nullopt;
  return number;
}

// Writes the value, if there is one, with the pair of methods of protobuf's reflection.
#define HOOKD_WRITE(Type, value)                                             \
  do {                                                                       \
    auto written = (value);                                                  \
    if (!written.has_value()) return false;                                  \
    const auto& reflection = field.reflection_of(message);                   \
    if (add) {                                                               \
      reflection.Add##Type(&message, field.descriptor, *std::move(written)); \
    } else {                                                                 \
      reflection.Set##Type(&message, field.descriptor, *std::move(written)); \
    }                                                                        \
    return true;                                                             \
  } while (false)

// SetScalar without `problem`.
bool Set(const JsonField& field, const JsonToken& token, bool add, Message& message) {
  switch (field.kind) {
    case JsonKind::kInt32:
      HOOKD_WRITE(Int32, InRange<int32_t>(token));
    case JsonKind::kInt64:
      HOOKD_WRITE(Int64, InRange<int64_t>(token));
    case JsonKind::kUint32:
      HOOKD_WRITE(UInt32, InRange<uint32_t>(token));
    case JsonKind::kUint64:
      HOOKD_WRITE(UInt64, InRange<uint64_t>(token));
    case JsonKind::kFloat:
      HOOKD_WRITE(Float, ToFloat(token));
    case JsonKind::kDouble:
      HOOKD_WRITE(Double, ToDouble(token));
    case JsonKind::kBool:
      HOOKD_WRITE(Bool, ToBool(token));
    case JsonKind::kEnum:
      HOOKD_WRITE(EnumValue, ToEnum(field, token));
    case JsonKind::kNullValue:
      if (token.kind != JsonToken::kNull && !(IsString(token) && token.text == "NULL_VALUE")) return false;
      HOOKD_WRITE(EnumValue, std::optional<int>(0));
    case JsonKind::kString:
    case JsonKind::kJsonText:
      if (!IsString(token) || !IsUtf8(token.text)) return false;
      HOOKD_WRITE(String, std::optional<std::string>(token.text));
    case JsonKind::kBytes: {
      std::string bytes;
      if (!IsString(token) || !ReadBase64(token.text, bytes)) return false;
      HOOKD_WRITE(String, std::optional<std::string>(std::move(bytes)));
    }
    case JsonKind::kTimestamp:
      return IsString(token) &&
             ReadTime(token.text, ChildOf<google::protobuf::Timestamp>(field, add, message));
    case JsonKind::kDuration:
      return IsString(token) &&
             ReadDuration(token.text, ChildOf<google::protobuf::Duration>(field, add, message));
    case JsonKind::kFieldMask:
      return IsString(token) && IsUtf8(token.text) &&
             ReadFieldMask(token.text, ChildOf<google::protobuf::FieldMask>(field, add, message));
    case JsonKind::kWrapper:
      return Set(field.type->fields[0], token, false, ChildOf(field, add, message));
    case JsonKind::kMessage:
    case JsonKind::kStruct:
    case JsonKind::kValue:
    case JsonKind::kListValue:
    case JsonKind::kAny:
      break;
  }
  return false;
}

#undef HOOKD_WRITE

}  // namespace

bool SetScalar(const JsonField& field, const JsonToken& token, bool add, Message& message,
               std::string& problem) {
  if (Set(field, token, add, message)) return true;
  const bool text = field.kind == JsonKind::kString || field.kind == JsonKind::kJsonText ||
                    (field.kind == JsonKind::kWrapper && field.type->fields[0].kind == JsonKind::kString);
  problem = text && IsString(token) ? std::string(kNotUtf8) : ExpectedAnother(field, add, token);
  return false;
}

bool SetFreeForm(const JsonToken& token, google::protobuf::Value& value, std::string& problem) {
  switch (token.kind) {
    case JsonToken::kNull:
      value.set_null_value(google::protobuf::NULL_VALUE);
      return true;
    case JsonToken::kBool:
      value.set_bool_value(token.truth);
      return true;
    case JsonToken::kNumber: {
      const std::optional<double> number = ReadDouble(token.text);
      if (number.has_value()) {
        value.set_number_value(*number);
        return true;
      }
      problem = ExpectedAnother("a 64-bit floating-point number", token);
      return false;
    }
    case JsonToken::kString:
      if (IsUtf8(token.text)) {
        value.set_string_value(std::string(token.text));
        return true;
      }
      problem = std::string(kNotUtf8);
      return false;
    case JsonToken::kObject:
    case JsonToken::kArray:
    case JsonToken::kPlainText:
      break;
  }
  return false;
}

}  // namespace hookd
