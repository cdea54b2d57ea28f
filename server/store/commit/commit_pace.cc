#include "store/commit/commit_pace.h"

#include <algorithm>

#include "absl/time/time.h"
#include "base/tuning.h"

namespace hookd {

void CommitPace::Begin(size_t writes, Time now) {
  const bool many = std::min(writes, last_writes_) >= tuning::kBusyCommitWrites;
  last_writes_ = writes;
  next_ = many ? now + absl::ToChronoNanoseconds(tuning::kBusyCommitInterval) : now;
}

}  // namespace hookd
