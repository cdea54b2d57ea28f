#include "api/request_arena.h"

#include <string>

#include "gtest/gtest.h"
#include "hookd/v1/event_service.pb.h"

namespace hookd {
namespace {

template <typename Message>
Message* Make(const RequestArena& arena) {
  return static_cast<Message*>(arena.Make(Message::default_instance()));
}

TEST(RequestArenaTest, TheNextOnThatThreadHasTheSameMemory) {
  const void* first;
  {
    RequestArena arena;
    auto* request = Make<v1::EmitEventRequest>(arena);
    // More than the memory of the thread.
    request->mutable_event()->set_name(std::string(100'000, 'x'));
    for (int i = 0; i < 1000; ++i) Make<v1::EmitEventRequest>(arena);
    first = request;
  }
  RequestArena arena;
  const auto* request = Make<v1::EmitEventRequest>(arena);
  EXPECT_EQ(request, first);
  EXPECT_FALSE(request->has_event());
}

TEST(RequestArenaTest, OneWithinAnotherLeavesItsMessagesAsTheyAre) {
  RequestArena outer;
  auto* request = Make<v1::EmitEventRequest>(outer);
  request->set_parent("projects/outer");
  for (int i = 0; i < 2; ++i) {
    RequestArena inner;
    auto* other = Make<v1::EmitEventRequest>(inner);
    EXPECT_NE(other, request);
    other->set_parent("projects/inner");
  }
  EXPECT_EQ(request->parent(), "projects/outer");
  EXPECT_NE(Make<v1::EmitEventRequest>(outer), request);
}

}  // namespace
}  // namespace hookd
