#include "hookctl/event_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hookctl/values.h"

namespace hookctl {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

std::string ErrorOf(const std::string& json) {
  const auto events = ParseEvents(json);
  return events.ok() ? "" : std::string(events.status().message());
}

TEST(ParseEventsTest, TakesOneObject) {
  const auto events = ParseEvents(R"({"sent": {"sent_at": 7}})");
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_THAT(*events, SizeIs(1));
  EXPECT_EQ(events->front().event.sent().sent_at(), 7);
}

TEST(ParseEventsTest, TakesArraysLinesAndObjectsRunTogether) {
  for (const char* json : {R"([{"sent": {}}, {"opened": {}} , {"failed": {}}])",
                           "{\"sent\": {}}\n{\"opened\": {}}\r\n{\"failed\": {}}\n",
                           R"({"sent": {}}{"opened": {}}{"failed": {}})",
                           "[{\"sent\": {}}]\n[{\"opened\": {}},\n{\"failed\": {}}]",
                           "\xEF\xBB\xBF{\"sent\":{}} {\"opened\":{}} [] {\"failed\":{}}"}) {
    const auto events = ParseEvents(json);
    ASSERT_TRUE(events.ok()) << events.status() << "\n" << json;
    ASSERT_THAT(*events, SizeIs(3)) << json;
    EXPECT_TRUE((*events)[1].event.has_opened());
    EXPECT_TRUE((*events)[2].event.has_failed());
  }
}

TEST(ParseEventsTest, OfNothingIsNone) {
  EXPECT_THAT(ParseEvents(" \n ").value(), SizeIs(0));
  EXPECT_THAT(ParseEvents("[]").value(), SizeIs(0));
}

TEST(ParseEventsTest, NotesTheLineOfEachEvent) {
  const auto events = ParseEvents("\n{\"sent\":\n{}}\n\n{\"opened\": {}}");
  ASSERT_TRUE(events.ok());
  EXPECT_EQ((*events)[0].line, 2);
  EXPECT_EQ((*events)[1].line, 5);
}

TEST(ParseEventsTest, KeepsEveryDigitOfA64BitId) {
  const auto events = ParseEvents(R"({"sent": {"user": {"id": {"number": 9007199254740993}}}})");
  ASSERT_TRUE(events.ok()) << events.status();
  EXPECT_EQ(events->front().event.sent().user().id().number(), 9007199254740993);
}

TEST(ParseEventsTest, SaysWhichLineAndWhichFieldIsWrong) {
  EXPECT_THAT(ErrorOf("{\"sent\": {}}\n{\"sent\": {\"sent_att\": 1}}"),
              testing::AllOf(HasSubstr("line 2: event 2: "), HasSubstr("sent_att")));
  EXPECT_THAT(ErrorOf("{\"sent\": {}}\n\n{\"sent\": {]"), HasSubstr("line 3: "));
  EXPECT_THAT(ErrorOf("{\"sent\": {}"), HasSubstr("line 1: "));
  EXPECT_THAT(ErrorOf("[{\"sent\": {}} {\"sent\": {}}]"), HasSubstr("comma"));
  EXPECT_THAT(ErrorOf("[{\"sent\": {}}"), HasSubstr("comma or a bracket"));
  EXPECT_THAT(ErrorOf("[{\"sent\": {}},]"), HasSubstr("event 2: is not a JSON object"));
  EXPECT_THAT(ErrorOf("42"), HasSubstr("is not a JSON object"));
  EXPECT_THAT(ErrorOf("{}"), HasSubstr("has no type"));
  EXPECT_THAT(ErrorOf(R"({"sent": {}, "opened": {}})"), HasSubstr("event 1: "));
}

TEST(ParseEventsTest, DoesNotEndAtAZeroByte) {
  EXPECT_THAT(ErrorOf(std::string("{\"sent\": {}}\0{\"opened\": {}}", 27)), HasSubstr("event 2"));
}

TEST(ParseEventsTest, EndlessNestingIsAnErrorAndNotACrash) {
  EXPECT_NE(ErrorOf("{\"complained\":{\"event\":{\"data\":" + std::string(1000000, '[')), "");
}

TEST(ParseEventsTest, KeepsADocumentAsItWasWritten) {
  const std::string document = "{\n \"user\": {\"type\": 7, \"id\": 1.50}, \"type\": \"bounced\" }";
  const auto events =
      ParseEvents("\n[" + document + R"(, {"sent": {}}, {"type": 7}, {"t\u0079pe": "sent"}])");
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_THAT(*events, SizeIs(4));
  EXPECT_EQ((*events)[0].document, document);
  EXPECT_EQ((*events)[0].type, "bounced");
  EXPECT_EQ((*events)[0].line, 2);
  EXPECT_EQ((*events)[1].document, "");
  EXPECT_EQ((*events)[1].type, "sent");
  EXPECT_EQ((*events)[2].document, R"({"type": 7})");  // hookd says what is wrong with it
  EXPECT_EQ((*events)[2].type, "");
  EXPECT_EQ((*events)[3].type, "sent");
}

TEST(ParseEventsTest, TakesNoTypeOfAnInnerObjectForThatOfADocument) {
  EXPECT_THAT(ErrorOf(R"({"user": {"type": "sent"}})"), HasSubstr("event 1: "));
  EXPECT_EQ(ErrorOf(R"({"sent": {"campaign": {"type": "transactional"}}})"), "");
}

TEST(SampleEventTest, ThereIsOneOfEachType) {
  const auto names = EventTypeNames();
  EXPECT_THAT(names, SizeIs(12));
  for (const std::string& name : names) {
    EXPECT_EQ(EventTypeName(SampleEvent(name).event), name);
    EXPECT_EQ(SampleEvent(name).type, name);
  }
}

}  // namespace
}  // namespace hookctl
