#include "store/codec/header_codec.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

TEST(HeaderCodecTest, GivesBackWhatItWasGiven) {
  for (const HttpHeaders& headers :
       {HttpHeaders{}, HttpHeaders{{"A", "1"}}, HttpHeaders{{"A", ""}, {"B", ": x: y "}, {"A", "2"}}}) {
    EXPECT_EQ(DecodeHeaders(EncodeHeaders(headers)), headers);
  }
}

}  // namespace
}  // namespace hookd
