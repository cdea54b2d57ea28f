#include "api/request_arena.h"

#include <array>
#include <cstddef>

namespace hookd {
namespace {

struct ThreadMemory {
  alignas(std::max_align_t) std::array<char, 4096> block;  // large enough for a usual event
  google::protobuf::Arena arena{block.data(), block.size()};
  bool used = false;
};

ThreadMemory& MemoryOfThisThread() {
  static thread_local ThreadMemory memory;
  return memory;
}

}  // namespace

RequestArena::RequestArena() {
  ThreadMemory& memory = MemoryOfThisThread();
  if (memory.used) own_ = std::make_unique<google::protobuf::Arena>();
  memory.used = true;
  arena_ = own_ != nullptr ? own_.get() : &memory.arena;
}

RequestArena::~RequestArena() {
  if (own_ != nullptr) return;
  arena_->Reset();
  MemoryOfThisThread().used = false;
}

}  // namespace hookd
