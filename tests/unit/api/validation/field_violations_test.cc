#include "api/validation/field_violations.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "api/status.h"
#include "base/limits.h"
#include "base/status.h"
#include "google/rpc/status.pb.h"

namespace hookd {
namespace {

google::rpc::BadRequest DetailsOf(const absl::Status& status) {
  google::rpc::Status details;
  google::rpc::BadRequest bad_request;
  ToProto(status, details);
  EXPECT_EQ(details.code(), static_cast<int>(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(details.message(), status.message());
  EXPECT_EQ(details.details_size(), 1);
  EXPECT_TRUE(details.details(0).UnpackTo(&bad_request));
  return bad_request;
}

TEST(FieldViolationsTest, AreOkIfThereAreNone) {
  const FieldViolations violations;
  EXPECT_TRUE(violations.empty());
  EXPECT_TRUE(violations.ToStatus().ok());
}

TEST(FieldViolationsTest, SayOneProblemAsItIs) {
  FieldViolations violations;
  violations.Add("webhook.url", "must not be empty");
  EXPECT_FALSE(violations.empty());
  const absl::Status status = violations.ToStatus();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "webhook.url: must not be empty");
}

TEST(FieldViolationsTest, ListEveryProblemInItsOrder) {
  FieldViolations violations;
  violations.Add("webhook.url", "must not be empty");
  violations.Add("parent", "must be a project's name");
  const absl::Status status = violations.ToStatus();
  EXPECT_EQ(status.message(), "2 problems: webhook.url: must not be empty; parent: must be a project's name");
  const google::rpc::BadRequest details = DetailsOf(status);
  ASSERT_EQ(details.field_violations_size(), 2);
  EXPECT_EQ(details.field_violations(0).field(), "webhook.url");
  EXPECT_EQ(details.field_violations(0).description(), "must not be empty");
  EXPECT_EQ(details.field_violations(1).field(), "parent");
}

TEST(FieldViolationsTest, SumUpManyInAMessageOfBoundedLength) {
  FieldViolations violations;
  for (int i = 0; i < 30; ++i) violations.Add(absl::StrCat("requests[", i, "].event"), "must be set");
  const absl::Status status = violations.ToStatus();
  EXPECT_LE(status.message().size(), limits::kMaxErrorMessageBytes);
  EXPECT_EQ(status.message().find("30 problems: requests[0].event: must be set; requests[1]"), 0u);
  EXPECT_NE(status.message().find("; and 19 more"), std::string::npos) << status.message();
  EXPECT_EQ(DetailsOf(status).field_violations_size(), 30);
}

TEST(FieldViolationsTest, FitTheMetadataOfACallHoweverManyThereAre) {
  FieldViolations violations;
  for (int i = 0; i < 100000; ++i) violations.Add(absl::StrCat("requests[", i, "].event"), "must be set");
  EXPECT_TRUE(violations.full());
  EXPECT_EQ(violations.count(), 100000);
  const absl::Status status = violations.ToStatus();
  google::rpc::Status serialized;
  ToProto(status, serialized);
  EXPECT_LE(serialized.ByteSizeLong(), limits::kMaxErrorDetailsBytes + limits::kMaxErrorMessageBytes + 100);
  EXPECT_EQ(status.message().find("100000 problems: "), 0u);
  // The list has the first violations, without a gap.
  const google::rpc::BadRequest details = DetailsOf(status);
  ASSERT_GT(details.field_violations_size(), 50);
  for (int i = 0; i < details.field_violations_size(); ++i) {
    EXPECT_EQ(details.field_violations(i).field(), absl::StrCat("requests[", i, "].event"));
  }
}

TEST(FieldViolationsTest, AbbreviateWhatACallerMadeLong) {
  FieldViolations violations;
  violations.Add(std::string(10000, 'p'), std::string(10000, 'd'));
  violations.Add("parent", "must be set");
  const absl::Status status = violations.ToStatus();
  EXPECT_LE(status.message().size(), limits::kMaxErrorMessageBytes);
  const google::rpc::BadRequest details = DetailsOf(status);
  ASSERT_EQ(details.field_violations_size(), 2);
  EXPECT_EQ(details.field_violations(0).field().find("ppp"), 0u);
  EXPECT_EQ(details.field_violations(1).field(), "parent");
}

TEST(FieldViolationsTest, ReplaceWhatIsNotUtf8) {
  FieldViolations violations;
  violations.Add("event.data[\"\xff\"]", "is not \xc3");
  const google::rpc::BadRequest details = DetailsOf(violations.ToStatus());
  EXPECT_EQ(details.field_violations(0).field(), "event.data[\"�\"]");
  EXPECT_EQ(details.field_violations(0).description(), "is not �");
}

TEST(FieldViolationsTest, KeepTheirNumberWhenTheirFieldsAreRenamed) {
  FieldViolations violations;
  for (int i = 0; i < 1000; ++i) violations.Add(absl::StrCat("document.key_", i), "is unknown");
  const absl::Status status = violations.ToStatus();
  const absl::Status renamed =
      RenameFields(status, [](absl::string_view path) { return std::string(path.substr(9)); });
  const google::rpc::BadRequest before = DetailsOf(status), after = DetailsOf(renamed);
  EXPECT_EQ(renamed.message().substr(0, 40), "1000 problems: key_0: is unknown; key_1:");
  EXPECT_EQ(before.field_violations_size(), after.field_violations_size());
  EXPECT_EQ(after.field_violations(1).field(), "key_1");
  EXPECT_EQ(after.field_violations(1).description(), "is unknown");
}

TEST(FieldViolationsTest, AreRenamedInTheErrorOfOneFieldToo) {
  const absl::Status error = WithDetails(FieldError("document.id", "is wrong"));
  EXPECT_EQ(RenameFields(error, [](absl::string_view) { return "id"; }).message(), "id: is wrong");
  const absl::Status other = WithDetails(absl::UnavailableError("later"));
  EXPECT_EQ(RenameFields(other, [](absl::string_view) { return "id"; }), other);
  absl::Status without = absl::InvalidArgumentError("wrong");
  AddDetail(without, google::rpc::BadRequest());
  EXPECT_EQ(RenameFields(without, [](absl::string_view) { return "id"; }), without);
}

}  // namespace
}  // namespace hookd
