// The message of TestWebhookResponse. Thread-safe; no state.
#ifndef HOOKD_API_HANDLERS_TEST_EXPLANATION_H_
#define HOOKD_API_HANDLERS_TEST_EXPLANATION_H_

#include <string>

#include "store/records.h"

namespace hookd {

// Returns sentences for a person: whether the attempt of a test succeeded, how long it took and, if it
// failed, why and what to do.
std::string ExplainTest(const Attempt& attempt);

}  // namespace hookd

#endif  // HOOKD_API_HANDLERS_TEST_EXPLANATION_H_
