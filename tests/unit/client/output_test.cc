#include "hookctl/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "hookd/v1/event.pb.h"
#include "hookd/v1/webhook.pb.h"

namespace hookctl {
namespace {

using testing::HasSubstr;

std::string Printed(const Table& table, int width) {
  std::ostringstream out;
  table.Print(out, width);
  return out.str();
}

TEST(TableTest, AlignsColumnsByCharactersAndNotByBytes) {
  Table table({"NAME", "URL"});
  table.Add({"Zoë", "a"});
  table.Add({"longer", ""});
  EXPECT_EQ(Printed(table, 0), "NAME    URL\nZoë     a\nlonger  -\n");
}

TEST(TableTest, CutsLinesToTheTerminalOnly) {
  Table table({"N", "ERROR"});
  table.Add({"1", "could not connéct at all"});
  EXPECT_EQ(Printed(table, 12), "N  ERROR\n1  could no…\n");
  EXPECT_THAT(Printed(table, 0), HasSubstr("could not connéct at all"));
}

TEST(TableTest, ALongCellInTheMiddleLeavesRoomForTheRest) {
  Table table({"ID", "NAME", "URL"});
  table.Add({"1", std::string(200, 'n'), "https://example.com/"});
  EXPECT_THAT(Printed(table, 80), HasSubstr("nn…  https://example.com/\n"));
  EXPECT_THAT(Printed(table, 0), HasSubstr(std::string(200, 'n')));
}

TEST(TableTest, ANarrowTerminalLeavesOutWhatIsDispensableAndKeepsTheRest) {
  Table table({"DELIVERY", "CREATED", "STATUS", "ERROR"}, {"CREATED", "NO SUCH COLUMN"});
  table.Add({"d1", "2026-01-31 12:30:05Z", "503", "the endpoint answered with status 503"});
  EXPECT_EQ(Printed(table, 45),
            "DELIVERY  STATUS  ERROR\n"
            "d1        503     the endpoint answered with…\n");
  EXPECT_EQ(Printed(table, 0),
            "DELIVERY  CREATED               STATUS  ERROR\n"
            "d1        2026-01-31 12:30:05Z  503     the endpoint answered with status 503\n");
}

TEST(TableTest, ACellCannotBreakTheTable) {
  Table table({"NAME"});
  table.Add({"a\nb\x1b[2J"});
  EXPECT_EQ(Printed(table, 0), "NAME\na\\x0ab\\x1b[2J\n");
}

TEST(LiveTableTest, ColumnsGrowAsWiderCellsCome) {
  LiveTable table({2, 0, 0});
  std::ostringstream out;
  table.Add(out, 0, {"A", "B", "C"});
  table.Add(out, 0, {"long\x1b", "", "end"});
  table.Add(out, 0, {"é", "b", "c"});
  EXPECT_EQ(out.str(), "A   B  C\nlong\\x1b  -  end\né         b  c\n");
}

TEST(LiveTableTest, CutsLinesToTheTerminal) {
  LiveTable table({0, 0});
  std::ostringstream out;
  table.Add(out, 6, {"ab", "cdef"});
  EXPECT_EQ(out.str(), "ab  c…\n");
}

TEST(LiveTableTest, LeavesOutWhatIsDispensable) {
  LiveTable table({20, 6, 24}, {0});
  std::ostringstream out;
  table.Add(out, 40, {"TIME", "STATUS", "ERROR"});
  table.Add(out, 40, {"2026-01-31 12:30:05Z", "503", "the endpoint answered with status 503"});
  EXPECT_EQ(out.str(), "STATUS  ERROR\n503     the endpoint answered with stat…\n");
}

TEST(PrintableTest, ShowsControlCharactersAndBadBytes) {
  EXPECT_EQ(Printable("a\x1b]0;title\x07 b\x7f"), "a\\x1b]0;title\\x07 b\\x7f");
  EXPECT_EQ(Printable("\xc2\x9b"), "\\xc2\\x9b");  // CSI as one C1 character
  EXPECT_EQ(Printable("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(Printable("Grüße, 世界"), "Grüße, 世界");
  EXPECT_EQ(Printable("a\xe2\x80\xaetxt.exe"), "a\\xe2\\x80\\xaetxt.exe") << "shown backwards";
  EXPECT_EQ(Printable("\xe2\x81\xa6\xe2\x80\xa8\xd8\x9c", true), "\\xe2\\x81\\xa6\\xe2\\x80\\xa8\\xd8\\x9c");
  EXPECT_EQ(Printable("שלום"), "שלום") << "text that reads from right to left is text";
  EXPECT_EQ(Printable("a\n\tb", true), "a\n\tb");
  EXPECT_EQ(Printable("a\r\nb", true), "a\\x0d\nb");
}

TEST(PrettyJsonTest, KeepsNumbersAsTheyWereWrittenAndKeysInTheirOrder) {
  EXPECT_EQ(
      PrettyJson(R"({"z":9007199254740993,"a":1.50,"e":[1e30,true,null],"s":"é\n"})"),
      "{\n  \"z\": 9007199254740993,\n  \"a\": 1.50,\n  \"e\": [\n    1e30,\n    true,\n    null\n  ],\n"
      "  \"s\": \"é\\n\"\n}");
}

TEST(PrettyJsonTest, IsNothingForWhatIsNotJson) {
  for (const char* text : {"", "hello", "{\"a\":1} x", "{\"a\":}", "\"\xff\""})
    EXPECT_EQ(PrettyJson(text), std::nullopt) << text;
}

TEST(PrettyJsonTest, NestingWithoutEndDoesNotFillTheMemory) {
  EXPECT_EQ(PrettyJson(std::string(100000, '[') + std::string(100000, ']')), std::nullopt);
}

TEST(ToJsonTest, HasProtoNamesAndDefaults) {
  hookd::v1::Webhook webhook;
  webhook.set_url("https://example.com/");
  const std::string json = ToJson(webhook);
  EXPECT_THAT(json, HasSubstr("\"display_name\": \"\""));
  EXPECT_THAT(json, HasSubstr("\"disabled\": false"));
}

TEST(ToJsonTest, LeavesOutWhatAnEventDoesNotSet) {
  hookd::v1::Event event;
  event.mutable_sent()->set_sent_at(7);
  EXPECT_EQ(ToJson(event), "{\n \"sent\": {\n  \"sent_at\": \"7\"\n }\n}\n");
}

TEST(TimeTextTest, IsUtcAndEmptyIfNotSet) {
  google::protobuf::Timestamp time;
  EXPECT_EQ(TimeText(time), "");
  time.set_seconds(1769862605);
  time.set_nanos(42000000);
  EXPECT_EQ(TimeText(time), "2026-01-31 12:30:05Z");
  EXPECT_EQ(TimeText(time, true), "2026-01-31 12:30:05.042Z");
}

TEST(DurationTextTest, HasTheUnitThatReadsWell) {
  const auto text = [](int64_t seconds, int nanos) {
    google::protobuf::Duration duration;
    duration.set_seconds(seconds);
    duration.set_nanos(nanos);
    return DurationText(duration);
  };
  EXPECT_EQ(text(0, 40000), "0.04 ms");
  EXPECT_EQ(text(0, 12340000), "12.3 ms");
  EXPECT_EQ(text(0, 500000000), "500 ms");
  EXPECT_EQ(text(5, 10000000), "5.01 s");
}

TEST(CountedTest, HasTheRightNumberAndWord) {
  EXPECT_EQ(Counted(1, "event", "events"), "1 event");
  EXPECT_EQ(Counted(0, "event", "events"), "0 events");
  EXPECT_EQ(Counted(1234567, "event", "events"), "1,234,567 events");
  EXPECT_EQ(Counted(100, "event", "events"), "100 events");
}

}  // namespace
}  // namespace hookctl
