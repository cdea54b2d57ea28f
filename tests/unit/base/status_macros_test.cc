#include "base/status_macros.h"

#include <memory>

#include "gtest/gtest.h"

namespace hookd {
namespace {

absl::Status FirstError(const absl::Status& first, const absl::Status& second) {
  HOOKD_RETURN_IF_ERROR(first);
  HOOKD_RETURN_IF_ERROR(second);
  return absl::OkStatus();
}

absl::StatusOr<int> Sum(absl::StatusOr<int> a, absl::StatusOr<std::unique_ptr<int>> b) {
  HOOKD_ASSIGN_OR_RETURN(const int first, a);
  std::unique_ptr<int> second;
  HOOKD_ASSIGN_OR_RETURN(second, std::move(b));
  return first + *second;
}

TEST(StatusMacrosTest, TheFirstErrorIsReturned) {
  EXPECT_TRUE(FirstError(absl::OkStatus(), absl::OkStatus()).ok());
  EXPECT_EQ(FirstError(absl::NotFoundError("a"), absl::AbortedError("b")), absl::NotFoundError("a"));
  EXPECT_EQ(FirstError(absl::OkStatus(), absl::AbortedError("b")), absl::AbortedError("b"));
}

TEST(StatusMacrosTest, AValueIsAssignedOrItsErrorReturned) {
  EXPECT_EQ(*Sum(1, std::make_unique<int>(2)), 3);
  EXPECT_EQ(Sum(absl::NotFoundError("a"), std::make_unique<int>(2)).status(), absl::NotFoundError("a"));
  EXPECT_EQ(Sum(1, absl::AbortedError("b")).status(), absl::AbortedError("b"));
}

}  // namespace
}  // namespace hookd
