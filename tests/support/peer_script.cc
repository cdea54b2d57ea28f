#include "tests/support/peer_script.h"

#include <utility>

namespace hookd {
namespace {

using Do = PeerStep::Do;

std::function<std::string(uint32_t)> Always(std::string bytes) {
  return [bytes = std::move(bytes)](uint32_t) { return bytes; };
}

}  // namespace

PeerStep Send(std::string bytes) { return Send(Always(std::move(bytes))); }

PeerStep Send(std::function<std::string(uint32_t stream)> bytes) {
  return {.action = Do::kSend, .bytes = std::move(bytes)};
}

PeerStep SendEndlessly(std::string bytes) { return SendEndlessly(Always(std::move(bytes))); }

PeerStep SendEndlessly(std::function<std::string(uint32_t stream)> bytes) {
  return {.action = Do::kSendEndlessly, .bytes = std::move(bytes)};
}

PeerStep Drip(std::string bytes, absl::Duration pause) {
  return {.action = Do::kDrip, .bytes = Always(std::move(bytes)), .pause = pause};
}

PeerStep Pause(absl::Duration pause) { return {.action = Do::kPause, .pause = pause}; }

PeerScript Repeated(int times, const PeerScript& steps, const PeerScript& then) {
  PeerScript script;
  for (int i = 0; i < times; ++i) script.insert(script.end(), steps.begin(), steps.end());
  script.insert(script.end(), then.begin(), then.end());
  return script;
}

}  // namespace hookd
