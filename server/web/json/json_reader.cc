#include "web/json/json_reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "web/json/json_handler.h"
#include "web/json/json_stream.h"

namespace hookd {
namespace {

absl::string_view Problem(rapidjson::ParseErrorCode code, absl::string_view rest) {
  switch (code) {
    case rapidjson::kParseErrorDocumentEmpty:
    case rapidjson::kParseErrorValueInvalid:
      return "expected a value";
    case rapidjson::kParseErrorDocumentRootNotSingular:
      return "expected nothing after the object";
    case rapidjson::kParseErrorObjectMissName:
      return "expected a name in double quotes";
    case rapidjson::kParseErrorObjectMissColon:
      return "expected a colon";
    case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
      return "expected a comma or }";
    case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
      return "expected a comma or ]";
    case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
      return "expected four hexadecimal digits after \\u";
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
      return "the escape is a lone surrogate";
    case rapidjson::kParseErrorStringEscapeInvalid:
      // RapidJSON 1.1 reports control characters as if they were escapes.
      return rest[0] == '\\' ? "unknown escape" : "a control character must be escaped";
    case rapidjson::kParseErrorStringMissQuotationMark:
      return "expected a double quote at the end of the string";
    case rapidjson::kParseErrorNumberMissFraction:
      return "expected a digit after the decimal point";
    case rapidjson::kParseErrorNumberMissExponent:
      return "expected a digit in the exponent";
    default:
      return "not valid JSON";
  }
}

// "line 1, column 17: expected a value". Columns count characters.
std::string DescribeSyntaxError(absl::string_view json, rapidjson::ParseErrorCode code, size_t offset) {
  const absl::string_view before = json.substr(0, offset);
  const absl::string_view rest = json.substr(before.size());
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const size_t newline = before.rfind('\n');
  const absl::string_view line = newline == absl::string_view::npos ? before : before.substr(newline + 1);
  const auto column = std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xc0) != 0x80; });
  const bool nul = !rest.empty() && rest[0] == '\0';
  return absl::StrCat("line ", lines + 1, ", column ", column + 1, ": ",
                      nul ? "NUL is not valid in JSON" : Problem(code, rest),
                      rest.empty() ? ", got the end of the text" : "");
}

}  // namespace

absl::Status ReadJson(absl::string_view json, absl::string_view path, google::protobuf::Message& message,
                      std::vector<std::string>* present) {
  if (json.find_first_not_of(" \t\r\n") == absl::string_view::npos) return absl::OkStatus();
  FieldViolations violations;
  JsonStream stream(json);
  JsonHandler handler(stream, path, message, present, violations);
  rapidjson::Reader reader;
  // It calls itself for each level. The handler ends it at kMaxJsonDepth.
  const auto result =
      reader.Parse<rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseInsituFlag>(stream, handler);
  if (result.Code() == rapidjson::kParseErrorNumberTooBig) {
    handler.AddTooLarge(result.Offset());
  } else if (result.IsError() && result.Code() != rapidjson::kParseErrorTermination) {
    handler.Add(DescribeSyntaxError(json, result.Code(), result.Offset()));
  } else if (!result.IsError() && stream.Tell() != json.size()) {
    // RapidJSON ends at a NUL.
    handler.Add(DescribeSyntaxError(json, result.Code(), stream.Tell()));
  }
  return violations.ToStatus();
}

}  // namespace hookd
