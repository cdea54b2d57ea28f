#include "base/trace_context.h"

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

constexpr char kParent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string ParentOf(absl::string_view header) {
  const auto context = ReadTraceContext(header, "");
  return context.has_value() ? context->parent : "none";
}

std::string StateOf(absl::string_view header) { return ReadTraceContext(kParent, header)->state; }

TEST(TraceContextTest, AValidParentIsTakenAsItCame) {
  EXPECT_EQ(ParentOf(kParent), kParent);
  // Flags that version 00 does not know go on as well.
  EXPECT_EQ(ParentOf("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff"),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff");
}

TEST(TraceContextTest, WhatIsNoParentIsIgnored) {
  for (const char* header : {
           "",
           "00",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",      // no flags
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",    // short
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",  // long
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",  // more, which 00 has not
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",   // capitals
           "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",   // not hexadecimal
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
           "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",   // the version that is none
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",   // the trace that is none
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",   // the parent that is none
           "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",   // other dashes
           " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",  // blanks
           "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what",
       }) {
    EXPECT_EQ(ParentOf(header), "none") << header;
  }
}

TEST(TraceContextTest, OfALaterVersionWhatIsKnownIsTaken) {
  EXPECT_EQ(ParentOf("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0b-what-comes"),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  EXPECT_EQ(ParentOf("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02"),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
}

TEST(TraceContextTest, AValidStateIsTakenWithoutWhatIsEmptyInIt) {
  EXPECT_EQ(StateOf("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"), "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
  EXPECT_EQ(StateOf(" a=1 , ,\tb=2,"), "a=1,b=2");
  EXPECT_EQ(StateOf("0tenant@vendor=a b!,x_-*/9=~"), "0tenant@vendor=a b!,x_-*/9=~");
  EXPECT_EQ(StateOf(""), "");
}

TEST(TraceContextTest, WhatIsNoStateIsLeftOut) {
  for (const char* header : {"a", "a=", "=1", "A=1", "0a=1", "a=1=2", "a=1,a=2", "a b=1", "a=\x01",
                             "a=\xc3\xa9", "@a=1", "a@=1", "a@0b=1", "a@b@c=1", "a@bcdefghijklmnop=1"}) {
    EXPECT_EQ(StateOf(header), "") << header;
  }
}

TEST(TraceContextTest, KeysValuesAndMembersAreBounded) {
  const std::string key(256, 'k'), value(256, 'v');
  EXPECT_EQ(StateOf(absl::StrCat("a=", value)), absl::StrCat("a=", value));
  EXPECT_EQ(StateOf(absl::StrCat("a=", value, "v")), "");
  EXPECT_EQ(StateOf(absl::StrCat(key, "=1")), absl::StrCat(key, "=1"));
  EXPECT_EQ(StateOf(absl::StrCat(key, "k=1")), "");
  std::string members;
  for (int i = 0; i < 32; ++i) absl::StrAppend(&members, "a", i, "=1,");
  EXPECT_NE(StateOf(members), "");
  EXPECT_EQ(StateOf(absl::StrCat(members, "b=1")), "");
}

TEST(TraceContextTest, OfALongStateTheFirstMembersAreTaken) {
  const std::string value(200, 'v');
  const std::string state = StateOf(absl::StrCat("a=", value, ",b=", value, ",c=", value, ",d=1"));
  EXPECT_EQ(state, absl::StrCat("a=", value, ",b=", value));
  EXPECT_LE(state.size(), limits::kMaxTraceStateBytes);
}

TEST(TraceContextTest, NamesItsTrace) {
  const auto context = ReadTraceContext(kParent, "");
  EXPECT_EQ(TraceIdOf(&*context), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(TraceIdOf(nullptr), "");
}

}  // namespace
}  // namespace hookd
