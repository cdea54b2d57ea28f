#include "grpc/limits/frame_account.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "tests/support/http2_frames.h"

namespace hookd {
namespace {

using http2::Frame;
using http2::FrameType;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

std::string Begin(uint32_t stream) { return Frame(FrameType::kHeaders, http2::kEndHeaders, stream, "\x83"); }

// The prefix of a gRPC message and the first bytes of the message.
std::string Message(uint32_t length, size_t given) {
  const std::string message = http2::Number(0, 1) + http2::Number(length, 4);
  return message + std::string(given, 'm');
}

std::string Data(uint32_t stream, const std::string& bytes, uint8_t flags = 0) {
  return Frame(FrameType::kData, flags, stream, bytes);
}

class FrameAccountTest : public testing::Test {
 protected:
  FrameAccountTest() { Take(absl::StrCat(http2::kPreface, Frame(FrameType::kSettings, http2::kAck, 0, ""))); }

  FrameAccount::Input Take(const std::string& bytes) { return account_.Take(bytes, kNow); }

  FrameAccount account_;
};

TEST_F(FrameAccountTest, AWholeCallLeavesNothing) {
  EXPECT_FALSE(account_.any_call());
  const FrameAccount::Input input = Take(Begin(1) + Data(1, Message(100, 100), http2::kEndStream));
  EXPECT_EQ(input.resets, 0);
  EXPECT_EQ(input.empty_frames, 0);
  EXPECT_TRUE(account_.any_call());
  EXPECT_EQ(account_.incomplete_calls(), 0);
  EXPECT_EQ(account_.incomplete_bytes(), 0);
  EXPECT_EQ(account_.message_deadline(), absl::InfiniteFuture());
}

TEST_F(FrameAccountTest, WhatComesByteByByteIsTheSame) {
  int resets = 0;
  const std::string bytes = Begin(1) + Data(1, Message(100, 40)) + Begin(3) + http2::ResetStream(3, 8) +
                            Data(1, std::string(10, 'm'));
  for (const char byte : bytes) resets += Take(std::string(1, byte)).resets;
  EXPECT_EQ(resets, 1);
  EXPECT_EQ(account_.incomplete_calls(), 1);
  EXPECT_EQ(account_.incomplete_bytes(), 50);
}

TEST_F(FrameAccountTest, MessagesOfAStreamAreSeparate) {
  Take(Begin(1) + Data(1, Message(10, 10) + Message(0, 0) + Message(20, 5)));
  EXPECT_EQ(account_.incomplete_bytes(), 5);
  Take(Data(1, std::string(15, 'm')));
  EXPECT_EQ(account_.incomplete_bytes(), 0);
  EXPECT_EQ(account_.incomplete_calls(), 0);
}

TEST_F(FrameAccountTest, AResetGivesBackWhatTheCallHeld) {
  Take(Begin(1) + Data(1, Message(1000, 900)));
  EXPECT_EQ(account_.incomplete_bytes(), 900);
  EXPECT_EQ(Take(http2::ResetStream(1, 8)).resets, 1);
  EXPECT_EQ(account_.incomplete_bytes(), 0);
  EXPECT_EQ(account_.incomplete_calls(), 0);
  EXPECT_EQ(account_.message_deadline(), absl::InfiniteFuture());
}

TEST_F(FrameAccountTest, AWindowUpdateOfNothingCountsAsAReset) {
  EXPECT_EQ(Take(Begin(1) + http2::WindowUpdate(1, 0)).resets, 1);
  EXPECT_EQ(Take(http2::WindowUpdate(1, 1) + http2::WindowUpdate(0, 5)).resets, 0);
}

TEST_F(FrameAccountTest, FramesThatCarryNothingAreCounted) {
  const FrameAccount::Input input =
      Take(Begin(1) + Frame(FrameType::kSettings, 0, 0, "") + Frame(FrameType::kPriority, 0, 1, "12345") +
           Data(1, "") + Frame(static_cast<FrameType>(99), 0, 0, "x"));
  EXPECT_EQ(input.empty_frames, 4);
  EXPECT_EQ(Take(Data(1, "", http2::kEndStream)).empty_frames, 0) << "it ends the call";
}

TEST_F(FrameAccountTest, MetadataThatExceedTheLimitAreLongHoweverTheyAreCut) {
  const std::string piece(16'000, 'a');
  EXPECT_FALSE(Take(Frame(FrameType::kHeaders, 0, 1, piece)).long_headers);
  EXPECT_FALSE(Take(Frame(FrameType::kContinuation, 0, 1, piece)).long_headers);
  EXPECT_FALSE(Take(Frame(FrameType::kContinuation, 0, 1, piece)).long_headers);
  EXPECT_FALSE(Take(Frame(FrameType::kContinuation, http2::kEndHeaders, 1, piece)).long_headers);
  std::string empty = Frame(FrameType::kHeaders, 0, 3, "");
  for (int i = 0; i < 2000; ++i) empty += Frame(FrameType::kContinuation, 0, 3, "");
  EXPECT_TRUE(Take(empty).long_headers) << "frames without content cost time too";
}

TEST_F(FrameAccountTest, MetadataCountForEachCallAlone) {
  for (uint32_t stream = 1; stream < 99; stream += 2) {
    const std::string block(16'000, 'a');
    EXPECT_FALSE(Take(Frame(FrameType::kHeaders, http2::kEndHeaders, stream, block)).long_headers);
  }
}

TEST_F(FrameAccountTest, AMessageHasTimeByItsLength) {
  Take(Begin(1) + Begin(3) + Data(3, Message(10 * limits::kMessageBytesPerSecond, 1)));
  EXPECT_EQ(account_.message_deadline(), kNow + limits::kMessageTimeout + absl::Seconds(10));
  account_.Take(Data(1, Message(100, 1)), kNow + absl::Seconds(5));
  EXPECT_EQ(account_.message_deadline(), kNow + limits::kMessageTimeout + absl::Seconds(5));
  account_.Take(Data(1, std::string(99, 'm')), kNow + absl::Seconds(6));
  EXPECT_EQ(account_.message_deadline(), kNow + limits::kMessageTimeout + absl::Seconds(10));
}

// gRPC ends such calls before it stores any of the message.
TEST_F(FrameAccountTest, MessagesThatAreTooLongHoldNothing) {
  Take(Begin(1) + Data(1, Message(limits::kMaxRequestBytes + 1, 1000)));
  EXPECT_EQ(account_.incomplete_bytes(), 0);
}

TEST_F(FrameAccountTest, ACallIsCompleteWithItsFirstMessage) {
  Take(Begin(1));
  EXPECT_EQ(account_.incomplete_calls(), 1);
  Take(Data(1, Message(10, 10)));
  EXPECT_EQ(account_.incomplete_calls(), 0) << "a stream may be open for days";
  Take(Data(1, Message(10, 5)));
  EXPECT_EQ(account_.incomplete_calls(), 0);
  EXPECT_EQ(account_.incomplete_bytes(), 5);
}

// gRPC skips the messages of such calls.
TEST_F(FrameAccountTest, MessagesOfCallsThatNeverWereAreNotRememberedWithoutEnd) {
  Take(Begin(1'000'001));
  bool too_many = false;
  uint32_t sent = 0;
  for (; !too_many && sent < 100'000; ++sent) too_many = Take(Data(2 * sent + 1, "\1")).too_many_calls;
  EXPECT_TRUE(too_many);
  EXPECT_LE(sent, 4 * limits::kMaxConcurrentCalls + 1);
}

TEST_F(FrameAccountTest, AsManyHalfMessagesAsThereMayBeCallsAreNotTooMany) {
  for (uint32_t i = 0; i < limits::kMaxConcurrentCalls; ++i) {
    EXPECT_FALSE(Take(Begin(2 * i + 1) + Data(2 * i + 1, Message(10, 5))).too_many_calls);
  }
  // Further calls, whose messages are complete.
  for (uint32_t i = limits::kMaxConcurrentCalls; i < 20'000; ++i) {
    EXPECT_FALSE(Take(Begin(2 * i + 1) + Data(2 * i + 1, Message(1, 1))).too_many_calls);
  }
}

// The server may have ended any number of these calls.
TEST_F(FrameAccountTest, CallsThatAreForgottenAreFoundAgainWithTheirNextMessage) {
  Take(Begin(1) + Data(1, Message(10, 10)));
  Take(Begin(3) + Data(3, Message(100, 60)));
  for (uint32_t i = 2; i < 20'000; ++i) Take(Begin(2 * i + 1) + Data(2 * i + 1, Message(1, 1)));
  Take(Data(1, Message(20, 15)));
  EXPECT_EQ(account_.incomplete_bytes(), 75);
  Take(Data(1, std::string(5, 'm')) + Data(3, std::string(40, 'm')));
  EXPECT_EQ(account_.incomplete_bytes(), 0);
}

}  // namespace
}  // namespace hookd
