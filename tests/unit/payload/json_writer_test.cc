#include "payload/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include "absl/strings/str_format.h"

namespace hookd {
namespace {

std::string Double(double value) {
  JsonWriter json;
  json.Double(value);
  return json.Take();
}

std::string String(absl::string_view text) {
  JsonWriter json;
  json.String(text);
  return json.Take();
}

TEST(JsonWriterTest, WritesMembersInTheirOrderWithoutWhiteSpace) {
  JsonWriter json;
  json.BeginObject();
  json.Key("z");
  json.Integer(1);
  json.Key("a");
  json.BeginArray();
  json.Bool(true);
  json.Null();
  json.BeginObject();
  json.EndObject();
  json.EndArray();
  json.EndObject();
  EXPECT_EQ(json.Take(), R"({"z":1,"a":[true,null,{}]})");
}

TEST(JsonWriterTest, KeepsEveryDigitOfAnInteger) {
  JsonWriter json;
  json.BeginArray();
  json.Integer(std::numeric_limits<int64_t>::max());
  json.Integer(std::numeric_limits<int64_t>::min());
  json.EndArray();
  EXPECT_EQ(json.Take(), "[9223372036854775807,-9223372036854775808]");
}

TEST(JsonWriterTest, WritesWholeNumbersWithoutFractionAndExponent) {
  EXPECT_EQ(Double(0), "0");
  EXPECT_EQ(Double(-0.0), "0");
  EXPECT_EQ(Double(1), "1");
  EXPECT_EQ(Double(-42), "-42");
  EXPECT_EQ(Double(1e15), "1000000000000000");
  EXPECT_EQ(Double(9007199254740992), "9007199254740992");
  EXPECT_EQ(Double(9007199254740994), "9007199254740994");
  EXPECT_EQ(Double(-9223372036854775808.0), "-9223372036854775808");
  EXPECT_EQ(Double(18446744073709551616.0), "18446744073709551616");
  EXPECT_EQ(Double(1e20), "100000000000000000000");
  EXPECT_EQ(Double(-1e20), "-100000000000000000000");
}

TEST(JsonWriterTest, WritesOtherNumbersInTheFewestDigits) {
  EXPECT_EQ(Double(0.1), "0.1");
  EXPECT_EQ(Double(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(Double(-1.5), "-1.5");
  EXPECT_EQ(Double(0.000001), "0.000001");
  EXPECT_EQ(Double(123456789.125), "123456789.125");
  EXPECT_EQ(Double(1e21), "1e+21");
  EXPECT_EQ(Double(1e23), "1e+23");
  EXPECT_EQ(Double(1.5e-7), "1.5e-07");
  EXPECT_EQ(Double(5e-324), "5e-324");
  EXPECT_EQ(Double(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
}

TEST(JsonWriterTest, WritesNumbersThatReadAsThemselves) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const uint64_t bits = random();
    double value;
    std::memcpy(&value, &bits, sizeof(value));
    if (!std::isfinite(value)) continue;
    for (double number : {value, std::ldexp(static_cast<double>(bits), -static_cast<int>(bits % 80))}) {
      const std::string text = Double(number);
      EXPECT_EQ(std::strtod(text.c_str(), nullptr), number) << text;
    }
  }
}

TEST(JsonWriterTest, WritesNullForWhatJsonDoesNotHave) {
  EXPECT_EQ(Double(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(Double(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(Double(-std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonWriterTest, EscapesWhatJsonAsksFor) {
  EXPECT_EQ(String("a\"b\\c\n\t\x01\x7f/"), "\"a\\\"b\\\\c\\n\\t\\u0001\x7f/\"");
  EXPECT_EQ(String(absl::string_view("\0", 1)), "\"\\u0000\"");
  EXPECT_EQ(String(""), "\"\"");
  EXPECT_EQ(String(absl::string_view()), "\"\"");
  EXPECT_EQ(String("Ærø 東京 🎉"), "\"Ærø 東京 🎉\"");
}

TEST(JsonWriterTest, EscapesWhereverItStands) {
  // Vectorised code has blocks and alignments to get wrong, and the bounds of what it looks for.
  for (char control = '\x10'; control < ' '; ++control) {
    const std::string text = std::string(17, 'a') + control + std::string(17, 'b');
    const std::string escaped = absl::StrFormat("\\u%04X", control);
    EXPECT_EQ(String(text), "\"" + std::string(17, 'a') + escaped + std::string(17, 'b') + "\"");
  }
  for (size_t size = 1; size < 70; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      text[at] = '"';
      std::string expected = "\"" + std::string(at, 'a') + "\\\"" + std::string(size - at - 1, 'a') + "\"";
      EXPECT_EQ(String(text), expected);
    }
  }
}

TEST(JsonWriterTest, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(String("a\xff\"b\xc3"), "\"a�\\\"b�\"");
  JsonWriter json;
  json.BeginObject();
  json.Key("\xff");
  json.Null();
  json.EndObject();
  EXPECT_EQ(json.Take(), "{\"�\":null}");
}

}  // namespace
}  // namespace hookd
