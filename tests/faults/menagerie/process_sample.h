// What a process takes of its machine, from /proc.
#ifndef HOOKD_TESTS_FAULTS_MENAGERIE_PROCESS_SAMPLE_H_
#define HOOKD_TESTS_FAULTS_MENAGERIE_PROCESS_SAMPLE_H_

#include <sys/types.h>

#include <cstdint>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hookd {

struct ProcessSample {
  int threads = 0;
  int64_t memory_bytes = 0;  // resident
  int descriptors = 0;
};

// Zeros if there is no such process.
ProcessSample SampleProcess(pid_t pid);

// Samples a process several times a second until it is destroyed. Thread-safe.
class ProcessSampler {
 public:
  explicit ProcessSampler(pid_t pid);
  ~ProcessSampler();
  ProcessSampler(const ProcessSampler&) = delete;
  ProcessSampler& operator=(const ProcessSampler&) = delete;

  // The most of each that was seen so far.
  ProcessSample highest() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const pid_t pid_;
  mutable absl::Mutex mutex_;
  ProcessSample highest_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: uses the rest
};

}  // namespace hookd

#endif  // HOOKD_TESTS_FAULTS_MENAGERIE_PROCESS_SAMPLE_H_
