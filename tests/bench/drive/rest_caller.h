// Emits events over HTTP, one by one or in batches; see caller.h.
#ifndef HOOKD_TESTS_BENCH_DRIVE_REST_CALLER_H_
#define HOOKD_TESTS_BENCH_DRIVE_REST_CALLER_H_

#include <memory>

#include "tests/bench/drive/caller.h"
#include "tests/bench/drive/http_client.h"

namespace hookd::bench {

// The client and the ledger must outlive the caller.
std::unique_ptr<Caller> MakeRestCaller(HttpClient& client, std::unique_ptr<EventSource> events,
                                       Ledger& ledger);
std::unique_ptr<Caller> MakeRestBatchCaller(HttpClient& client, std::unique_ptr<EventSource> events,
                                            Ledger& ledger);

}  // namespace hookd::bench

#endif  // HOOKD_TESTS_BENCH_DRIVE_REST_CALLER_H_
