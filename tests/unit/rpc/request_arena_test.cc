#include "rpc/request_arena.h"

#include <string>

#include "gtest/gtest.h"
#include "hookd/v1/event_service.pb.h"

namespace hookd {
namespace {

TEST(RequestArenaTest, TheNextOnThatThreadHasTheSameMemory) {
  const void* first;
  {
    RequestArena arena;
    auto* request = arena.Make<v1::EmitEventRequest>();
    // More than the thread keeps.
    request->mutable_event()->set_name(std::string(100'000, 'x'));
    for (int i = 0; i < 1000; ++i) arena.Make<v1::EmitEventRequest>();
    first = request;
  }
  RequestArena arena;
  const auto* request = arena.Make<v1::EmitEventRequest>();
  EXPECT_EQ(request, first);
  EXPECT_FALSE(request->has_event());
}

TEST(RequestArenaTest, OneWithinAnotherLeavesItsMessagesAsTheyAre) {
  RequestArena outer;
  auto* request = outer.Make<v1::EmitEventRequest>();
  request->set_parent("projects/outer");
  for (int i = 0; i < 2; ++i) {
    RequestArena inner;
    auto* other = inner.Make<v1::EmitEventRequest>();
    EXPECT_NE(other, request);
    other->set_parent("projects/inner");
  }
  EXPECT_EQ(request->parent(), "projects/outer");
  EXPECT_NE(outer.Make<v1::EmitEventRequest>(), request);
}

}  // namespace
}  // namespace hookd
