#include "base/status.h"

#include "gtest/gtest.h"

namespace hookd {
namespace {

TEST(FieldErrorTest, IsInvalidArgumentAndNamesItsField) {
  const absl::Status status = FieldError("webhook.url", "is required");
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_EQ(status.message(), "is required");
  EXPECT_EQ(FieldOf(status), "webhook.url");
}

TEST(FieldErrorTest, OtherStatusesNameNone) {
  EXPECT_EQ(FieldOf(absl::InvalidArgumentError("no")), std::nullopt);
  EXPECT_EQ(FieldOf(absl::OkStatus()), std::nullopt);
}

}  // namespace
}  // namespace hookd
