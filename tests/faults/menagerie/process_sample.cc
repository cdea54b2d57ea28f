#include "tests/faults/menagerie/process_sample.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace hookd {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(200);

}  // namespace

ProcessSample SampleProcess(pid_t pid) {
  ProcessSample sample;
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string word; status >> word;) {
    if (word == "Threads:") status >> sample.threads;
    if (word == "VmRSS:" && status >> sample.memory_bytes) sample.memory_bytes *= 1024;
  }
  std::error_code error;
  std::filesystem::directory_iterator each(absl::StrCat("/proc/", pid, "/fd"), error);
  for (; !error && each != std::filesystem::directory_iterator(); each.increment(error)) ++sample.descriptors;
  return sample;
}

ProcessSampler::ProcessSampler(pid_t pid)
    : pid_(pid), highest_(SampleProcess(pid)), thread_([this] {
        while (true) {
          const ProcessSample sample = SampleProcess(pid_);
          absl::MutexLock lock(&mutex_);
          highest_.threads = std::max(highest_.threads, sample.threads);
          highest_.memory_bytes = std::max(highest_.memory_bytes, sample.memory_bytes);
          highest_.descriptors = std::max(highest_.descriptors, sample.descriptors);
          if (mutex_.AwaitWithTimeout(absl::Condition(&ending_), kInterval)) return;
        }
      }) {}

ProcessSampler::~ProcessSampler() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  thread_.join();
}

ProcessSample ProcessSampler::highest() const {
  absl::MutexLock lock(&mutex_);
  return highest_;
}

}  // namespace hookd
