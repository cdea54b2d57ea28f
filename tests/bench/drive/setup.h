// The webhooks that a measurement needs.
#ifndef HOOKD_TESTS_BENCH_DRIVE_SETUP_H_
#define HOOKD_TESTS_BENCH_DRIVE_SETUP_H_

#include <string>

#include "hookd/v1/event.pb.h"
#include "tests/bench/drive/caller.h"

namespace hookd::bench {

// Creates `count` webhooks in the project, many at a time; ends the process if one is refused.
void CreateWebhooks(const Channels& channels, const std::string& project, const std::string& url,
                    v1::EventType type, int count);

}  // namespace hookd::bench

#endif  // HOOKD_TESTS_BENCH_DRIVE_SETUP_H_
