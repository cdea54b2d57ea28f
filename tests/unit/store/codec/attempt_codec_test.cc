#include "store/codec/attempt_codec.h"

#include <gtest/gtest.h>

namespace hookd {
namespace {

Attempt Decode(absl::string_view bytes) {
  Attempt attempt;
  DecodeDetails(bytes, attempt);
  return attempt;
}

TEST(AttemptCodecTest, DecodesWhatItEncoded) {
  Attempt attempt;
  attempt.url = "https://example.com/hook?a=b";
  attempt.remote_address = "[2001:db8::1]:443";
  attempt.http_version = "2";
  attempt.trigger = AttemptTrigger::kTest;
  attempt.node = "n1";
  attempt.retry_after = absl::Hours(24) * 3650;
  const Attempt decoded = Decode(EncodeDetails(attempt));
  EXPECT_EQ(decoded.url, attempt.url);
  EXPECT_EQ(decoded.remote_address, attempt.remote_address);
  EXPECT_EQ(decoded.http_version, attempt.http_version);
  EXPECT_EQ(decoded.trigger, attempt.trigger);
  EXPECT_EQ(decoded.node, attempt.node);
  EXPECT_EQ(decoded.retry_after, attempt.retry_after);
}

TEST(AttemptCodecTest, TakesLittleMoreRoomThanItsValues) {
  EXPECT_EQ(EncodeDetails(Attempt()), "");
  Attempt attempt;
  attempt.url = "http://a/";
  attempt.trigger = AttemptTrigger::kAutomatic;
  EXPECT_EQ(EncodeDetails(attempt), "t1\nuhttp://a/\n");
}

TEST(AttemptCodecTest, LeavesWhatOlderVersionsDidNotWrite) {
  const Attempt attempt = Decode("");
  EXPECT_EQ(attempt.trigger, AttemptTrigger::kUnknown);
  EXPECT_EQ(attempt.url, "");
}

TEST(AttemptCodecTest, SkipsLinesOfLaterVersionsAndDamage) {
  const Attempt attempt = Decode("zlater\nu\ntx\nr-\nnode\n\nv1.1");
  EXPECT_EQ(attempt.trigger, AttemptTrigger::kUnknown);
  EXPECT_EQ(attempt.retry_after, absl::ZeroDuration());
  EXPECT_EQ(attempt.node, "ode");
  EXPECT_EQ(attempt.http_version, "1.1");
}

}  // namespace
}  // namespace hookd
