#include "web/documents.h"

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = DocumentBody::Kind;

DocumentBody Find(absl::string_view body) { return FindDocuments(body, 1000); }

TEST(DocumentsTest, AnObjectWithATypeIsADocument) {
  for (const char* body : {R"({"type":"sent"})", R"( {"user":{"id":[1,{"a":{}}]},"type":"sent"})",
                           R"({"type":12})", "\n{\"type\" : \"sent\", \"user\": nonsense"}) {
    const DocumentBody found = Find(body);
    EXPECT_EQ(found.kind, Kind::kDocument) << body;
    EXPECT_THAT(found.documents, ElementsAre(body));
    EXPECT_TRUE(found.status.ok());
  }
}

TEST(DocumentsTest, ATypeElsewhereMakesNone) {
  for (const char* body :
       {R"({"event":{"bounced":{"campaign":{"type":"transactional"}}}})", R"({"document":"\"type\""})",
        R"({"event":["type"]})", "{}", "", "  ", "12", R"("type")", "nonsense", R"({"event" "type")"}) {
    const DocumentBody found = Find(body);
    EXPECT_EQ(found.kind, Kind::kRequest) << body;
    EXPECT_THAT(found.documents, IsEmpty());
  }
}

TEST(DocumentsTest, AListHasTheTextOfEachElement) {
  const DocumentBody found = Find(" [ {\"type\":\"sent\"} ,\r\n\t{ \"a\" : [ 1, [2] ] } ]\n");
  EXPECT_EQ(found.kind, Kind::kList);
  EXPECT_TRUE(found.status.ok()) << found.status;
  EXPECT_THAT(found.documents, ElementsAre(R"({"type":"sent"})", R"({ "a" : [ 1, [2] ] })"));
}

TEST(DocumentsTest, TheElementsOfAListAreNotChecked) {
  const DocumentBody found = Find(
      R"([1, -2.50e+3,"te,xt\"]" ,true,false,null,[[3],[]],{},{"a":{"b":[{}]}}, 123456789012345678901234567890])");
  EXPECT_TRUE(found.status.ok()) << found.status;
  EXPECT_THAT(found.documents,
              ElementsAre("1", "-2.50e+3", R"("te,xt\"]")", "true", "false", "null", "[[3],[]]", "{}",
                          R"({"a":{"b":[{}]}})", "123456789012345678901234567890"));
}

TEST(DocumentsTest, AnEmptyListHasNone) {
  for (const char* body : {"[]", " [ \n] "}) {
    const DocumentBody found = Find(body);
    EXPECT_EQ(found.kind, Kind::kList);
    EXPECT_TRUE(found.status.ok());
    EXPECT_THAT(found.documents, IsEmpty());
  }
}

TEST(DocumentsTest, AListWhoseBracketsOrCommasAreWrongIsAnErrorOfTheBody) {
  for (const char* body :
       {"[", "[{}", "[{},", "[{} {}]", "[{}]x", "[{},]", "[,{}]", "[{}}", "[{]", "[\"x]"}) {
    const DocumentBody found = Find(body);
    EXPECT_EQ(found.kind, Kind::kList) << body;
    EXPECT_EQ(FieldOf(found.status), "body") << body;
    EXPECT_THAT(std::string(found.status.message()), HasSubstr("at byte ")) << body;
  }
}

TEST(DocumentsTest, NamesTheByteOfTheError) {
  EXPECT_THAT(std::string(Find("[{} nonsense]").status.message()),
              HasSubstr("at byte 5: expected a comma or ]"));
  EXPECT_THAT(std::string(Find("[{},]").status.message()), HasSubstr("at byte 5: expected a value"));
  EXPECT_THAT(std::string(Find("[{}").status.message()), HasSubstr("at byte 4: expected a comma or ]"));
  EXPECT_THAT(std::string(Find("[{}]]").status.message()), HasSubstr("at byte 5: expected nothing"));
}

TEST(DocumentsTest, TheTextOfAStringHasNoMeaning) {
  const DocumentBody found = Find(R"([{"a":"\\","b":"\"]},{["},"\\\"],"])");
  EXPECT_TRUE(found.status.ok()) << found.status;
  EXPECT_THAT(found.documents, ElementsAre(R"({"a":"\\","b":"\"]},{["})", R"("\\\"],")"));
  EXPECT_EQ(Find(R"({"a":"\",\"type\":1","b":2})").kind, Kind::kRequest);
  EXPECT_EQ(Find(R"({"a":"\\","type":1})").kind, Kind::kDocument);
  EXPECT_EQ(Find(R"({"type)").kind, Kind::kRequest);
}

TEST(DocumentsTest, StopsAfterOneElementMoreThanAllowed) {
  std::string body = "[";
  for (int i = 0; i < 1001; ++i) absl::StrAppend(&body, i == 0 ? "" : ",", "{\"n\":", i, "}");
  const std::string exact = body + "]";
  EXPECT_EQ(Find(exact).documents.size(), 1001u);
  EXPECT_EQ(Find(exact).documents.back(), R"({"n":1000})");
  // What follows is not read.
  const DocumentBody found = Find(body + ", nonsense");
  EXPECT_EQ(found.documents.size(), 1001u);
  EXPECT_TRUE(found.status.ok());
}

TEST(DocumentsTest, SurvivesDeepNesting) {
  const std::string deep(200'000, '[');
  EXPECT_EQ(FieldOf(Find(deep).status), "body");
  const std::string closed = deep + std::string(200'000, ']');
  EXPECT_TRUE(Find(closed).status.ok());
  EXPECT_EQ(Find(closed).documents.size(), 1u);
  EXPECT_EQ(Find("{\"a\":" + deep + ",\"type\":1").kind, Kind::kRequest);
}

}  // namespace
}  // namespace hookd
