// Emits events as callers do, in each of the three ways of gRPC, over several connections.
//
// Emit is for one thread at a time.
#ifndef HOOKD_TESTS_BENCH_DRIVE_CALLER_H_
#define HOOKD_TESTS_BENCH_DRIVE_CALLER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "tests/bench/drive/event_source.h"
#include "tests/bench/drive/ledger.h"

namespace hookd::bench {

constexpr int kBatch = 100;

class Caller {
 public:
  virtual ~Caller() = default;

  // Sends an event of the project off without waiting; the ledger, which must outlive it, learns of its
  // acknowledgement.
  virtual void Emit(const std::string& project, int64_t number) = 0;
  // Sends what Emit has gathered.
  virtual void Flush() {}
  // Waits until all are answered.
  virtual void Finish() = 0;
};

using Channels = std::vector<std::shared_ptr<grpc::Channel>>;

// `way` is unary, batch (of 100 events) or stream; null for any other.
std::unique_ptr<Caller> MakeCaller(const std::string& way, const Channels& channels,
                                   std::unique_ptr<EventSource> events, Ledger& ledger);

}  // namespace hookd::bench

#endif  // HOOKD_TESTS_BENCH_DRIVE_CALLER_H_
